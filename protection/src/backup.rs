//! On-demand backup: by which rule of the instance's policy, and kept by which.

mod database;

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ResourceId;
use crate::impossible::Impossible;
use crate::policy::{Policy, PolicyBody, RulePolicy};
use crate::schedule::Period;

pub use database::{BackupKind, DatabaseBackup};

/// A backup that Azure is asked to take now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", untagged)]
pub enum BackupOrder {
    /// Of a database in a virtual machine.
    OfDatabase(DatabaseBackup),
    /// By a rule of the instance's policy, as Backup vaults take it.
    ByRule {
        /// The instance.
        instance: ResourceId,
        /// Backup rule of its policy.
        rule: String,
        /// Retention rule; the default one if none is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retention: Option<String>,
    },
    /// Kept until a moment, as Recovery Services vaults take it.
    Until {
        /// The instance.
        instance: ResourceId,
        /// When its recovery point expires.
        expires: Timestamp,
    },
}

impl BackupOrder {
    /// The instance that is backed up.
    pub fn instance(&self) -> &ResourceId {
        match self {
            Self::OfDatabase(DatabaseBackup { instance, .. })
            | Self::ByRule { instance, .. }
            | Self::Until { instance, .. } => instance,
        }
    }
}

impl fmt::Display for BackupOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "back up {}", self.instance().name())?;
        match self {
            Self::OfDatabase(backup) => backup.fmt(f),
            Self::ByRule { rule, retention, .. } => {
                write!(f, " by rule {rule}")?;
                retention.iter().try_for_each(|retention| write!(f, ", kept by {retention}"))
            }
            Self::Until { expires, .. } => write!(f, ", kept until {expires}"),
        }
    }
}

/// The order for a backup now.
///
/// Without a `rule`, the only one of the policy; without a `retention`, the policy's default. Where policies have no rules,
/// `retention` is how long the backup is kept, and of a database `rule` says which kind of backup.
pub(crate) fn choose(
    instance: &ResourceId,
    policy: &Policy,
    rule: Option<&str>,
    retention: Option<&str>,
    now: Timestamp,
) -> Result<BackupOrder, Impossible> {
    if let PolicyBody::Databases(policy) = &policy.body {
        let kept = retention.map(period).transpose()?;
        return database::choose(instance, policy, rule, kept, now).map(BackupOrder::OfDatabase);
    }
    let Some(rules) = policy.rules() else {
        return Ok(BackupOrder::Until {
            instance: instance.clone(),
            expires: expiry(policy, rule, retention, now)?,
        });
    };
    Ok(BackupOrder::ByRule {
        instance: instance.clone(),
        rule: backup_rule(&policy.name, rules, rule)?,
        retention: retention_rule(&policy.name, rules, retention)?,
    })
}

/// When a recovery point expires that no rule of its policy keeps: `retention` says how long it is kept.
fn expiry(
    policy: &Policy,
    rule: Option<&str>,
    retention: Option<&str>,
    now: Timestamp,
) -> Result<Timestamp, Impossible> {
    if rule.is_some() {
        return Err(Impossible::new(
            "NoBackupRule",
            format!("backup policy `{}` has no rules to back up by", policy.name),
            "leave the rule out, and state as `retention` how long the backup is kept, such as P45D",
        ));
    }
    let kept = retention.map_or(Ok(USUAL_EXPIRY), period)?;
    let expires = now.checked_add(SignedDuration::from_hours(i64::from(kept.nominal_days()) * 24));
    expires.map_err(|error| unusable(error.to_string()))
}

/// How long a backup on demand is kept.
fn period(text: &str) -> Result<Period, Impossible> {
    let kept = Period::try_from(text.to_owned()).map_err(unusable)?;
    match kept.nominal_days() {
        1..=MOST_DAYS => Ok(kept),
        _ => Err(unusable(format!("a backup on demand cannot be kept for {kept}"))),
    }
}

fn unusable(problem: String) -> Impossible {
    Impossible::new(
        "RetentionNotUsable",
        problem,
        "state how long the backup is kept, such as P45D, or leave it out",
    )
}

/// As Azure's own tools have it.
const USUAL_EXPIRY: Period = Period::days(30);
/// The longest retention of a policy.
const MOST_DAYS: u32 = 9999;

fn backup_rule(name: &str, policy: &RulePolicy, wanted: Option<&str>) -> Result<String, Impossible> {
    let names: Vec<&str> = policy.backup.iter().map(|rule| rule.name.as_str()).collect();
    match (wanted, names.as_slice()) {
        (_, []) => Err(Impossible::new(
            "NoBackupRule",
            format!("backup policy `{name}` backs up continuously and has no rule that takes a backup"),
            "continuous backup of blobs takes no backups on demand: restore to any moment instead",
        )),
        (None, [only]) => Ok((*only).to_owned()),
        (None, several) => Err(Impossible::new(
            "BackupRuleNotNamed",
            format!("backup policy `{name}` has several backup rules"),
            format!("name one of {}", several.join(", ")),
        )),
        (Some(wanted), names) => match names.iter().find(|name| name.eq_ignore_ascii_case(wanted)) {
            Some(name) => Ok((*name).to_owned()),
            None => Err(Impossible::new(
                "BMSUserErrorDPPAdhocBackupNotAllowedForBackupType",
                format!("backup policy `{name}` has no backup rule `{wanted}`"),
                format!("name one of {}", names.join(", ")),
            )),
        },
    }
}

fn retention_rule(
    name: &str,
    policy: &RulePolicy,
    wanted: Option<&str>,
) -> Result<Option<String>, Impossible> {
    let Some(wanted) = wanted else { return Ok(None) };
    let names: Vec<&str> = policy.retention.iter().map(|rule| rule.name.as_str()).collect();
    match names.iter().find(|name| name.eq_ignore_ascii_case(wanted)) {
        Some(name) => Ok(Some((*name).to_owned())),
        None => Err(Impossible::new(
            "RetentionRuleNotFound",
            format!("backup policy `{name}` has no retention rule `{wanted}`"),
            format!("name one of {}", names.join(", ")),
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::policy::{OtherPolicy, PolicyBody};

    #[test]
    fn without_rules_a_backup_is_kept_as_long_as_is_said() {
        let body = PolicyBody::Other(OtherPolicy { serves: Vec::new(), unread: String::new() });
        let policy = Policy { name: "p".to_owned(), items: None, body };
        let vault = "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v";
        let item: ResourceId =
            format!("{vault}/backupFabrics/Azure/protectionContainers/c;x/protectedItems/i;x")
                .parse()
                .unwrap();
        let now = "2026-11-01T00:00:00Z".parse().unwrap();
        let expires = |rule, retention| match choose(&item, &policy, rule, retention, now) {
            Ok(BackupOrder::Until { expires, .. }) => expires.to_string(),
            Ok(by_rule) => panic!("{by_rule:?}"),
            Err(refused) => refused.code,
        };
        assert_eq!(expires(None, None), "2026-12-01T00:00:00Z");
        assert_eq!(expires(None, Some("P7D")), "2026-11-08T00:00:00Z");
        assert_eq!(expires(None, Some("Weekly")), "RetentionNotUsable");
        assert_eq!(expires(None, Some("P0D")), "RetentionNotUsable");
        assert_eq!(expires(Some("Backup"), None), "NoBackupRule");
    }

    #[test]
    fn an_order_is_written_flat_and_read_as_it_was() {
        let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v/backupInstances/i";
        let instance: ResourceId = id.parse().unwrap();
        let by_rule = |retention: Option<&str>| BackupOrder::ByRule {
            instance: instance.clone(),
            rule: "daily".to_owned(),
            retention: retention.map(str::to_owned),
        };
        let expires = "2026-12-24T00:00:00Z".parse().unwrap();
        for (order, written) in [
            (by_rule(None), json!({ "instance": id, "rule": "daily" })),
            (by_rule(Some("monthly")), json!({ "instance": id, "rule": "daily", "retention": "monthly" })),
            (
                BackupOrder::Until { instance: instance.clone(), expires },
                json!({ "instance": id, "expires": "2026-12-24T00:00:00Z" }),
            ),
        ] {
            assert_eq!(serde_json::to_value(&order).unwrap(), written);
            assert_eq!(serde_json::from_value::<BackupOrder>(written).unwrap(), order);
        }
    }
}

//! On-demand backup: by which rule of the instance's policy, and kept by which.

use crate::impossible::Impossible;
use crate::policy::{Policy, RulePolicy};

/// The backup rule to run by, and the retention rule that is named for it.
///
/// Without a `rule`, the only one of the policy; without a `retention`, the policy's default.
pub(crate) fn choose(
    policy: &Policy,
    rule: Option<&str>,
    retention: Option<&str>,
) -> Result<(String, Option<String>), Impossible> {
    let Some(rules) = policy.rules() else {
        return Err(Impossible::new(
            "NoBackupRule",
            format!("backup policy `{}` has no rules to back up by", policy.name),
            "leave the rule out",
        ));
    };
    Ok((backup_rule(&policy.name, rules, rule)?, retention_rule(&policy.name, rules, retention)?))
}

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

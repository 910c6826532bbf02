//! Backup policies: from a decided schedule and retention to one that exists or has to be made.

use std::fmt;

use holdfast_evaluator::{Protection, Tier};
use serde::{Deserialize, Serialize};

use crate::Workload;
use crate::plan::Impossible;
use crate::workload::{DataStore, StoreBounds};

/// How often scheduled backups are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Every {
    /// Every so many hours.
    Hours(u32),
    /// Every day.
    Day,
    /// Every week.
    Week,
}

impl TryFrom<String> for Every {
    type Error = String;

    /// Reads an ISO 8601 period of one unit: `PT4H`, `P1D`, `P1W`.
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let upper = text.to_ascii_uppercase();
        let hours =
            upper.strip_prefix("PT").and_then(|rest| rest.strip_suffix('H')).and_then(|n| n.parse().ok());
        match (upper.as_str(), hours) {
            ("P1D" | "PT24H", _) => Ok(Self::Day),
            ("P1W" | "P7D", _) => Ok(Self::Week),
            (_, Some(hours)) if hours > 0 => Ok(Self::Hours(hours)),
            _ => Err(format!("`{text}` is no backup period; expected one such as PT4H, P1D or P1W")),
        }
    }
}

impl From<Every> for String {
    fn from(every: Every) -> Self {
        every.to_string()
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hours(hours) => write!(f, "PT{hours}H"),
            Self::Day => f.write_str("P1D"),
            Self::Week => f.write_str("P1W"),
        }
    }
}

/// When scheduled backups are taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// How often.
    pub every: Every,
    /// First time of day in UTC, `hh:mm`.
    pub at: String,
}

/// A backup policy that should exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicySpec {
    /// What it is for.
    pub workload: Workload,
    /// None for continuous backup.
    pub schedule: Option<Schedule>,
    /// How long the default retention rule keeps recovery points.
    pub retention_days: u32,
}

/// A backup policy as Azure shows it, as far as it matters for choosing one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// Its name in the vault.
    pub name: String,
    /// `datasourceTypes`.
    pub datasource_types: Vec<String>,
    /// The scheduled backup rule, if there is exactly one.
    pub backup: Option<BackupRule>,
    /// How long the default retention rule keeps recovery points, and where; none if it says something else than days.
    pub default_retention: Option<(u32, DataStore)>,
    /// Whether it has more rules than those two: such a policy is never chosen by us, only by name.
    pub has_more_rules: bool,
}

/// A scheduled backup rule of an existing policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BackupRule {
    /// Name that an on-demand backup quotes.
    pub name: String,
    /// Period, if it is one of ours.
    pub every: Option<Every>,
}

impl PolicySpec {
    /// The policy that a decision asks for, within the bounds of the workload.
    pub fn decided(workload: Workload, how: &Protection) -> Result<Self, Impossible> {
        let bounds = bounds(workload, how.tier)?;
        let schedule = decided_schedule(workload, how, bounds)?;
        let retention_days = decided_retention(workload, how, bounds)?;
        let per_day = match schedule.as_ref().map(|schedule| schedule.every) {
            Some(Every::Hours(hours)) => 24 / hours.clamp(1, 24),
            Some(Every::Day | Every::Week) | None => 1,
        };
        let points = retention_days.saturating_mul(per_day);
        if let Some(most) = workload.manifest().most_points.filter(|most| points > *most) {
            return Err(Impossible::new(
                "RetentionBound",
                format!(
                    "{per_day} backups a day kept for {retention_days} days are {points}; a {} holds at most {most} scheduled ones",
                    workload.noun()
                ),
                format!("let the rules ask for at most {} days, or for fewer backups a day", most / per_day),
            ));
        }
        Ok(Self { workload, schedule, retention_days })
    }

    /// A name that says what the policy does, the same for the same policy.
    pub fn name(&self) -> String {
        let slug = self.workload.manifest().slug;
        match &self.schedule {
            Some(schedule) => format!(
                "holdfast-{slug}-{}-{}-{}d",
                schedule.every.to_string().to_ascii_lowercase(),
                schedule.at.replace(':', ""),
                self.retention_days
            ),
            None => format!("holdfast-{slug}-{}d", self.retention_days),
        }
    }

    /// Where its recovery points are kept.
    pub fn store(&self) -> DataStore {
        self.workload.manifest().stores.first().map_or(DataStore::VaultStore, |bounds| bounds.store)
    }

    /// Whether an existing policy does the same. The time of day does not matter.
    pub fn is_met_by(&self, policy: &Policy) -> bool {
        let for_workload = policy
            .datasource_types
            .iter()
            .any(|kind| kind.eq_ignore_ascii_case(self.workload.datasource_type()));
        let every = policy.backup.as_ref().map(|rule| rule.every);
        for_workload
            && !policy.has_more_rules
            && every == self.schedule.as_ref().map(|schedule| Some(schedule.every))
            && policy.default_retention == Some((self.retention_days, self.store()))
    }
}

/// What is possible in the data store that the decision asks for.
fn bounds(workload: Workload, tier: Option<Tier>) -> Result<&'static StoreBounds, Impossible> {
    let manifest = workload.manifest();
    let wished = tier.map(|tier| match tier {
        Tier::Operational => DataStore::OperationalStore,
        Tier::Vault => DataStore::VaultStore,
    });
    let found = match wished {
        Some(store) => manifest.bounds(store),
        None => manifest.stores.first(),
    };
    found.ok_or_else(|| {
        let stores: Vec<&str> = manifest.stores.iter().map(|bounds| bounds.store.as_str()).collect();
        Impossible::new(
            "TierNotSupported",
            format!("backups of a {} are kept in the {}", manifest.noun, stores.join(" or the ")),
            "leave `tier` out of the rules' settings for this resource type",
        )
    })
}

fn decided_schedule(
    workload: Workload,
    how: &Protection,
    bounds: &StoreBounds,
) -> Result<Option<Schedule>, Impossible> {
    let Some(rhythm) = &bounds.rhythm else { return Ok(None) };
    let source = workload.manifest().source;
    let refuse = |message: String| {
        let allowed: Vec<String> = rhythm.periods.iter().map(ToString::to_string).collect();
        Impossible::new(
            "ScheduleBound",
            message,
            format!("let the rules ask for one of {} ({})", allowed.join(", "), source),
        )
    };
    let every = match &how.schedule {
        Some(schedule) => Every::try_from(schedule.every.clone()).map_err(refuse)?,
        None => rhythm.usual,
    };
    if !rhythm.periods.contains(&every) {
        return Err(refuse(format!("a {} cannot be backed up every {every}", workload.noun())));
    }
    let at =
        how.schedule.as_ref().and_then(|schedule| schedule.at.clone()).unwrap_or_else(|| "02:00".to_owned());
    let time: Result<jiff::civil::Time, _> = at.parse();
    if time.is_err() || at.len() != 5 {
        return Err(Impossible::new(
            "ScheduleBound",
            format!("`{at}` is no time of day"),
            "let the rules state `at` as hh:mm in UTC",
        ));
    }
    Ok(Some(Schedule { every, at }))
}

fn decided_retention(workload: Workload, how: &Protection, bounds: &StoreBounds) -> Result<u32, Impossible> {
    let range = how.retention.unwrap_or_default();
    let days = match (range.min_days, range.max_days) {
        (Some(min), _) => min,
        (None, Some(max)) => bounds.default_days.min(max),
        (None, None) => bounds.default_days,
    };
    if bounds.retention_days.contains(&days) {
        return Ok(days);
    }
    let (least, most) = (bounds.retention_days.start(), bounds.retention_days.end());
    Err(Impossible::new(
        "RetentionBound",
        format!("backups of a {} can be kept for {least} to {most} days, not for {days}", workload.noun()),
        format!(
            "let the rules ask for {least} to {most} days for this resource type ({})",
            workload.manifest().source
        ),
    ))
}

#[cfg(test)]
mod tests {
    use holdfast_evaluator::{Retention, Schedule as Wish};

    use super::*;

    fn how(every: Option<&str>, days: Option<u32>) -> Protection {
        Protection {
            schedule: every.map(|every| Wish { every: every.to_owned(), at: None }),
            retention: days.map(|days| Retention { min_days: Some(days), max_days: None }),
            ..Protection::default()
        }
    }

    #[test]
    fn a_decision_without_wishes_gets_the_defaults_of_the_workload() {
        let name = |workload| PolicySpec::decided(workload, &Protection::default()).unwrap().name();
        assert_eq!(name(Workload::AzureDisks), "holdfast-disks-pt4h-0200-7d");
        assert_eq!(name(Workload::PostgresqlFlexible), "holdfast-pgflex-p1w-0200-90d");
        assert_eq!(name(Workload::AzureBlobs), "holdfast-blobs-30d");
    }

    #[test]
    fn bounds_are_named_before_any_call() {
        let refused = |workload, every, days| PolicySpec::decided(workload, &how(every, days)).unwrap_err();
        assert_eq!(refused(Workload::AzureDisks, Some("PT3H"), None).code, "ScheduleBound");
        assert_eq!(refused(Workload::AzureDisks, Some("often"), None).code, "ScheduleBound");
        let snapshots = refused(Workload::AzureDisks, Some("PT1H"), Some(30));
        assert!(snapshots.message.contains("720"), "{snapshots:?}");
        assert_eq!(refused(Workload::AzureBlobs, None, Some(400)).code, "RetentionBound");
        assert_eq!(refused(Workload::PostgresqlFlexible, Some("PT4H"), None).code, "ScheduleBound");
    }

    #[test]
    fn an_existing_policy_of_the_same_effect_is_recognised() {
        let spec = PolicySpec::decided(Workload::AzureDisks, &how(Some("P1D"), Some(30))).unwrap();
        let mut policy = Policy {
            name: "made-by-hand".to_owned(),
            datasource_types: vec!["microsoft.compute/Disks".to_owned()],
            backup: Some(BackupRule { name: "BackupDaily".to_owned(), every: Some(Every::Day) }),
            default_retention: Some((30, DataStore::OperationalStore)),
            has_more_rules: false,
        };
        assert!(spec.is_met_by(&policy));
        policy.has_more_rules = true;
        assert!(!spec.is_met_by(&policy));
        policy.has_more_rules = false;
        policy.default_retention = Some((31, DataStore::OperationalStore));
        assert!(!spec.is_met_by(&policy));
    }
}

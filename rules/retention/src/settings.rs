//! What an administrator may tune, and what the schema cannot check.

use std::collections::BTreeMap;

use holdfast_rule_sdk::{Issue, same};
use serde::Deserialize;

/// The rule's settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// Name of the tag that names a tier.
    pub tag: String,
    /// Tier of resources without the tag, or with an unknown value; without it the rule abstains.
    pub default: Option<String>,
    /// The tiers by name, compared without case.
    pub tiers: BTreeMap<String, TierSettings>,
}

/// What a tier promises.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "WrittenTier")]
pub struct TierSettings {
    /// Recovery points are kept at least this many days.
    pub min_days: Option<u32>,
    /// Recovery points are kept at most this many days.
    pub max_days: Option<u32>,
    /// How often backups are taken, by resource type.
    pub schedules: BTreeMap<String, Timing>,
    /// Such as `keep 30 days`: put into words when the rule is configured, not for each resource.
    pub(crate) keeps: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct WrittenTier {
    min_days: Option<u32>,
    max_days: Option<u32>,
    #[serde(default)]
    schedules: BTreeMap<String, Timing>,
}

/// How often backups are taken.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Timing {
    /// ISO 8601 period, such as `PT4H`, `P1D` or `P1W`.
    pub every: String,
    /// First time of day in UTC, `hh:mm`.
    pub at: Option<String>,
}

impl Settings {
    /// The tier of this name, with the name as the settings spell it.
    pub(crate) fn tier(&self, name: &str) -> Option<(&str, &TierSettings)> {
        self.tiers.iter().find(|(known, _)| same(known, name)).map(|(known, tier)| (known.as_str(), tier))
    }

    pub(crate) fn issues(&self) -> Vec<Issue> {
        let mut issues = Vec::new();
        if let Some(default) = &self.default
            && self.tier(default).is_none()
        {
            issues.push(Issue {
                pointer: "/default".into(),
                message: format!("names the tier `{default}`, which is not among the tiers"),
            });
        }
        for (name, tier) in &self.tiers {
            if let (Some(min), Some(max)) = (tier.min_days, tier.max_days)
                && min > max
            {
                issues.push(Issue {
                    pointer: format!("/tiers/{name}/max-days"),
                    message: format!("is {max}, less than min-days ({min})"),
                });
            }
        }
        issues
    }
}

impl TierSettings {
    pub(crate) fn schedule(&self, resource_type: &str) -> Option<&Timing> {
        self.schedules.iter().find(|(known, _)| same(known, resource_type)).map(|(_, timing)| timing)
    }
}

impl From<WrittenTier> for TierSettings {
    fn from(WrittenTier { min_days, max_days, schedules }: WrittenTier) -> Self {
        let keeps = match (min_days, max_days) {
            (Some(min), Some(max)) if min == max => format!("keep {min} days"),
            (Some(min), Some(max)) => format!("keep {min} to {max} days"),
            (Some(min), None) => format!("keep {min} days"),
            (None, Some(max)) => format!("keep at most {max} days"),
            (None, None) => "keep as others say".to_owned(),
        };
        Self { min_days, max_days, schedules, keeps }
    }
}

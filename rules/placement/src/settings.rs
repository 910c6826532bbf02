//! What an administrator may tune, and what the schema cannot check.

use std::collections::BTreeMap;

use holdfast_rule_sdk::{Issue, joined};
use serde::Deserialize;

const LOCATION: &str = "{location}";

/// The rule's settings.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// Where resources go whose location has no entry of its own.
    pub default: Option<Place>,
    /// Where resources go, by region, lower case without blanks.
    pub locations: BTreeMap<String, Place>,
}

/// A vault and a snapshot resource group.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Place {
    /// Name of the Backup vault; may hold `{location}`.
    pub vault: Option<Pattern>,
    /// Tags of the Backup vault to look for, instead of its name.
    pub vault_tags: Option<BTreeMap<String, String>>,
    /// Name of the Recovery Services vault, for machines, their databases and file shares; may hold `{location}`.
    pub recovery_services_vault: Option<Pattern>,
    /// Tags of the Recovery Services vault to look for, instead of its name.
    pub recovery_services_vault_tags: Option<BTreeMap<String, String>>,
    /// Name of the resource group for snapshots; may hold `{location}`.
    pub snapshot_resource_group: Option<Pattern>,
}

/// A name that may hold `{location}`: what stands before, between and behind.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "String")]
pub struct Pattern(Vec<String>);

impl From<String> for Pattern {
    fn from(text: String) -> Self {
        Self(text.split(LOCATION).map(str::to_owned).collect())
    }
}

impl Pattern {
    /// The name in this location.
    pub(crate) fn name(&self, location: &str) -> String {
        match self.0.as_slice() {
            [whole] => joined(&[whole]),
            [before, after] => joined(&[before, location, after]),
            parts => parts.join(location),
        }
    }

    fn has_other_placeholder(&self) -> bool {
        self.0.iter().any(|part| part.contains(['{', '}']))
    }
}

impl Settings {
    pub(crate) fn issues(&self) -> Vec<Issue> {
        let default = self.default.iter().map(|place| ("/default".into(), place));
        let mapped = self.locations.iter().map(|(location, place)| (format!("/locations/{location}"), place));
        default.chain(mapped).flat_map(|(pointer, place): (String, _)| place.issues(&pointer)).collect()
    }
}

impl Place {
    fn issues(&self, pointer: &str) -> Vec<Issue> {
        let mut issues = Vec::new();
        let choices = [
            ("vault", self.vault.is_some() && self.vault_tags.is_some()),
            (
                "recovery-services-vault",
                self.recovery_services_vault.is_some() && self.recovery_services_vault_tags.is_some(),
            ),
        ];
        for (field, _) in choices.into_iter().filter(|(_, both)| *both) {
            issues.push(Issue {
                pointer: format!("{pointer}/{field}-tags"),
                message: format!("is stated beside `{field}`: choose the vault by name or by tags"),
            });
        }
        let patterns = [
            ("vault", &self.vault),
            ("recovery-services-vault", &self.recovery_services_vault),
            ("snapshot-resource-group", &self.snapshot_resource_group),
        ];
        for (field, pattern) in patterns {
            if let Some(pattern) = pattern
                && pattern.has_other_placeholder()
            {
                issues.push(Issue {
                    pointer: format!("{pointer}/{field}"),
                    message: format!(
                        "is `{}`; {LOCATION} is the only placeholder that a name may hold",
                        pattern.0.join(LOCATION)
                    ),
                });
            }
        }
        issues
    }
}

//! What an administrator may tune, and what the schema cannot check.

use std::collections::BTreeMap;

use holdfast_rule_sdk::Issue;
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
    pub vault: Option<String>,
    /// Tags of the Backup vault to look for, instead of its name.
    pub vault_tags: Option<BTreeMap<String, String>>,
    /// Name of the Recovery Services vault, for machines, their databases and file shares; may hold `{location}`.
    pub recovery_services_vault: Option<String>,
    /// Tags of the Recovery Services vault to look for, instead of its name.
    pub recovery_services_vault_tags: Option<BTreeMap<String, String>>,
    /// Name of the resource group for snapshots; may hold `{location}`.
    pub snapshot_resource_group: Option<String>,
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
                && pattern.replace(LOCATION, "").contains(['{', '}'])
            {
                issues.push(Issue {
                    pointer: format!("{pointer}/{field}"),
                    message: format!(
                        "is `{pattern}`; {LOCATION} is the only placeholder that a name may hold"
                    ),
                });
            }
        }
        issues
    }
}

pub(crate) fn fill(pattern: &str, location: &str) -> String {
    let mut name = String::with_capacity(pattern.len() + location.len());
    let mut rest = pattern;
    while let Some(at) = rest.bytes().position(|byte| byte == b'{') {
        let (before, placeholder) = rest.split_at(at);
        name.push_str(before);
        match placeholder.strip_prefix(LOCATION) {
            Some(after) => {
                name.push_str(location);
                rest = after;
            }
            // No other placeholder gets through the check of the settings.
            None => return pattern.replace(LOCATION, location),
        }
    }
    name.push_str(rest);
    name
}

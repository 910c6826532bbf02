//! What may be created: the `[create]` table. Bounds are those of Azure's vault settings.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::protection::Redundancy;

/// The `[create]` table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Creation {
    /// How Backup vaults are created where one is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vaults: Option<VaultCreation>,
    /// Whether a vault without identity is given a system-assigned one.
    pub vault_identities: bool,
    /// How snapshot resource groups are created where one is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot_groups: Option<SnapshotGroupCreation>,
}

/// The `[create.vaults]` table. `{location}` in names is replaced by the resource's region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct VaultCreation {
    /// Resource group in the first subscription whose vaults are chosen from; it has to be there.
    pub resource_group: String,
    /// Name where the decision names no vault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Redundancy where the decision wishes none; Azure fixes it with the first protected item.
    #[serde(default = "locally_redundant")]
    pub redundancy: Redundancy,
    /// Whether what is deleted can be had back.
    #[serde(default)]
    pub soft_delete: SoftDelete,
    /// For how many days, 14 to 180.
    #[serde(default = "fourteen")]
    pub soft_delete_days: u32,
    /// Whether recovery points can be deleted before their time.
    #[serde(default)]
    pub immutability: NewImmutability,
    /// Whether backups can be restored in the paired region; needs geo-redundancy, and cannot be undone.
    #[serde(default)]
    pub cross_region_restore: bool,
    /// Tags of the vault; the tags that a decision selects by are added.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

/// The `[create.snapshot-groups]` table; groups are created in the region of the datasource.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct SnapshotGroupCreation {
    /// Tags of the group.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

/// Soft delete of a new vault.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SoftDelete {
    /// What is deleted is gone. Azure refuses this where it enforces soft delete.
    Off,
    /// It can be had back.
    #[default]
    On,
    /// It can be had back, and that cannot be turned off any more.
    AlwaysOn,
}

/// Immutability of a new vault. `Locked` is not among them: it can never be undone, so a person sets it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NewImmutability {
    /// Recovery points can be deleted.
    #[default]
    Disabled,
    /// They cannot, until somebody disables it.
    Unlocked,
}

const SOFT_DELETE_DAYS: RangeInclusive<u32> = 14..=180;

fn locally_redundant() -> Redundancy {
    Redundancy::LocallyRedundant
}

fn fourteen() -> u32 {
    *SOFT_DELETE_DAYS.start()
}

impl Creation {
    pub(super) fn contradiction(&self) -> Option<(String, String)> {
        let vaults = self.vaults.as_ref()?;
        let at = |key: &str, problem: String| Some((format!("create.vaults.{key}"), problem));
        if !SOFT_DELETE_DAYS.contains(&vaults.soft_delete_days) {
            let (least, most) = (SOFT_DELETE_DAYS.start(), SOFT_DELETE_DAYS.end());
            return at(
                "soft-delete-days",
                format!("{} is not within {least} to {most} days", vaults.soft_delete_days),
            );
        }
        if vaults.cross_region_restore && vaults.redundancy != Redundancy::GeoRedundant {
            return at("cross-region-restore", "it needs redundancy = \"geo-redundant\"".to_owned());
        }
        let problem = unusable_group(&vaults.resource_group);
        if let Some(problem) = problem {
            return at("resource-group", problem);
        }
        None
    }
}

/// By the naming rules of Azure Resource Manager, with `{location}` standing for a region.
fn unusable_group(pattern: &str) -> Option<String> {
    let name = pattern.replace("{location}", "westeurope");
    let legal = |character: char| character.is_alphanumeric() || "-_.()".contains(character);
    let usable = !name.is_empty() && name.len() <= 90 && !name.ends_with('.') && name.chars().all(legal);
    (!usable).then(|| {
        format!("`{pattern}` is not a name of a resource group; `{{location}}` is its one placeholder")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<(String, String)>, toml::de::Error> {
        toml::from_str::<Creation>(text).map(|creation| creation.contradiction())
    }

    #[test]
    fn what_azure_would_refuse_is_refused_when_the_rule_set_is_read() {
        let at = |text: &str| read(text).unwrap().map(|(at, _)| at);
        assert_eq!(at("[vaults]\nresource-group = \"rg-backup-{location}\""), None);
        let days = "[vaults]\nresource-group = \"rg\"\nsoft-delete-days = 7";
        assert_eq!(at(days).as_deref(), Some("create.vaults.soft-delete-days"));
        let crr = "[vaults]\nresource-group = \"rg\"\ncross-region-restore = true";
        assert_eq!(at(crr).as_deref(), Some("create.vaults.cross-region-restore"));
        assert_eq!(at(&format!("{crr}\nredundancy = \"geo-redundant\"")), None);
        let group = "[vaults]\nresource-group = \"rg/{region}\"";
        assert_eq!(at(group).as_deref(), Some("create.vaults.resource-group"));
    }

    #[test]
    fn immutability_is_never_locked_by_a_rule_set() {
        let locked = "[vaults]\nresource-group = \"rg\"\nimmutability = \"locked\"";
        assert!(read(locked).unwrap_err().to_string().contains("disabled"));
    }
}

//! Where vaults are looked for, and how much one takes: the `[placement]` table.

use serde::{Deserialize, Serialize};

/// How a rule set names the subscription of the resource itself.
const OWN: &str = "own";

/// The `[placement]` table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Placement {
    /// Subscriptions whose vaults are chosen from, the first one first: ids, or `own` for that of the resource. Only its own
    /// where none is stated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subscriptions: Vec<String>,
    /// What a Backup vault takes.
    #[serde(skip_serializing_if = "VaultLimits::is_unstated")]
    pub backup_vaults: VaultLimits,
    /// What a Recovery Services vault takes.
    #[serde(skip_serializing_if = "VaultLimits::is_unstated")]
    pub recovery_services_vaults: VaultLimits,
}

/// How much a vault takes; Azure's limits of today where nothing is stated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct VaultLimits {
    /// Protected items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<u32>,
    /// Protected items that follow one policy. A further policy of the same kind is made once there are so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items_per_policy: Option<u32>,
}

impl VaultLimits {
    fn is_unstated(&self) -> bool {
        *self == Self::default()
    }

    fn contradiction(&self) -> Option<(&'static str, String)> {
        let none_fits = |(_, most): &(_, Option<u32>)| *most == Some(0);
        let stated = [("items", self.items), ("items-per-policy", self.items_per_policy)];
        let (key, _) = stated.into_iter().find(none_fits)?;
        Some((key, "0 leaves room for nothing; leave it out for Azure's own limit".to_owned()))
    }
}

impl Placement {
    /// Whether the rule set says nothing of it.
    pub fn is_unstated(&self) -> bool {
        *self == Self::default()
    }

    /// Subscriptions whose vaults are chosen from for a resource of this one.
    pub fn subscriptions_for<'a>(&'a self, own: &'a str) -> Vec<&'a str> {
        if self.subscriptions.is_empty() {
            return vec![own];
        }
        self.subscriptions.iter().map(|stated| if is_own(stated) { own } else { stated.as_str() }).collect()
    }

    pub(super) fn contradiction(&self) -> Option<(String, String)> {
        let legal = |character: char| character.is_ascii_alphanumeric() || character == '-';
        let is_id = |stated: &&String| !stated.is_empty() && stated.chars().all(legal);
        if let Some(strange) = self.subscriptions.iter().find(|stated| !is_id(stated)) {
            let problem =
                format!("`{strange}` is not the id of a subscription; write the id alone, or `{OWN}`");
            return Some(("placement.subscriptions".to_owned(), problem));
        }
        let tables = [
            ("backup-vaults", &self.backup_vaults),
            ("recovery-services-vaults", &self.recovery_services_vaults),
        ];
        tables.into_iter().find_map(|(table, limits)| {
            let (key, problem) = limits.contradiction()?;
            Some((format!("placement.{table}.{key}"), problem))
        })
    }
}

fn is_own(stated: &str) -> bool {
    stated.eq_ignore_ascii_case(OWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Placement {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn vaults_are_looked_for_where_the_rule_set_says_in_that_order() {
        assert_eq!(read("").subscriptions_for("s-1"), ["s-1"]);
        let central = read("subscriptions = [\"s-backup\"]");
        assert_eq!(central.subscriptions_for("s-1"), ["s-backup"]);
        let both = read("subscriptions = [\"own\", \"s-backup\"]");
        assert_eq!(both.subscriptions_for("s-1"), ["s-1", "s-backup"]);
    }

    #[test]
    fn what_means_nothing_is_named() {
        let at = |text: &str| read(text).contradiction().map(|(at, _)| at);
        assert_eq!(at("subscriptions = [\"own\"]\n[backup-vaults]\nitems = 10"), None);
        assert_eq!(at("subscriptions = [\"/subscriptions/s\"]").as_deref(), Some("placement.subscriptions"));
        let none = "[recovery-services-vaults]\nitems-per-policy = 0";
        assert_eq!(at(none).as_deref(), Some("placement.recovery-services-vaults.items-per-policy"));
    }
}

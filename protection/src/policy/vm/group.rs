//! Resource groups for the snapshots of machines.

use serde::{Deserialize, Serialize};

use crate::impossible::Impossible;

/// Names of the groups that Azure makes for snapshots: prefix, number, suffix. The number grows when a group is full.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotGroups {
    /// Before the number.
    pub prefix: String,
    /// After it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub suffix: String,
}

impl SnapshotGroups {
    /// What a decision says of them.
    pub(super) fn decided(prefix: &str) -> Result<Self, Impossible> {
        // Azure adds a number: room is left for it.
        let legal = |character: char| character.is_alphanumeric() || "-_.()".contains(character);
        if (1..=80).contains(&prefix.chars().count()) && prefix.chars().all(legal) {
            return Ok(Self { prefix: prefix.to_owned(), suffix: String::new() });
        }
        Err(Impossible::new(
            "NameNotUsable",
            format!("`{prefix}` cannot begin the name of a resource group"),
            "let the rules state `snapshot-resource-group` with 1 to 80 letters, digits and -_.(); Azure puts a number after it",
        ))
    }
}

impl PartialEq for SnapshotGroups {
    fn eq(&self, other: &Self) -> bool {
        self.prefix.eq_ignore_ascii_case(&other.prefix) && self.suffix.eq_ignore_ascii_case(&other.suffix)
    }
}

impl Eq for SnapshotGroups {}

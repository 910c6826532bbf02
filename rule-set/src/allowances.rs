//! What Holdfast may do around a protection: create what is missing, resume what was stopped, end what is
//! no longer wanted. The tables `[create]`, `[placement]`, `[snapshot-groups]`, `[grants]`, `[instances]` and `[ending]` of a rule set.
//!
//! Silence forbids: without these tables nothing is created but policies and role assignments, and nothing ends.

mod creation;
mod ending;
mod grants;
mod placement;

use serde::{Deserialize, Serialize};

pub use creation::{Creation, NewImmutability, SnapshotGroupCreation, SoftDelete, VaultCreation};
pub use ending::{End, Ending, EndingCause};
pub use grants::{GrantScope, Grants};
pub use placement::{Placement, VaultLimits};

/// What a rule set allows beside protecting.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Allowances {
    /// What may be created.
    pub create: Creation,
    /// Where vaults are looked for, and how much one takes.
    #[serde(skip_serializing_if = "Placement::is_unstated")]
    pub placement: Placement,
    /// Which snapshot resource groups are accepted.
    pub snapshot_groups: SnapshotGroups,
    /// On what roles are granted.
    #[serde(skip_serializing_if = "Grants::is_unstated")]
    pub grants: Grants,
    /// What becomes of instances that somebody stopped.
    pub instances: Instances,
    /// What becomes of the instance of a resource that is not to be protected any more.
    pub ending: Ending,
}

/// The `[snapshot-groups]` table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct SnapshotGroups {
    /// Whether snapshots may lie in the group of what they are taken of: anyone who deletes the group loses both.
    pub allow_source_group: bool,
}

/// The `[instances]` table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Instances {
    /// What becomes of an instance that somebody stopped or suspended, while the rules protect its datasource.
    pub stopped: WhenStopped,
    /// What becomes of an instance that another tool made, while the rules protect its datasource.
    pub foreign: WhenForeign,
}

/// What becomes of an instance that somebody stopped or suspended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhenStopped {
    /// It is left so.
    #[default]
    Leave,
    /// It is resumed.
    Resume,
}

/// What becomes of an instance that another tool made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhenForeign {
    /// It is left as it is, unless it is in error and so protects nothing.
    #[default]
    Leave,
    /// It is treated like one of ours: moved to the decided policy, resumed, ended.
    Adopt,
}

impl Allowances {
    /// Where it contradicts itself or Azure's limits, and how.
    pub fn contradiction(&self) -> Option<(String, String)> {
        self.create.contradiction().or_else(|| self.placement.contradiction())
    }

    /// Whether the rule set says nothing of it.
    pub fn is_unstated(&self) -> bool {
        *self == Self::default()
    }
}

//! What an instance takes from a pool, and how much of it there may be.

use serde::{Deserialize, Serialize};

use crate::contract::ContractVersion;

use super::world::World;

/// Core instances of a component while it runs.
pub(crate) const CORE_INSTANCES: u32 = 128;
/// Memories in a component.
pub(crate) const MEMORIES: u32 = 4;
/// Memories in a module: its own, and one for its first state.
pub(crate) const MEMORIES_OF_MODULE: u32 = 2;
/// Tables in a component.
pub(crate) const TABLES: u32 = 64;

/// What a rule takes from a pool.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Needs {
    pub(crate) shape: Shape,
    /// Whether an instance stays beside a new one.
    pub(crate) is_put_back: bool,
}

impl Needs {
    /// Memories of a new instance and of one that stays, each with one for a first state.
    pub(crate) fn memories(&self) -> u32 {
        let kept = if self.is_put_back { MEMORIES_OF_MODULE } else { 0 };
        self.shape.memories.saturating_add(1).saturating_add(kept)
    }

    /// Tables of both.
    pub(crate) fn tables(&self) -> u32 {
        self.shape.tables.saturating_mul(if self.is_put_back { 2 } else { 1 })
    }
}

/// What an instance takes from a pool.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shape {
    pub(crate) world: World,
    /// The version of the contract that it speaks.
    #[serde(default, skip_serializing_if = "ContractVersion::is_first")]
    pub(crate) version: ContractVersion,
    pub(crate) memories: u32,
    pub(crate) tables: u32,
    /// Whether a memory is so large that most of it is never touched, as that of an interpreter.
    #[serde(default)]
    pub(crate) sparse: bool,
}

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

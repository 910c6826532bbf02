//! Protected items: what of a vault protects one virtual machine, one share or one database.

pub(super) mod change;
mod check;
pub(super) mod deletion;
mod index;
pub(super) mod read;
mod request;
pub(super) use check::is_immutable;
pub(super) use index::Items;
pub(super) use request::Wish;
pub(super) mod write;

use jiff::Timestamp;
use serde_json::Value;

use super::State;
use super::database::{Address, Chain};
use super::kind::Kind;
use super::point::{Point, Tier, TierStatus};
use super::refusal::invalid_input;
use super::trouble::Trouble;
use crate::wire::ArmError;
use crate::wire::path::key;
use crate::world::World;

/// Type of an item as answers spell it.
const TYPE: &str = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems";

/// `protectionState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protection {
    /// The first backup is still to come.
    IrPending,
    Protected,
    Error,
    Stopped,
    Suspended,
}

impl Protection {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::IrPending => "IRPending",
            Self::Protected => "Protected",
            Self::Error => "ProtectionError",
            Self::Stopped => "ProtectionStopped",
            Self::Suspended => "BackupsSuspended",
        }
    }

    /// Whether backups are made, so that no other vault may make them.
    pub(super) fn is_on(self) -> bool {
        match self {
            Self::IrPending | Self::Protected | Self::Error => true,
            Self::Stopped | Self::Suspended => false,
        }
    }
}

/// How the last backup or restore went.
#[derive(Debug, Clone)]
pub(super) struct Last {
    pub(super) began: Timestamp,
    pub(super) trouble: Option<Trouble>,
}

/// A protected item.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// As answers spell it.
    pub(super) id: String,
    pub(super) kind: Kind,
    /// The id of the virtual machine, also of one with a database in it, or of the share.
    pub(super) source: String,
    /// `sourceResourceId`: the virtual machine, or the account of the share.
    pub(super) source_resource: String,
    pub(super) friendly_name: String,
    /// The id of its policy.
    pub(super) policy: Option<String>,
    pub(super) state: Protection,
    pub(super) last_backup: Option<Last>,
    pub(super) last_restore: Option<Last>,
    pub(super) points: Vec<Point>,
    /// When it was deleted, if only softly.
    pub(super) deleted: Option<Timestamp>,
    /// `diskExclusionProperties`.
    pub(super) disks: Option<Value>,
    /// A number of the service.
    pub(super) data_id: u64,
    /// Counts what was changed about its protection: what was begun before no longer counts.
    pub(super) generation: u64,
    /// The code with which its next backup fails, because a test asked for it.
    pub(super) next_failure: Option<String>,
    /// Where its database is.
    pub(super) address: Option<Address>,
    /// The log backups of its database.
    pub(super) chain: Chain,
}

impl Item {
    pub(super) fn key(&self) -> String {
        key(&self.id)
    }

    /// Refuses to work with what was deleted softly: it is brought back first (documentation; the code is the general one).
    pub(super) fn brought_back(&self) -> Result<(), ArmError> {
        match self.deleted {
            Some(_) => Err(invalid_input()),
            None => Ok(()),
        }
    }

    /// Whether the vault has copies of it, beside its snapshots.
    pub(super) fn has_copies(&self) -> bool {
        self.points.iter().any(|point| point.status(Tier::Hardened) == Some(TierStatus::Valid))
    }

    /// The name of the container that it lies in, as answers spell it.
    pub(super) fn container(&self) -> &str {
        self.id.split('/').rev().nth(2).unwrap_or_default()
    }

    /// The container's name as properties show it: that of a virtual machine without its first word (recorded).
    pub(super) fn container_shown(&self) -> &str {
        let name = self.container();
        match self.kind {
            Kind::Machine => name.split_once(';').map_or(name, |(_, tail)| tail),
            Kind::Share | Kind::Database(_) => name,
        }
    }
}

/// The item with this key.
pub(super) fn found<'world>(world: &'world World, vault: &str, item: &str) -> Option<&'world Item> {
    State::of(world).vaults.get(vault)?.items.get(item)
}

/// The same, to be changed.
pub(super) fn found_mut<'world>(
    world: &'world mut World,
    vault: &str,
    item: &str,
) -> Option<&'world mut Item> {
    State::of_mut(world).vaults.get_mut(vault)?.items.get_mut(item)
}

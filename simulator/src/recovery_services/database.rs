//! What is particular about databases in virtual machines: SQL Server and SAP HANA.

mod address;
pub(super) mod backup;
mod backup_type;
mod chain;
pub(super) mod container;
mod engine;
mod found;
pub(super) mod group;
pub(super) mod guest;
pub(super) mod inquire;
pub(super) mod item;
pub(super) mod point;
pub(super) mod protectable;
pub(super) mod readiness;
pub(super) mod register;
pub(super) mod restore;
pub(super) mod schedule;

pub(super) use address::{Address, source};
pub(super) use backup_type::BackupType;
pub(super) use chain::Chain;
pub(super) use engine::Engine;
pub(super) use found::Found;
pub(super) use group::Group;
pub(super) use guest::Guest;

//! Machines in a vault: registering them, and finding out which databases run in them.

mod contents;
mod databases;
mod groups;
mod listing;
mod registration;
mod wire;

use holdfast_protection::ResourceId;
use holdfast_protection::workload::in_machine::{Database, DatabaseKind, MACHINES};

pub(super) use self::contents::found_in;
pub(super) use self::databases::{all, hosted, item, protectable};
pub(super) use self::groups::automatic;
pub(in crate::arm) use self::listing::ItemWire;
pub(super) use self::registration::{container, host, inquire, register};

/// The machine that a database runs in, or that this is.
pub(super) fn machine_of(datasource: &ResourceId) -> Option<ResourceId> {
    let is_machine = datasource.resource_type().eq_ignore_ascii_case(MACHINES);
    let own = is_machine.then(|| datasource.clone());
    own.or_else(|| Database::of(datasource).map(|database| database.machine))
}

/// Whether an id is that of the item of a database.
pub(super) fn is_item(instance: &ResourceId) -> bool {
    kind_of(instance).is_some()
}

/// The kind of databases that an item protects, by its name.
pub(super) fn kind_of(instance: &ResourceId) -> Option<DatabaseKind> {
    let (word, _) = instance.name().split_once(';')?;
    DatabaseKind::ALL.into_iter().find(|kind| kind.item_word().eq_ignore_ascii_case(word))
}

/// Whether an id is that of a container, and of no item in it.
pub(super) fn is_container(id: &ResourceId) -> bool {
    id.resource_type().to_ascii_lowercase().ends_with("/protectioncontainers")
}

fn of_kind(kind: DatabaseKind) -> String {
    format!("backupManagementType eq 'AzureWorkload' and workloadType eq '{}'", kind.item_word())
}

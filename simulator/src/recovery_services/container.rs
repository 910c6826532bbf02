//! Containers of a vault: the virtual machines and storage accounts that it knows.

pub(super) mod list;

use serde_json::{Value, json};

use super::State;
use super::item::write::{Place, Source};
use super::kind::Kind;
use crate::world::World;

/// Type of a container as answers spell it.
const TYPE: &str = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers";

/// A container.
#[derive(Debug, Clone)]
pub(super) struct Container {
    /// As answers spell it.
    pub(super) id: String,
    pub(super) kind: Kind,
    /// The virtual machine or the storage account.
    pub(super) source: String,
    /// What callers said of it that is shown again.
    pub(super) extra: Value,
    /// The ids of the shares that inquiries have found, with their system names.
    pub(super) shares: Vec<(String, String)>,
}

/// Makes the container of a virtual machine, which appears with its item.
pub(super) fn ensure(world: &mut World, place: &Place, source: &Source) {
    let Some(vault) = State::of_mut(world).vaults.get_mut(&place.vault) else { return };
    let name = place.container.spelled();
    let id = format!("{}/backupFabrics/Azure/protectionContainers/{name}", vault.id);
    let made = || Container {
        id,
        kind: place.container.kind,
        source: source.resource.clone(),
        extra: json!({}),
        shares: Vec::new(),
    };
    vault.containers.entry(name.to_ascii_lowercase()).or_insert_with(made);
}

/// The container is gone.
pub(super) fn gone(world: &mut World, vault: &str, name: &str) {
    if let Some(vault) = State::of_mut(world).vaults.get_mut(vault) {
        vault.containers.remove(&name.to_ascii_lowercase());
    }
}

//! Containers of a vault: the virtual machines, storage accounts and database servers that it knows.

pub(super) mod list;
pub(super) mod registration;
pub(super) mod unregister;

use serde_json::{Value, json};

use super::State;
use super::database::Found;
use super::item::write::{Place, Source};
use super::name::{ContainerName, Holder};
use super::vault::Vault;
use crate::wire::path::key;
use crate::world::World;

/// Type of a container as answers spell it.
const TYPE: &str = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers";

/// A container.
#[derive(Debug, Clone)]
pub(super) struct Container {
    /// As answers spell it.
    pub(super) id: String,
    pub(super) holder: Holder,
    /// The virtual machine or the storage account; nothing of an availability group.
    pub(super) source: String,
    /// What callers said of it that is shown again.
    pub(super) extra: Value,
    /// The ids of the shares that inquiries have found, with their system names.
    pub(super) shares: Vec<(String, String)>,
    /// The database servers that inquiries have found.
    pub(super) found: Found,
}

impl Container {
    pub(super) fn new(id: String, holder: Holder, source: &str) -> Self {
        Self {
            id,
            holder,
            source: source.to_owned(),
            extra: json!({}),
            shares: Vec::new(),
            found: Found::default(),
        }
    }
}

/// The id of a container of this name in the vault with the id `vault`.
pub(super) fn id_of(vault: &str, name: &ContainerName) -> String {
    format!("{vault}/backupFabrics/Azure/protectionContainers/{}", name.spelled())
}

/// The key of the vault that `source` is registered with, as a container of this kind.
pub(super) fn registered_in(world: &World, holder: Holder, source: &str) -> Option<String> {
    let wanted = key(source);
    let is_it = |one: &Container| one.holder == holder && key(&one.source) == wanted;
    let own = |vault: &Vault| vault.containers.values().any(is_it);
    State::of(world).vaults.iter().find(|(_, vault)| own(vault)).map(|(vault, _)| vault.clone())
}

/// Makes the container of a virtual machine, which appears with its item.
pub(super) fn ensure(world: &mut World, place: &Place, source: &Source) {
    let Some(vault) = State::of_mut(world).vaults.get_mut(&place.vault) else { return };
    let id = id_of(&vault.id, &place.container);
    let made = || Container::new(id, place.container.holder, &source.resource);
    vault.containers.entry(place.container.key()).or_insert_with(made);
}

/// The container `name`, whatever its case.
pub(super) fn found<'world>(world: &'world World, vault: &str, name: &str) -> Option<&'world Container> {
    State::of(world).vaults.get(vault)?.containers.get(&name.to_ascii_lowercase())
}

/// The same, to be changed.
pub(super) fn found_mut<'world>(
    world: &'world mut World,
    vault: &str,
    name: &str,
) -> Option<&'world mut Container> {
    State::of_mut(world).vaults.get_mut(vault)?.containers.get_mut(&name.to_ascii_lowercase())
}

/// The container is gone.
pub(super) fn gone(world: &mut World, vault: &str, name: &str) {
    if let Some(vault) = State::of_mut(world).vaults.get_mut(vault) {
        vault.containers.remove(&name.to_ascii_lowercase());
    }
}

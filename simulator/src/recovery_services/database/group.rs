//! Availability groups of SQL Server: their databases belong to no single machine, but to a container that appears by itself
//! once every node is registered with one vault (documentation; names: field).

use serde_json::{Value, json};

use super::guest::{self, Database};
use super::{Engine, Found};
use crate::estate::EstateAvailabilityGroup;
use crate::recovery_services::State;
use crate::recovery_services::container::Container;
use crate::recovery_services::name::Holder;
use crate::recovery_services::vault::Vault;
use crate::wire::path::key;
use crate::world::World;

/// An availability group.
#[derive(Debug, Clone)]
pub(in crate::recovery_services) struct Group {
    pub(super) guid: String,
    pub(super) name: String,
    /// The ids of the virtual machines, the primary first.
    pub(super) nodes: Vec<String>,
    pub(super) databases: Vec<Database>,
}

/// What an inquiry has found of one.
#[derive(Debug, Clone)]
pub(in crate::recovery_services) struct FoundGroup {
    pub(in crate::recovery_services) name: String,
    pub(super) databases: Vec<Database>,
}

/// Makes a group; whether its nodes exist.
pub(in crate::recovery_services) fn set(world: &mut World, wanted: &EstateAvailabilityGroup) -> bool {
    let known = |id: &String| world.arm.resources.contains_key(&key(id));
    if wanted.nodes.is_empty() || !wanted.nodes.iter().all(known) {
        return false;
    }
    let group = Group {
        guid: world.guid(),
        name: wanted.name.clone(),
        nodes: wanted.nodes.clone(),
        databases: wanted.databases.iter().map(Database::of).collect(),
    };
    State::of_mut(world).groups.push(group);
    true
}

/// The group whose container has this name.
pub(super) fn of_container<'world>(world: &'world World, name: &str) -> Option<&'world Group> {
    let guid = name.split_once(';')?.1;
    State::of(world).groups.iter().find(|group| group.guid.eq_ignore_ascii_case(guid))
}

/// Makes the containers of the groups all of whose nodes this vault knows.
pub(super) fn appear(world: &mut World, vault: &str) {
    let Some(found) = State::of(world).vaults.get(vault) else { return };
    let root = found.id.clone();
    let groups: Vec<Group> =
        State::of(world).groups.iter().filter(|group| is_whole(found, group)).cloned().collect();
    for group in groups {
        let id =
            format!("{root}/backupFabrics/Azure/protectionContainers/SQLAGWorkLoadContainer;{}", group.guid);
        let name = crate::wire::path::name_of(&id).to_ascii_lowercase();
        let primary = group.nodes.first().map(|node| guest::of(world, node)).unwrap_or_default();
        let now = world.now();
        let known = Found {
            host: primary.host,
            updated: Some(now),
            engines: vec![Engine::Sql],
            group: Some(FoundGroup { name: group.name, databases: group.databases }),
            ..Found::default()
        };
        if let Some(vault) = State::of_mut(world).vaults.get_mut(vault) {
            let container = Container { found: known, ..Container::new(id, Holder::Group, "") };
            vault.containers.insert(name, container);
        }
    }
}

fn is_whole(vault: &Vault, group: &Group) -> bool {
    let known = |node: &String| {
        vault.containers.values().any(|one| one.holder == Holder::Server && key(&one.source) == key(node))
    };
    group.nodes.iter().all(known)
}

/// A node is no longer registered: its groups are gone unless something of them is protected.
pub(in crate::recovery_services) fn server_gone(world: &mut World, vault: &str, machine: &str) {
    let of_it = |group: &&Group| group.nodes.iter().any(|node| key(node) == key(machine));
    let gone: Vec<String> = State::of(world)
        .groups
        .iter()
        .filter(of_it)
        .map(|group| format!("sqlagworkloadcontainer;{}", group.guid).to_ascii_lowercase())
        .collect();
    let Some(vault) = State::of_mut(world).vaults.get_mut(vault) else { return };
    let items = &vault.items;
    vault.containers.retain(|name, _| {
        !gone.contains(name) || items.values().any(|item| item.container().eq_ignore_ascii_case(name))
    });
}

/// `nodesList`.
pub(super) fn nodes(world: &World, group: &Group) -> Vec<Value> {
    let node = |id: &String| {
        json!({
            "nodeName": guest::of(world, id).host,
            "status": "Registered",
            "sourceResourceId": id,
        })
    };
    group.nodes.iter().map(node).collect()
}

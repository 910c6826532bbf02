//! What could be protected: machines that could be registered, and the instances, systems, groups and databases that inquiries
//! have found (recorded; items of a container: official).

use serde_json::{Value, json};

use super::group::FoundGroup;
use super::guest::{Database, Instance};
use super::{Engine, Found};
use crate::recovery_services::State;
use crate::recovery_services::container::{self, Container, registered_in};
use crate::recovery_services::filter::Filter;
use crate::recovery_services::item::Item;
use crate::recovery_services::name::Holder;
use crate::recovery_services::refusal::{invalid_input, no_item};
use crate::recovery_services::trouble::Trouble;
use crate::recovery_services::vault::Vault;
use crate::recovery_services::{intent, machine, page, vault};
use crate::wire::path::{group_of, key, name_of};
use crate::wire::{Answer, Call, Position, json as body_json};
use crate::world::World;

/// What the snapshots of a HANA system are listed as; their server is their parent (recorded).
const SNAPSHOTS: &str = "SAPHanaDBInstance";

/// The machines of the vault's subscription and region that run and are registered nowhere (documentation: that).
pub(in crate::recovery_services) fn containers(world: &World, vault: &Vault) -> Vec<Value> {
    let is_machine = |body: &&Value| {
        body_json::text(body, &["type"])
            .is_some_and(|kind| kind.eq_ignore_ascii_case("Microsoft.Compute/virtualMachines"))
    };
    let machines = world.arm.resources.values().filter(|body| vault.is_near(body)).filter(is_machine);
    let on = machines.filter(|body| machine::readiness::is_running(body));
    let ids = on.filter_map(|body| body_json::text(body, &["id"]));
    ids.filter(|id| registered_in(world, Holder::Server, id).is_none())
        .map(|id| container_of(&vault.id, id))
        .collect()
}

fn container_of(vault: &str, machine: &str) -> Value {
    let name =
        format!("VMAppContainer;Compute;{};{}", group_of(machine).unwrap_or_default(), name_of(machine));
    json!({
        "id": format!("{vault}/backupFabrics/Azure/protectableContainers/{name}"),
        "name": name,
        "type": "Microsoft.RecoveryServices/vaults/backupFabrics/protectableContainers",
        "properties": {
            "friendlyName": name_of(machine),
            "backupManagementType": "AzureWorkload",
            "protectableContainerType": "VMAppContainer",
            "healthStatus": "Healthy",
            "containerId": machine,
        },
    })
}

/// `GET {vault}/backupProtectableItems` of databases.
pub(in crate::recovery_services) fn items(vault: &Vault, filter: &Filter) -> Vec<(Position, Value)> {
    let wanted = filter.get("workloadType").and_then(Engine::parse);
    let containers = vault.containers.values().filter(|container| {
        matches!(container.holder, Holder::Server | Holder::Group)
            && filter.admits("containerName", name_of(&container.id))
    });
    let all = containers.flat_map(|container| in_container(vault, container, wanted));
    all.filter(|(_, item)| {
        let kind = body_json::text(item, &["properties", "protectableItemType"]).unwrap_or_default();
        filter.admits("protectableItemType", kind)
    })
    .collect()
}

fn in_container(vault: &Vault, container: &Container, wanted: Option<Engine>) -> Vec<(Position, Value)> {
    let place = format!(
        "{}/backupFabrics/Azure/protectionContainers/{}/protectableItems",
        vault.id,
        name_of(&container.id).to_ascii_lowercase()
    );
    let host = &container.found.host;
    let one = |item: Listed| {
        let known = items_of(vault, container, item.name).count();
        let body = item.body(&place, host, intent::is_on(vault, &container.id, item.name), known);
        (item.position(&place), body)
    };
    let free = |item: &Listed| !item.is_database || !is_protected(vault, container, item);
    listed(&container.found, wanted).into_iter().filter(free).map(one).collect()
}

/// The items of an instance, a system or a group.
fn items_of<'vault>(
    vault: &'vault Vault,
    container: &'vault Container,
    parent: &'vault str,
) -> impl Iterator<Item = &'vault Item> {
    vault.items.within(&container.id).filter(move |known| {
        known.address.as_ref().is_some_and(|own| own.parent.eq_ignore_ascii_case(parent))
    })
}

/// Whether the database has an item, also one that was deleted softly.
fn is_protected(vault: &Vault, container: &Container, item: &Listed) -> bool {
    items_of(vault, container, item.parent)
        .any(|known| known.address.as_ref().is_some_and(|own| own.database.eq_ignore_ascii_case(item.name)))
}

/// An instance, a system, a group or a database, as lists show it.
struct Listed<'found> {
    engine: Engine,
    kind: &'static str,
    parent: &'found str,
    name: &'found str,
    is_database: bool,
    databases: usize,
    trouble: Option<&'found str>,
}

fn listed(found: &Found, wanted: Option<Engine>) -> Vec<Listed<'_>> {
    let mut all: Vec<Listed<'_>> = Vec::new();
    let fits = |engine: Engine| wanted.is_none_or(|wanted| wanted == engine);
    for instance in found.instances.iter().filter(|one| fits(one.engine)) {
        all.extend(of_instance(instance, &found.host));
    }
    for group in found.group.iter().filter(|_| fits(Engine::Sql)) {
        all.extend(of_group(group));
    }
    all
}

fn of_instance<'found>(instance: &'found Instance, host: &'found str) -> Vec<Listed<'found>> {
    let databases: &[Database] = if instance.trouble.is_some() { &[] } else { &instance.databases };
    let whole = |kind: &'static str| Listed {
        engine: instance.engine,
        kind,
        parent: &instance.name,
        name: &instance.name,
        is_database: false,
        databases: databases.len(),
        trouble: instance.trouble.as_deref(),
    };
    let inner = databases.iter().map(|one| database(instance.engine, &instance.name, one));
    let snapshots = (instance.engine == Engine::Hana).then(|| Listed { parent: host, ..whole(SNAPSHOTS) });
    std::iter::once(whole(instance.engine.instance_type())).chain(inner).chain(snapshots).collect()
}

fn of_group(group: &FoundGroup) -> Vec<Listed<'_>> {
    let whole = Listed {
        engine: Engine::Sql,
        kind: "SQLAvailabilityGroupContainer",
        parent: &group.name,
        name: &group.name,
        is_database: false,
        databases: group.databases.len(),
        trouble: None,
    };
    let inner = group.databases.iter().map(|one| database(Engine::Sql, &group.name, one));
    std::iter::once(whole).chain(inner).collect()
}

fn database<'found>(engine: Engine, parent: &'found str, one: &'found Database) -> Listed<'found> {
    Listed {
        engine,
        kind: engine.database_type(),
        parent,
        name: &one.name,
        is_database: true,
        databases: 0,
        trouble: None,
    }
}

impl Listed<'_> {
    /// Such as `sqldatabase;mssqlserver;msdb`; the snapshots of a HANA system name it twice (recorded).
    fn id(&self) -> String {
        let kind = self.kind;
        let tail = match (self.is_database, kind) {
            (true, _) => format!("{};{}", self.parent, self.name),
            (false, SNAPSHOTS) => format!("{0};{0}(dbinstance)", self.name),
            (false, _) => self.name.to_owned(),
        };
        format!("{kind};{tail}").to_ascii_lowercase()
    }

    /// Where it stands in lists of what lies in `place`: what holds databases before them, snapshots behind.
    fn position(&self, place: &str) -> Position {
        let (holder, part) = match (self.is_database, self.kind) {
            (true, _) => (self.parent, 1),
            (false, SNAPSHOTS) => (self.name, 2),
            (false, _) => (self.name, 0),
        };
        Position::named(format!("{place}/{holder}/{part}/{}", self.id()).to_ascii_lowercase())
    }

    /// Only what holds databases of SQL Server can be protected by itself (documentation).
    fn is_auto_protectable(&self) -> bool {
        !self.is_database && self.engine == Engine::Sql
    }

    fn body(&self, place: &str, host: &str, is_auto_protected: bool, items: usize) -> Value {
        let name = self.id();
        let snapshots = self.kind == SNAPSHOTS;
        let mut properties = json!({
            "parentName": self.parent,
            "serverName": host,
            "isAutoProtectable": self.is_auto_protectable(),
            "isAutoProtected": is_auto_protected && self.is_auto_protectable(),
            "subinquireditemcount": self.databases,
            "subprotectableitemcount": if self.is_database { 0 } else { items },
            "IsProtectable": self.is_database || snapshots,
            "backupManagementType": "AzureWorkload",
            "workloadType": self.engine.word(),
            "protectableItemType": self.kind,
            "friendlyName": self.name,
            "protectionState": "NotProtected",
        });
        if !self.is_database {
            body_json::set(&mut properties, &["prebackupvalidation"], validation(self.trouble));
        }
        json!({
            "id": format!("{place}/{name}"),
            "name": name,
            "type": "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectableItems",
            "properties": properties,
        })
    }
}

/// `prebackupvalidation`: whether the service reaches the instance with the rights that it needs.
fn validation(trouble: Option<&str>) -> Value {
    match trouble {
        None => json!({ "status": "Success", "code": "Success" }),
        Some(code) => json!({ "status": "Failed", "code": code, "message": Trouble::named(code).in_guest() }),
    }
}

/// `GET {container}/items`: what is in a server, with the folders of its instances.
pub(in crate::recovery_services) fn workload_items(world: &World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let known = ["backupManagementType", "workloadItemType", "workloadType"];
    let filter = Filter::of(call, &known)?;
    if filter.get("backupManagementType").is_none_or(|word| !word.eq_ignore_ascii_case("AzureWorkload")) {
        return Err(invalid_input());
    }
    let name = call.path.segment(5).unwrap_or_default();
    let container = container::found(world, &vault, name).ok_or_else(no_item)?;
    let wanted = filter.get("workloadType").and_then(Engine::parse);
    let kept = listed(&container.found, wanted)
        .into_iter()
        .filter(|item| filter.admits("workloadItemType", item.kind))
        .map(|item| (item.position(&container.id), item));
    Ok(page::asked(call)?.sorted(kept, |item| workload_item(container, &item)))
}

fn workload_item(container: &Container, item: &Listed) -> Value {
    let tail = if item.is_database { format!("{};{}", item.parent, item.name) } else { item.name.to_owned() };
    let name = format!("{};{tail}", item.kind);
    let mut properties = json!({
        "parentName": item.parent,
        "serverName": container.found.host,
        "isAutoProtectable": item.is_auto_protectable(),
        "subinquireditemcount": 0,
        "subWorkloadItemCount": item.databases,
        "backupManagementType": "AzureWorkload",
        "workloadType": item.engine.word(),
        "workloadItemType": item.kind,
        "friendlyName": item.name,
        "protectionState": "NotProtected",
    });
    let instance = container.found.instances.iter().find(|one| one.name == item.name && !item.is_database);
    if let Some(instance) = instance.filter(|one| one.engine == Engine::Sql) {
        let folders = json!([
            { "type": "Data", "path": format!("{}\\", instance.data.trim_end_matches('\\')) },
            { "type": "Log", "path": format!("{}\\", instance.log.trim_end_matches('\\')) },
        ]);
        body_json::set(&mut properties, &["dataDirectoryPaths"], folders);
    }
    json!({
        "id": format!("{}/protectableItems/{name}", container.id),
        "name": name,
        "type": "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/items",
        "properties": properties,
    })
}

/// What an intent may name: the container and the protectable item of this id, if it can be protected by itself.
pub(in crate::recovery_services) fn auto_protectable(
    world: &World,
    vault: &str,
    id: &str,
) -> Option<(String, String)> {
    let id = key(id);
    let (_, below) = id.split_once("/protectioncontainers/")?;
    let (container, item) = below.split_once("/protectableitems/")?;
    let found = State::of(world).vaults.get(vault)?.containers.get(container)?;
    let listed = listed(&found.found, None);
    let own = listed.iter().find(|one| one.id() == item && one.is_auto_protectable())?;
    Some((name_of(&found.id).to_owned(), own.name.to_owned()))
}

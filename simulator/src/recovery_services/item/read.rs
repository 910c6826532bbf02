//! Reading items: one, and lists by filter, page by page.

use axum::http::Method;
use serde_json::{Value, json};

use super::write::Place;
use super::{Item, TYPE, deletion, found, write};
use crate::recovery_services::filter::Filter;
use crate::recovery_services::kind::Kind;
use crate::recovery_services::refusal::no_item;
use crate::recovery_services::{State, database, machine, page, share, vault};
use crate::wire::path::name_of;
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// Names that lists may be filtered by (official; `policyName` and `itemType` are recorded).
const FILTERS: [&str; 8] = [
    "backupManagementType",
    "itemType",
    "policyName",
    "containerName",
    "backupEngineName",
    "friendlyName",
    "backupSetName",
    "fabricName",
];

/// Calls on `{container}/protectedItems/{item}`.
pub(in crate::recovery_services) fn handle(world: &mut World, call: &Call) -> Answer {
    match call.method {
        Method::GET => get(world, call),
        Method::PUT => write::put(world, call),
        Method::DELETE => deletion::delete(world, call),
        _ => Err(ArmError::method_not_allowed(&call.method)),
    }
}

fn get(world: &World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let place = Place::of(world, call).map_err(|_| no_item())?;
    body(world, &vault, &place.key(), call).map(Reply::ok).ok_or_else(no_item)
}

/// The body of one item, if it is there.
pub(in crate::recovery_services) fn body(
    world: &World,
    vault: &str,
    item: &str,
    call: &Call,
) -> Option<Value> {
    let item = found(world, &vault.to_ascii_lowercase(), item)?;
    let mut body = shown(world, item, call.api_version());
    // Reading a share or a database always shows it (recorded), a virtual machine on demand (documentation).
    let expanded = call.parameter("$filter").or_else(|| call.parameter("$expand")).unwrap_or_default();
    if item.kind != Kind::Machine || expanded.to_ascii_lowercase().contains("extendedinfo") {
        body_json::set(&mut body, &["properties", "extendedInfo"], extended(world, item));
    }
    Some(body)
}

fn extended(world: &World, item: &Item) -> Value {
    match item.kind {
        Kind::Machine => machine::item::extended(item),
        Kind::Share => share::item::extended(world, item),
        Kind::Database(_) => database::item::extended(item, world),
    }
}

/// An item as callers of an api-version see it.
pub(in crate::recovery_services) fn shown(world: &World, item: &Item, api_version: &str) -> Value {
    let mut properties = match item.kind {
        Kind::Machine => machine::item::properties(world, item),
        Kind::Share => share::item::properties(world, item),
        Kind::Database(_) => database::item::properties(world, item),
    };
    if api_version >= machine::item::VAULT_SHOWN_SINCE {
        let vault = item.id.split("/backupFabrics/").next().unwrap_or_default();
        body_json::set(&mut properties, &["vaultId"], json!(vault));
    }
    json!({ "id": item.id, "name": name_of(&item.id), "type": TYPE, "properties": properties })
}

/// `GET {vault}/backupProtectedItems`.
pub(in crate::recovery_services) fn list(world: &World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let filter = Filter::of(call, &FILTERS)?;
    let page = page::asked(call)?;
    let items = State::of(world).vaults.get(&vault).into_iter().flat_map(|vault| page.rest(&vault.items));
    let kept = items.filter(|(_, item)| is_admitted(item, &filter));
    Ok(page.of(kept, |item| shown(world, item, call.api_version())))
}

fn is_admitted(item: &Item, filter: &Filter) -> bool {
    filter.admits("backupManagementType", item.kind.management())
        && filter.admits("itemType", item.kind.workload())
        && filter.admits("policyName", item.policy.as_deref().map(name_of).unwrap_or_default())
        && filter.admits("friendlyName", &item.friendly_name)
        && (filter.admits("containerName", item.container())
            || filter.admits("containerName", item.container_shown()))
        && filter.admits("fabricName", "Azure")
}

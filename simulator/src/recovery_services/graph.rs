//! Vaults and what lies in them as Resource Graph shows them (documentation and queries that are in use).

use serde_json::{Value, json};

use super::State;
use super::item::{Item, read};
use super::job::Task;
use super::vault::Vault;
use crate::backup::region::paired;
use crate::wire::call::normalised_location;
use crate::wire::json as body_json;
use crate::wire::path::name_of;
use crate::world::{Table, World};

/// What the graph shows follows this api-version.
const VERSION: &str = "2024-04-01";

/// The table and the body of the row with this key.
pub(super) fn row(world: &World, id: &str) -> Option<(Table, Value)> {
    let vaults = &State::of(world).vaults;
    if let Some(vault) = vaults.get(id) {
        return Some((Table::Resources, vault.body.clone()));
    }
    let vault = vaults
        .iter()
        .find(|(vault, _)| id.strip_prefix(vault.as_str()).is_some_and(|rest| rest.starts_with('/')));
    let (key, vault) = vault?;
    let below = id.get(key.len() + 1..)?;
    let mut body = match below.split_once('/')? {
        ("backuppolicies", name) => vault.policies.get(name)?.clone(),
        ("backupjobs", name) => job(world, vault, name)?,
        ("backupfabrics", _) => item(world, vault, vault.items.get(id)?),
        _ => return None,
    };
    let location = body_json::text(&vault.body, &["location"]).unwrap_or_default();
    body_json::set(&mut body, &["location"], json!(location));
    Some((Table::RecoveryServicesResources, body))
}

fn job(world: &World, vault: &Vault, name: &str) -> Option<Value> {
    // Those of the paired region are told of there.
    let job = vault.jobs.get(name).filter(|job| job.task != Task::CrossRegionRestore)?;
    let (mut body, item) = (job.body(world.now(), world.clock.speed(), VERSION), &job.item);
    body_json::merge(
        &mut body,
        &json!({ "properties": { "vaultName": name_of(&vault.id), "backupInstanceId": item } }),
    );
    Some(body)
}

/// The graph tells of the source and of the policy in the words of the newer family as well.
fn item(world: &World, vault: &Vault, item: &Item) -> Value {
    let mut body = read::shown(world, item, VERSION);
    let location = body_json::text(&vault.body, &["location"]).map(normalised_location).unwrap_or_default();
    let policy = item.policy.as_deref().unwrap_or_default();
    let added = json!({
        "dataSourceId": item.source,
        "dataSourceInfo": {
            "resourceID": item.source,
            "resourceName": item.friendly_name,
            "resourceLocation": location,
            "datasourceType": item.kind.source_type(),
        },
        "policyInfo": { "policyId": policy, "name": name_of(policy) },
        "currentProtectionState": item.state.word(),
        "protectedPrimaryRegion": location,
        "protectedSecondaryRegion": paired(&location).unwrap_or_default(),
        "vaultId": vault.id,
    });
    body_json::merge(&mut body, &json!({ "properties": added }));
    body
}

//! Vaults and what lies in them as Resource Graph shows them.

mod extended;
mod instance;

use serde_json::{Value, json};

use super::State;
use crate::wire::json as body_json;
use crate::world::{Table, World};

/// The table and the body of the row with this key.
pub(super) fn row(world: &World, id: &str) -> Option<(Table, Value)> {
    if let Some(vault) = State::of(world).vaults.get(id) {
        return Some((Table::Resources, vault.body.clone()));
    }
    in_vault(world, id).map(|body| (Table::RecoveryServicesResources, body))
}

fn in_vault(world: &World, id: &str) -> Option<Value> {
    let (vault_id, kind, name) =
        ["backupinstances", "backupjobs", "backuppolicies"].iter().find_map(|kind| {
            let (vault, name) = id.split_once(&format!("/{kind}/"))?;
            Some((vault, *kind, name))
        })?;
    let vault = State::of(world).vaults.get(vault_id)?;
    let mut body = match kind {
        "backupinstances" => instance::row(&vault.instances.get(name)?.body(), vault),
        // Restores in the secondary region are told of there.
        "backupjobs" => vault.jobs.get(name).filter(|job| !job.is_cross_region())?.graphed(),
        _ => vault.policies.get(name)?.clone(),
    };
    let location = if kind == "backupinstances" { vault.location() } else { String::new() };
    body_json::set(&mut body, &["location"], json!(location));
    Some(body)
}

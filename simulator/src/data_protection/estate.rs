//! The vaults and policies of an estate.

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::{State, policy, vault};
use crate::estate::{Estate, EstateVault};
use crate::wire::path::{group_id_of, key, name_of};
use crate::wire::{ArmError, json as body_json};
use crate::world::World;

/// Places the vaults and policies of `estate`.
pub(super) fn place(world: &mut World, estate: &Estate) -> anyhow::Result<()> {
    for vault in &estate.vaults {
        place_vault(world, vault)?;
    }
    for policy in &estate.policies {
        let vault = vault_named(world, &policy.vault)?;
        let request = json!({ "properties": policy.properties });
        policy::create(world, &vault, &policy.name, &request)
            .map_err(|error| refused(&error))
            .with_context(|| format!("policy '{}' of the estate", policy.name))?;
    }
    Ok(())
}

fn refused(error: &ArmError) -> anyhow::Error {
    let detail = error
        .envelope
        .as_ref()
        .and_then(|envelope| {
            envelope.pointer("/additionalInfo/0/info/innerError/additionalInfo/DetailedNonLocalisedMessage")
        })
        .and_then(Value::as_str);
    anyhow::anyhow!("{}: {}", error.code, detail.unwrap_or(&error.message))
}

fn place_vault(world: &mut World, vault: &EstateVault) -> anyhow::Result<()> {
    let Some(group) = group_id_of(&vault.id) else { bail!("'{}' lies in no resource group", vault.id) };
    if !world.arm.groups.contains_key(&key(&group)) {
        bail!("'{}' lies in the resource group '{group}', which the estate does not list", vault.id);
    }
    let mut request = json!({
        "properties": {
            "storageSettings": [{ "datastoreType": "VaultStore", "type": vault.redundancy }],
            "securitySettings": { "softDeleteSettings": { "state": vault.soft_delete, "retentionDurationInDays": 14.0 } },
        },
    });
    if !vault.tags.is_empty() {
        body_json::set(&mut request, &["tags"], json!(vault.tags));
    }
    if let Some(state) = &vault.immutability {
        let path = ["properties", "securitySettings", "immutabilitySettings", "state"];
        body_json::set(&mut request, &path, json!(state));
    }
    if vault.cross_region_restore {
        let path = ["properties", "featureSettings", "crossRegionRestoreSettings", "state"];
        body_json::set(&mut request, &path, json!("Enabled"));
    }
    if vault.identity {
        body_json::set(&mut request, &["identity"], json!({ "type": "SystemAssigned" }));
    }
    vault::create_ready(world, &vault.id, &vault.location, &request);
    Ok(())
}

/// The key of the vault with this id or name.
fn vault_named(world: &World, vault: &str) -> anyhow::Result<String> {
    let mut matching = State::of(world)
        .vaults
        .iter()
        .filter(|(id, found)| **id == key(vault) || name_of(&found.id).eq_ignore_ascii_case(vault));
    let found = matching.next().with_context(|| format!("the estate lists no vault '{vault}'"))?;
    if matching.next().is_some() {
        bail!("the estate lists several vaults named '{vault}'; refer to it by its id");
    }
    Ok(found.0.clone())
}

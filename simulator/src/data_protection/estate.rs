//! The vaults and policies of an estate.

use anyhow::Context as _;
use serde_json::{Value, json};

use super::{policy, vault};
use crate::estate::{EstatePolicy, EstateVault};
use crate::wire::{ArmError, json as body_json};
use crate::world::World;

/// Makes the vault, ready at once.
pub(super) fn place_vault(world: &mut World, vault: &EstateVault) {
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
}

/// Makes a policy in the vault with this key.
pub(super) fn place_policy(world: &mut World, vault: &str, wanted: &EstatePolicy) -> anyhow::Result<()> {
    let request = json!({ "properties": wanted.properties });
    policy::create(world, vault, &wanted.name, &request)
        .map_err(|error| refused(&error))
        .with_context(|| format!("policy '{}' of the estate", wanted.name))?;
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

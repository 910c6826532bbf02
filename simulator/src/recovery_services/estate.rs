//! The vaults and policies of an estate.

use anyhow::bail;
use serde_json::json;

use super::{policy, vault};
use crate::estate::{EstatePolicy, EstateVault};
use crate::wire::json as body_json;
use crate::world::World;

/// Makes the vault.
pub(super) fn place_vault(world: &mut World, wanted: &EstateVault) -> anyhow::Result<()> {
    let soft_delete = match wanted.soft_delete.as_str() {
        "On" => "Enabled",
        "Off" => "Disabled",
        "AlwaysOn" => "AlwaysON",
        other => bail!("the soft delete '{other}' of '{}' is not On, Off or AlwaysOn", wanted.id),
    };
    let mut request = json!({
        "sku": { "name": "RS0", "tier": "Standard" },
        "properties": {
            "redundancySettings": {
                "standardTierStorageRedundancy": wanted.redundancy,
                "crossRegionRestore": if wanted.cross_region_restore { "Enabled" } else { "Disabled" },
            },
            "securitySettings": {
                "softDeleteSettings": { "softDeleteState": soft_delete, "softDeleteRetentionPeriodInDays": 14 },
            },
        },
    });
    if !wanted.tags.is_empty() {
        body_json::set(&mut request, &["tags"], json!(wanted.tags));
    }
    if wanted.identity {
        body_json::set(&mut request, &["identity"], json!({ "type": "SystemAssigned" }));
    }
    if let Some(state) = &wanted.immutability {
        let path = ["properties", "securitySettings", "immutabilitySettings", "state"];
        body_json::set(&mut request, &path, json!(state));
    }
    vault::create(world, &wanted.id, &wanted.location, &request, false);
    Ok(())
}

/// Makes a policy in the vault with this key.
pub(super) fn place_policy(world: &mut World, vault: &str, wanted: &EstatePolicy) -> anyhow::Result<()> {
    policy::create(world, vault, &wanted.name, &wanted.properties)
        .map(|_| ())
        .map_err(|problem| anyhow::anyhow!("policy '{}' of the estate: {problem}", wanted.name))
}

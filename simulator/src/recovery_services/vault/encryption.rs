//! `{vault}/backupEncryptionConfigs/backupResourceEncryptionConfig`: whose key encrypts the backups (official).

use serde_json::json;

use super::{below, named};
use crate::recovery_services::State;
use crate::wire::{Answer, Call, Reply, json as body_json};
use crate::world::World;

/// `GET`.
pub(in crate::recovery_services) fn get(world: &World, call: &Call) -> Answer {
    let vault = named(world, &call.path)?;
    let Some(found) = State::of(world).vaults.get(&vault) else { return Ok(Reply::ok(json!({}))) };
    let text = |path: &[&str]| {
        body_json::text(&found.body, &[&["properties", "encryption"], path].concat()).map(str::to_owned)
    };
    let uri = text(&["keyVaultProperties", "keyUri"]);
    let kind = if uri.is_some() { "CustomerManaged" } else { "MicrosoftManaged" };
    let double = text(&["infrastructureEncryption"]).unwrap_or_else(|| "Disabled".to_owned());
    let mut properties = json!({
        "encryptionAtRestType": kind,
        "lastUpdateStatus": if uri.is_some() { "Succeeded" } else { "NotEnabled" },
        "infrastructureEncryptionState": double,
    });
    if let Some(uri) = uri {
        body_json::set(&mut properties, &["keyUri"], json!(uri));
    }
    Ok(Reply::ok(below(found, "backupEncryptionConfigs", "backupResourceEncryptionConfig", properties)))
}

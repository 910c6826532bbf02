//! Deleting Backup vaults, and what is left of them: soft-deleted vaults, restored by a PUT that names them.

use super::body;
use crate::data_protection::{Effect, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{PROVISIONING_SECONDS, Vault};
use crate::clock::precise;
use crate::config::SoftDelete;
use crate::data_protection::operation::{self, Action, Headers};
use crate::data_protection::user_error::UserError;
use crate::data_protection::vault;
use crate::wire::call::normalised_location;
use crate::wire::path::{key, name_of, subscription_of};
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// From this api-version on a deleted vault is kept for a while, wherever it lies.
pub(crate) const SINCE: &str = "2025-09-01";

/// A vault that was deleted and can be restored.
#[derive(Debug, Clone)]
pub(crate) struct DeletedVault {
    name: String,
    vault: Vault,
    deleted: Timestamp,
    purge: Timestamp,
    activity: String,
}

impl DeletedVault {
    fn id(&self) -> String {
        let subscription = subscription_of(&self.vault.id).unwrap_or_default();
        let location = normalised_location(&self.vault.location());
        format!(
            "/subscriptions/{subscription}/providers/Microsoft.DataProtection/locations/{location}/deletedBackupVaults/{}",
            self.name
        )
    }

    fn body(&self) -> Value {
        let mut properties = body_json::member(&self.vault.body, "properties").cloned().unwrap_or_default();
        let original = &self.vault.id;
        let deletion = json!({
            "deletionTime": precise(self.deleted),
            "scheduledPurgeTime": precise(self.purge),
            "deleteActivityId": self.activity,
        });
        for (name, value) in [
            ("originalBackupVaultId", json!(original)),
            ("originalBackupVaultName", json!(name_of(original))),
            ("originalBackupVaultResourcePath", json!(original)),
            ("resourceDeletionInfo", deletion),
        ] {
            body_json::set(&mut properties, &[name], value);
        }
        json!({
            "id": self.id(),
            "name": self.name,
            "type": "Microsoft.DataProtection/deletedBackupVaults",
            "properties": properties,
        })
    }
}

/// `DELETE` of a vault.
pub(crate) fn delete(world: &mut World, call: &Call) -> Answer {
    let Ok(vault) = vault::named(world, &call.path) else { return Ok(Reply::empty(StatusCode::NO_CONTENT)) };
    let enforced = world.settings.soft_delete == SoftDelete::Enforced || call.api_version() >= SINCE;
    let (busy, kept) = State::of(world)
        .vaults
        .get(&vault)
        .map(|vault| (!vault.instances.is_empty(), !vault.deleted.is_empty()))
        .unwrap_or_default();
    if busy || (kept && !enforced) {
        let activity = world.guid();
        let holds = if busy { "backup instances" } else { "soft-deleted backup instances" };
        let message = format!("The Backup vault cannot be deleted because it holds {holds}.");
        let action =
            "Delete the backup instances of the vault, undeleting soft-deleted ones first, and try again.";
        return Err(UserError::new("UserErrorBackupVaultNotEmpty", message, action).refusal(&activity));
    }
    let action = Action::VaultDelete { soft: enforced };
    let operation = operation::begin(world, &vault, PROVISIONING_SECONDS, PROVISIONING_SECONDS, action);
    let reply = Reply::empty(StatusCode::ACCEPTED);
    Ok(operation::announced(world, call, &operation, Headers::Region, reply))
}

/// The vault is gone; if `soft`, it is kept among the deleted ones.
pub(crate) fn gone(world: &mut World, id: &str, soft: bool) {
    let Some(vault) = State::of_mut(world).vaults.remove(id) else { return };
    vault::touch_all(world, &vault);
    if !soft {
        if let Some(principal) = vault.principal() {
            world.identities.remove(&principal);
        }
        return;
    }
    let (name, activity, now) = (world.guid(), world.guid(), world.now());
    let purge = world.after(vault.retention_days() * 86_400.0);
    world.schedule(purge, Effect::VaultPurged(name.clone()));
    State::of_mut(world)
        .deleted_vaults
        .insert(name.clone(), DeletedVault { name, vault, deleted: now, purge, activity });
}

/// The time of a deleted vault is over.
pub(crate) fn purged(world: &mut World, name: &str) {
    if let Some(deleted) = State::of_mut(world).deleted_vaults.remove(name)
        && let Some(principal) = deleted.vault.principal()
    {
        world.identities.remove(&principal);
    }
}

/// `GET .../locations/{location}/deletedVaults[/{name}]`.
pub(crate) fn read(world: &World, call: &Call) -> Answer {
    let location = normalised_location(call.path.segment(1).unwrap_or_default());
    let subscription = call.path.subscription().unwrap_or_default();
    let here = |one: &&DeletedVault| {
        let of_subscription = subscription_of(&one.vault.id).unwrap_or_default();
        normalised_location(&one.vault.location()) == location
            && of_subscription.eq_ignore_ascii_case(subscription)
    };
    let mut found = State::of(world).deleted_vaults.values().filter(here);
    match call.path.segment(3) {
        None => Ok(Reply::list(found.map(DeletedVault::body).collect())),
        Some(name) => {
            let one = found.find(|one| one.name.eq_ignore_ascii_case(name));
            Ok(Reply::ok(one.ok_or_else(|| not_found(name))?.body()))
        }
    }
}

fn not_found(name: &str) -> ArmError {
    let message = format!("The deleted Backup vault '{name}' was not found.");
    ArmError::not_found("ResourceNotFound", message)
}

/// `PUT` of the vault `id` that names a deleted one: it returns with everything in it.
pub(crate) fn restore(world: &mut World, call: &Call, id: &str, deleted: &str) -> Answer {
    let name = name_of(deleted).to_ascii_lowercase();
    let known = State::of(world).deleted_vaults.get(&name).filter(|one| key(&one.vault.id) == key(id));
    let Some(known) = known.cloned() else { return Err(not_found(&name)) };
    if State::of(world).vaults.contains_key(&key(id)) {
        let message = format!("A Backup vault '{id}' exists; a deleted vault cannot take its place.");
        return Err(ArmError::conflict("Conflict", message));
    }
    State::of_mut(world).deleted_vaults.remove(&name);
    let mut vault = known.vault;
    vault.body = body::in_state(vault.body, "Provisioning");
    let shown = vault.body.clone();
    vault::touch_all(world, &vault);
    State::of_mut(world).vaults.insert(key(id), vault);
    let (seconds, vault) = (PROVISIONING_SECONDS, key(id));
    let operation = operation::begin(world, &vault, seconds, seconds, Action::VaultWrite);
    let reply = Reply::new(StatusCode::CREATED, shown);
    Ok(operation::announced(world, call, &operation, Headers::StatusOnly, reply))
}

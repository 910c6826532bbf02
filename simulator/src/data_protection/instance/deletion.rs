//! Deleting backup instances: for good, or softly, with a time in which they can be brought back.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::configure::{self, name};
use super::{Instance, ProtectionState, protection};
use crate::clock::precise;
use crate::config::SoftDelete;
use crate::data_protection::operation::{self, Action, Headers};
use crate::data_protection::user_error::UserError;
use crate::data_protection::{Effect, State};
use crate::data_protection::{guard, instance, point, policy, vault};
use crate::wire::path::name_of;
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

const DELETE_SECONDS: f64 = 30.0;

/// What a deletion leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deletion {
    Soft,
    Final,
}

/// A soft-deleted instance and when and how it went.
#[derive(Debug, Clone)]
pub(crate) struct DeletedInstance {
    pub(crate) instance: Instance,
    deleted: Timestamp,
    purge: Timestamp,
    activity: String,
}

impl DeletedInstance {
    /// The body under `deletedBackupInstances`.
    pub(crate) fn body(&self) -> Value {
        let mut body = self.instance.body();
        let deletion = json!({
            "deletionTime": precise(self.deleted),
            "billingEndDate": precise(self.deleted),
            "scheduledPurgeTime": precise(self.purge),
            "deleteActivityID": self.activity,
        });
        let id = self.instance.id.replace("/backupInstances/", "/deletedBackupInstances/");
        body_json::set(&mut body, &["properties", "deletionInfo"], deletion);
        body_json::set(&mut body, &["properties", "protectionStatus"], json!({ "status": "SoftDeleted" }));
        body_json::set(&mut body, &["properties", "currentProtectionState"], json!("SoftDeleted"));
        body_json::set(&mut body, &["properties", "objectType"], json!("DeletedBackupInstance"));
        body_json::set(&mut body, &["id"], json!(id));
        body_json::set(
            &mut body,
            &["type"],
            json!("Microsoft.DataProtection/backupVaults/deletedBackupInstances"),
        );
        body
    }
}

/// `DELETE` of an instance.
pub(super) fn delete(world: &mut World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let Ok(instance) = instance::find(world, &vault, name(call)) else {
        return Ok(Reply::empty(StatusCode::NO_CONTENT));
    };
    let instance = instance.clone();
    guard::check(world, call, &vault, guard::Operation::DeleteInstance)?;
    not_immutable(world, &vault, &instance)?;
    let deletion = if soft(world, call, &vault, &instance) { Deletion::Soft } else { Deletion::Final };
    let key = name(call).to_ascii_lowercase();
    if let Some(instance) =
        State::of_mut(world).vaults.get_mut(&vault).and_then(|vault| vault.instances.get_mut(&key))
    {
        instance.state = ProtectionState::SoftDeleting;
        instance.generation = instance.generation.wrapping_add(1);
    }
    let action = Action::InstanceDelete { instance: key, deletion, before: instance.state };
    let operation = operation::begin(world, &vault, DELETE_SECONDS, DELETE_SECONDS, action);
    let reply = Reply::empty(StatusCode::ACCEPTED);
    Ok(operation::announced(world, call, &operation, Headers::StatusAndResult, reply))
}

/// An immutable vault keeps the recovery points in it to their end, and so their instance (official, but for the code).
fn not_immutable(world: &mut World, vault: &str, instance: &Instance) -> Result<(), ArmError> {
    let immutable = State::of(world).vaults.get(vault).is_some_and(vault::Vault::is_immutable);
    let now = world.now();
    if !immutable || !instance.points.iter().any(|point| point::is_immutable(point, now)) {
        return Ok(());
    }
    let activity = world.guid();
    let message = "The Backup vault is immutable: recovery points cannot be deleted before they expire.";
    let action = "Stop protection and retain the data, or suspend backups.";
    Err(UserError::new("UserErrorOperationNotAllowedOnImmutableVault", message, action).refusal(&activity))
}

/// Whether deleting `instance` is a soft deletion; operational blob backup keeps nothing that could be.
fn soft(world: &World, call: &Call, vault: &str, instance: &Instance) -> bool {
    let Some(vault) = State::of(world).vaults.get(vault) else { return false };
    let policy = vault.policies.get(&name_of(instance.policy_id()).to_ascii_lowercase());
    let operational_blob =
        instance.datasource_type().eq_ignore_ascii_case("Microsoft.Storage/storageAccounts/blobServices")
            && !policy.is_some_and(policy::backs_up_to_vault);
    let enforced = world.settings.soft_delete == SoftDelete::Enforced || call.api_version() >= "2025-09-01";
    !operational_blob && (enforced || vault.wants_soft_delete())
}

/// The instance is gone, or moved to the soft-deleted ones.
pub(crate) fn deleted(world: &mut World, vault: &str, name: &str, deletion: Deletion, at: Timestamp) {
    let activity = world.guid();
    let days = State::of(world).vaults.get(vault).map_or(14.0, vault::Vault::retention_days);
    let purge = world.clock.after(at, days * 86_400.0);
    let gone = Effect::InstancePurged {
        vault: vault.to_owned(),
        instance: name.to_owned(),
        activity: activity.clone(),
    };
    if deletion == Deletion::Soft {
        world.schedule(purge, gone);
    }
    let Some(vault) = State::of_mut(world).vaults.get_mut(vault) else { return };
    let Some(mut instance) = vault.instances.remove(name) else { return };
    let (id, before) = (instance.id.clone(), instance.clone());
    if deletion == Deletion::Soft {
        instance.provisioned = true;
        instance.error = None;
        vault.deleted.insert(name.to_owned(), DeletedInstance { instance, deleted: at, purge, activity });
    }
    crate::data_protection::job::backup::release_account(world, &before);
    world.touch(&id);
}

/// The deletion has failed. What was being configured when it began comes to rest now.
pub(crate) fn failed(world: &mut World, vault: &str, name: &str, before: ProtectionState) {
    use ProtectionState::{ConfiguringProtection, UpdatingProtection};
    protection::changed(world, vault, name, before);
    if matches!(before, ConfiguringProtection | UpdatingProtection)
        && let Some(instance) = instance::find(world, vault, name).ok().cloned()
    {
        configure::settle_after(world, vault, &instance, 0.0);
    }
}

/// The time of a soft-deleted instance is over, unless it was undeleted meanwhile.
pub(crate) fn purged(world: &mut World, vault: &str, name: &str, activity: &str) {
    let Some(vault) = State::of_mut(world).vaults.get_mut(vault) else { return };
    if vault.deleted.get(name).is_some_and(|deleted| deleted.activity == activity) {
        vault.deleted.remove(name);
    }
}

//! What keeps a restore from being carried out at the source; what does at the target has a file of its own.

mod target;

use jiff::Timestamp;
use serde_json::Value;

pub(super) use target::{container_at, restored_containers, target};

use super::cross_region;
use super::request::{Request, Source};
use crate::data_protection::State;
use crate::data_protection::instance::{self, Instance};
use crate::data_protection::point::{self, Tier, time_range};
use crate::data_protection::user_error::UserError;
use crate::wire::json as body_json;
use crate::world::World;

/// The point exists, has not expired, and lies in a store from which it can be read.
pub(super) fn source(
    world: &World,
    vault: &str,
    instance: &Instance,
    request: &Request,
    at: Timestamp,
) -> Result<(), UserError> {
    if let Source::Time(time) = &request.source {
        return in_window(world, vault, instance, *time, at);
    }
    let wanted = request.point().unwrap_or_default();
    let found = instance.points.iter().find(|point| body_json::text(point, &["name"]) == Some(wanted));
    let in_vault = State::of(world).vaults.get(vault).map(|vault| vault.id.clone()).unwrap_or_default();
    let Some(found) = found.filter(|point| point::expiry(point).is_none_or(|end| end > at)) else {
        let message =
            format!("The recovery point '{wanted}' could not be found in the Backup vault {in_vault}.");
        let action = "Choose a recovery point that has not expired.";
        return Err(UserError::new("UserErrorRestorePointNotFoundInBackupVault", message, action));
    };
    if request.cross_region && !cross_region::has_arrived(world, found, at) {
        let message = format!("The recovery point '{wanted}' has not reached the secondary region yet.");
        let action = "Choose a recovery point of the list of secondary recovery points.";
        return Err(UserError::new("UserErrorRestorePointNotFound", message, action));
    }
    let archived = point::tiers(found) == [Tier::Archive] && !point::is_rehydrated(found);
    match &request.source {
        Source::Point(_) if archived => Err(UserError::new(
            "UserErrorArchivedRecoveryPointsRequestedForRestore",
            format!("The recovery point '{wanted}' is archived."),
            "Rehydrate the recovery point first, or restore with rehydration.",
        )),
        Source::Rehydrated { .. } if !archived => {
            Err(UserError::invalid_input(format!("the recovery point '{wanted}' is not archived")))
        }
        Source::Point(_) | Source::Rehydrated { .. } | Source::Time(_) => lies_in(found, request),
    }
}

fn lies_in(found: &Value, request: &Request) -> Result<(), UserError> {
    let store = request.store.as_str();
    let there = point::tiers(found).iter().any(|tier| tier.word() == store) || point::is_rehydrated(found);
    if there {
        return Ok(());
    }
    Err(UserError::invalid_input(format!("the recovery point does not lie in the {store}")))
}

/// The instant of a point-in-time restore: within the days that the account keeps.
fn in_window(
    world: &World,
    vault: &str,
    instance: &Instance,
    time: Timestamp,
    at: Timestamp,
) -> Result<(), UserError> {
    let account = instance.datasource();
    let service = world.arm.resources.get(&format!("{account}/blobservices/default"));
    let policy = service.and_then(|service| body_json::reach(service, &["properties", "restorePolicy"]));
    let on = policy.and_then(|policy| body_json::member(policy, "enabled")).and_then(Value::as_bool);
    if on != Some(true) || instance::operational_days(world, vault, instance).is_none() {
        let message = format!("Point-in-time restore is not enabled on {account}.");
        let action = "Enable point-in-time restore on the storage account.";
        return Err(UserError::new("UserErrorPitrDisabledOnStorageAccount", message, action));
    }
    let oldest = policy.map_or(at, |policy| time_range::oldest(policy, at));
    if (oldest..at).contains(&time) {
        return Ok(());
    }
    let message = format!("The instant {time} cannot be restored; the account can go back to {oldest}.");
    let action = "Choose an instant within a restorable time range.";
    Err(UserError::new("UserErrorInvalidRecoveryPointInTime", message, action))
}

/// When the restored point was made, as the job shows it.
pub(super) fn point_time(instance: &Instance, request: &Request) -> Value {
    let Source::Time(time) = &request.source else {
        let wanted = request.point().unwrap_or_default();
        let found = instance.points.iter().find(|point| body_json::text(point, &["name"]) == Some(wanted));
        let time = found.and_then(|point| body_json::reach(point, &["properties", "recoveryPointTime"]));
        return time.cloned().unwrap_or_default();
    };
    Value::String(crate::clock::whole_seconds(*time))
}

//! On-demand backup: the call, its job, and what the job leaves behind.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Job, JobStatus};
use crate::data_protection::instance::{self, Instance, ProtectionState, containers};
use crate::data_protection::operation::{self, Action, Headers};
use crate::data_protection::user_error::{UserError, generic_not_found};
use crate::data_protection::{Effect, State};
use crate::data_protection::{point, policy, readiness, restore, vault};
use crate::wire::path::{key, name_of};
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// The operation only announces the job.
const ANNOUNCE_SECONDS: f64 = 1.0;
/// A disk took three minutes and five seconds when it was recorded.
const JOB_SECONDS: f64 = 180.0;

/// `POST {instance}/backup`.
pub(crate) fn start(world: &mut World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let name = call.path.segment(3).unwrap_or_default();
    let instance = instance::find(world, &vault, name)?.clone();
    let request = call.object()?;
    let rule = body_json::text(request, &["backupRuleOptions", "ruleName"]).unwrap_or_default();
    let tag = body_json::text(request, &["backupRuleOptions", "triggerOption", "retentionTagOverride"]);
    let accepted = acceptable(world, &vault, &instance, rule, tag, false);
    let activity = world.guid();
    let backup_type = accepted.map_err(|error| error.refusal(&activity))?;
    let job = announce(world, &vault, &instance, backup_type, tag.unwrap_or("default"), false)?;
    let operation = operation::begin(world, &vault, ANNOUNCE_SECONDS, 10.0, Action::Announce);
    if let Some(operation) = State::of_mut(world).operations.get_mut(&operation) {
        operation.job = Some(job);
    }
    let reply = Reply::empty(StatusCode::ACCEPTED);
    Ok(operation::announced(world, call, &operation, Headers::StatusAndResult, reply))
}

/// Starts a backup that is due by `rule`; one that cannot run now is skipped.
pub(crate) fn by_schedule(world: &mut World, vault: &str, instance: &Instance, rule: &str) {
    if let Ok(backup_type) = acceptable(world, vault, instance, rule, None, true) {
        // The vault is there: the instance was found in it.
        let _announced = announce(world, vault, instance, backup_type, "Default", true);
    }
}

/// The backup type of the rule to run, or why it cannot run.
fn acceptable(
    world: &World,
    vault: &str,
    instance: &Instance,
    rule: &str,
    tag: Option<&str>,
    scheduled: bool,
) -> Result<String, UserError> {
    let vault =
        State::of(world).vaults.get(vault).ok_or_else(|| UserError::invalid_input("the vault is gone"))?;
    let policy =
        vault.policies.get(&name_of(instance.policy_id()).to_ascii_lowercase()).unwrap_or(&Value::Null);
    let Some(found) = policy::backup_rule(policy, rule) else {
        let message = format!("On-demand backup is not allowed with the rule '{rule}'.");
        let action =
            format!("Use a backup rule of the policy: {}.", policy::backup_rule_names(policy).join(", "));
        return Err(UserError::new("BMSUserErrorDPPAdhocBackupNotAllowedForBackupType", message, action));
    };
    if let Some(tag) = tag.filter(|tag| !policy::has_retention(policy, tag)) {
        return Err(UserError::invalid_input(format!(
            "the retention tag '{tag}' has no retention rule in the policy"
        )));
    }
    if instance.state != ProtectionState::ProtectionConfigured {
        let detail = format!("the backup instance is in state {}", instance.state.word());
        return Err(UserError::invalid_input(detail));
    }
    let id = key(&instance.id);
    if vault.jobs.of_instance(&id).any(|job| job.status == JobStatus::InProgress) {
        let message = "Another backup of this backup instance is in progress.";
        return Err(UserError::new(
            "UserErrorMaxConcurrentOperationLimitReached",
            message,
            "Wait for it to end.",
        )
        .retryable());
    }
    if !scheduled {
        within_a_day(world, vault, instance)?;
    }
    Ok(body_json::text(found, &["backupParameters", "backupType"]).unwrap_or("Incremental").to_owned())
}

/// Most backups on demand of an instance in a day (support matrices: ten, four for data lakes).
fn within_a_day(world: &World, vault: &vault::Vault, instance: &Instance) -> Result<(), UserError> {
    let lake =
        instance.datasource_type().eq_ignore_ascii_case("Microsoft.Storage/storageAccounts/adlsBlobServices");
    let most = if lake { 4 } else { 10 };
    let now = world.now();
    let id = key(&instance.id);
    let today = vault.jobs.of_instance(&id).filter(|job| {
        !job.by_schedule && job.restore.is_none() && world.clock.after(job.started, 86_400.0) > now
    });
    if today.count() < most {
        return Ok(());
    }
    let message = format!("The {most} backups on demand that an instance may have in a day are used up.");
    let action = "Wait for a day, or for the next scheduled backup.";
    Err(UserError::new("UserErrorBackupRequestThrottled", message, action).retryable())
}

fn announce(
    world: &mut World,
    vault: &str,
    instance: &Instance,
    backup_type: String,
    tag: &str,
    scheduled: bool,
) -> Result<String, ArmError> {
    let now = world.now();
    let (name, activity) = (world.guid(), world.guid());
    let Some(vault_id) = State::of(world).vaults.get(vault).map(|vault| vault.id.clone()) else {
        return Err(generic_not_found());
    };
    let job = Job::started(&vault_id, &name, &activity, instance, backup_type, tag, now);
    let job = if scheduled { job.scheduled() } else { job };
    let id = job.id.clone();
    if let Some(vault) = State::of_mut(world).vaults.get_mut(vault) {
        vault.jobs.insert(name.clone(), job);
    }
    world.touch(&id);
    let at = world.after(JOB_SECONDS);
    world.schedule(at, Effect::JobEnds { vault: vault.to_owned(), job: name });
    Ok(id)
}

/// A job ends: with a recovery point, or with what it ran into.
pub(crate) fn job_ends(world: &mut World, vault: &str, job: &str, at: Timestamp) {
    let Some(found) = State::of(world).vaults.get(vault) else { return };
    let Some(job_state) = found.jobs.get(job).cloned() else { return };
    if job_state.restore.is_some() {
        return restore::job_ends(world, vault, job, at);
    }
    let ordered = State::of_mut(world).next_failures.remove(&job_state.instance).map(by_order);
    let Some(found) = State::of(world).vaults.get(vault) else { return };
    let instance = found.instances.with_key(&job_state.instance).cloned();
    let problem = instance.as_ref().and_then(|instance| {
        let unready = readiness::check(world, found, &instance.described, at).err();
        ordered.clone().or(unready).or_else(|| not_ready_now(world, instance))
    });
    let point = match (&instance, &problem) {
        (Some(instance), None) => Some(point::list::made(world, vault, instance, &job_state, at)),
        _ => None,
    };
    let activity = world.guid();
    let contents = instance.as_ref().map(|instance| containers::copied(world, instance)).unwrap_or_default();
    let Some(found) = State::of_mut(world).vaults.get_mut(vault) else { return };
    if let (Some(instance), Some(point)) = (&instance, &point)
        && let Some(kept) = found.instances.get_mut(&name_of(&instance.id).to_ascii_lowercase())
    {
        let name = body_json::text(point, &["name"]).unwrap_or_default();
        kept.contents.insert(name.to_owned(), contents);
        kept.points.push(point.clone());
    }
    let point_name = point.as_ref().and_then(|point| body_json::text(point, &["name"])).map(str::to_owned);
    let vaulted = point.as_ref().is_some_and(|point| point::tiers(point).contains(&point::Tier::Vault));
    if let Some(job) = found.jobs.get_mut(job) {
        job.end(at, point_name, vaulted, problem.map(|problem| problem.info(&activity)));
    }
    world.touch(&job_state.id);
    if let (Some(instance), Some(point)) = (instance, point) {
        expire_in_time(world, vault, &instance, &point);
        leave_snapshot(world, vault, &instance, &point);
    }
}

/// The failure that the control surface asked for.
fn by_order(code: String) -> UserError {
    UserError::new(code, "The backup failed.", "Follow the documentation of this code.")
}

/// A point with an expiry time is gone when that has come.
fn expire_in_time(world: &mut World, vault: &str, instance: &Instance, point: &Value) {
    let (Some(at), Some(name)) = (point::expiry(point), body_json::text(point, &["name"])) else { return };
    let effect = Effect::PointExpires {
        vault: vault.to_owned(),
        instance: name_of(&instance.id).to_ascii_lowercase(),
        point: name.to_owned(),
    };
    world.schedule(at, effect);
}

/// A flexible server can be configured in any state, but backed up only while it is ready.
fn not_ready_now(world: &World, instance: &Instance) -> Option<UserError> {
    if !instance.datasource_type().eq_ignore_ascii_case("Microsoft.DBforPostgreSQL/flexibleServers") {
        return None;
    }
    let server = world.arm.resources.get(&instance.datasource())?;
    let state = body_json::text(server, &["properties", "state"]).unwrap_or("Ready");
    (state != "Ready").then(|| {
        let detail = format!("the server is in state {state}, not Ready");
        let message = "The backup of the PostgreSQL flexible server failed.";
        UserError::new("PostgreSQLFlexOperationFailedUserError", message, "Start the server and try again.")
            .because("ServerNotReadyForLongTermBackup", detail)
    })
}

/// A disk backup is an incremental snapshot in the snapshot resource group, written by the service itself.
fn leave_snapshot(world: &mut World, vault: &str, instance: &Instance, point: &Value) {
    if !instance.datasource_type().eq_ignore_ascii_case("Microsoft.Compute/disks") {
        return;
    }
    let parameters =
        body_json::list(&instance.described, &["policyInfo", "policyParameters", "dataStoreParametersList"]);
    let group = parameters.iter().find_map(|parameter| body_json::text(parameter, &["resourceGroupId"]));
    let (Some(group), Some(name)) = (group, body_json::text(point, &["name"])) else { return };
    let location = State::of(world).vaults.get(vault).map(vault::Vault::location).unwrap_or_default();
    let id = format!("{group}/providers/Microsoft.Compute/snapshots/AzureBackup_{name}");
    let source = body_json::text(&instance.described, &["dataSourceInfo", "resourceID"]).unwrap_or_default();
    let body = json!({
        "location": location,
        "sku": { "name": "Standard_ZRS", "tier": "Standard" },
        "properties": {
            "incremental": true,
            "creationData": { "createOption": "Copy", "sourceResourceId": source },
            "provisioningState": "Succeeded",
        },
    });
    crate::resources::write_by_service(world, &id, body);
}

/// Operational blob backup switches point-in-time restore on and locks the account, as the service itself.
pub(crate) fn prepare_account(world: &mut World, vault: &str, name: &str) {
    let Some(instance) =
        State::of(world).vaults.get(vault).and_then(|vault| vault.instances.get(name)).cloned()
    else {
        return;
    };
    if !instance.datasource_type().eq_ignore_ascii_case("Microsoft.Storage/storageAccounts/blobServices") {
        return;
    }
    let Some(days) = instance::operational_days(world, vault, &instance) else { return };
    let account = body_json::text(&instance.described, &["dataSourceInfo", "resourceID"])
        .unwrap_or_default()
        .to_owned();
    let service = json!({
        "properties": {
            "deleteRetentionPolicy": { "enabled": true, "days": days + 5 },
            "isVersioningEnabled": true,
            "changeFeed": { "enabled": true },
            "restorePolicy": { "enabled": true, "days": days },
        },
    });
    crate::resources::write_by_service(world, &format!("{account}/blobServices/default"), service);
    let lock = json!({ "properties": { "level": "CanNotDelete", "notes": "Held by Azure Backup while the account is protected." } });
    crate::resources::write_by_service(world, &lock_id(&account), lock);
}

/// The lock goes with the last protection of its account.
pub(crate) fn release_account(world: &mut World, instance: &Instance) {
    let account = body_json::text(&instance.described, &["dataSourceInfo", "resourceID"]).unwrap_or_default();
    crate::resources::vanish(world, &key(&lock_id(account)));
}

fn lock_id(account: &str) -> String {
    format!("{account}/providers/Microsoft.Authorization/locks/AzureBackupProtectionLock")
}

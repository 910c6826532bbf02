//! `validateForBackup` and `validateForModifyBackup`: definite refusals at once, everything else on the poll.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;

use super::{Instance, ProtectionState, change};
use crate::authorization::permission;
use crate::data_protection::State;
use crate::data_protection::operation::{self, Action, Headers};
use crate::data_protection::user_error::UserError;
use crate::data_protection::{instance, policy, readiness, vault};
use crate::wire::path::{key, name_of};
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// A validation takes about ten seconds, and its `Retry-After` says as much.
const SECONDS: f64 = 10.0;

/// `POST {vault}/validateForBackup`.
pub(crate) fn for_backup(world: &mut World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let properties = properties_of(call)?;
    acceptable(world, call, &vault, &properties)?;
    not_protected_elsewhere(world, &vault, None, &properties)?;
    start(world, call, &vault, properties)
}

/// `POST {instance}/validateForModifyBackup`.
pub(crate) fn for_modification(world: &mut World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let existing = instance::find(world, &vault, call.path.segment(3).unwrap_or_default())?.clone();
    let properties = properties_of(call)?;
    acceptable(world, call, &vault, &properties)?;
    if let Some(problem) = change::problem(world, &vault, &existing, &properties) {
        let activity = world.guid();
        return Err(problem.refusal(&activity));
    }
    start(world, call, &vault, properties)
}

fn properties_of(call: &Call) -> Result<Value, ArmError> {
    let body = call.object()?;
    let properties = body_json::member(body, "backupInstance").ok_or_else(|| {
        ArmError::bad_request(
            "InvalidRequestContent",
            "The request content was invalid: 'backupInstance' is missing.",
        )
    })?;
    Ok(instance::described(properties))
}

fn start(world: &mut World, call: &Call, vault: &str, properties: Value) -> Answer {
    let operation = operation::begin(world, vault, SECONDS, SECONDS, Action::Validate(properties));
    let reply = Reply::empty(StatusCode::ACCEPTED);
    Ok(operation::announced(world, call, &operation, Headers::StatusAndResult, reply))
}

/// What a finished validation found to be wrong.
pub(crate) fn verdict(world: &World, vault: &str, properties: &Value, at: Timestamp) -> Option<UserError> {
    let vault = State::of(world).vaults.get(vault)?;
    readiness::check(world, vault, properties, at).err()
}

/// Refuses a description that names no datasource, or a policy that does not exist or does not fit.
pub(crate) fn acceptable(
    world: &mut World,
    call: &Call,
    vault: &str,
    properties: &Value,
) -> Result<(), ArmError> {
    if let Some(datasource) = body_json::text(properties, &["dataSourceInfo", "resourceID"]) {
        permission::linked(world, call, datasource)?;
    }
    match unknown_parameter(call, properties).or_else(|| problem(world, vault, properties)) {
        Some(problem) => {
            let activity = world.guid();
            Err(problem.refusal(&activity))
        }
        None => Ok(()),
    }
}

/// A parameter that the api-version of the call does not know.
fn unknown_parameter(call: &Call, properties: &Value) -> Option<UserError> {
    let path = ["policyInfo", "policyParameters", "backupDatasourceParametersList"];
    let mut parameters = body_json::list(properties, &path).iter();
    let unknown = parameters.find(|parameter| !instance::is_known(parameter, call.api_version()))?;
    let kind = body_json::text(unknown, &["objectType"]).unwrap_or_default();
    let version = call.api_version();
    Some(UserError::invalid_input(format!(
        "the api-version {version} does not know parameters of type '{kind}'"
    )))
}

fn problem(world: &World, vault: &str, properties: &Value) -> Option<UserError> {
    let Some(datasource) = body_json::text(properties, &["dataSourceInfo", "resourceID"]) else {
        return Some(UserError::invalid_input("dataSourceInfo.resourceID is required"));
    };
    if !datasource.to_ascii_lowercase().starts_with("/subscriptions/") {
        return Some(UserError::invalid_input(format!(
            "dataSourceInfo.resourceID '{datasource}' is no ARM id"
        )));
    }
    let Some(policy_id) = body_json::text(properties, &["policyInfo", "policyId"]) else {
        return Some(UserError::invalid_input("policyInfo.policyId is required"));
    };
    let vault = State::of(world).vaults.get(vault)?;
    let expected = format!("{}/backupPolicies/{}", vault.id, name_of(policy_id));
    let Some(found) = vault
        .policies
        .get(&name_of(policy_id).to_ascii_lowercase())
        .filter(|_| key(&expected) == key(policy_id))
    else {
        return Some(UserError::invalid_input(format!(
            "the backup policy '{policy_id}' does not exist in this vault"
        )));
    };
    let kind = body_json::text(properties, &["dataSourceInfo", "datasourceType"]).unwrap_or_default();
    let fits = policy::datasource_type(found).is_some_and(|of_policy| of_policy.eq_ignore_ascii_case(kind));
    (!fits).then(|| {
        UserError::invalid_input(format!(
            "the backup policy '{policy_id}' does not fit the datasource type '{kind}'"
        ))
    })
}

/// Refuses a datasource that has an instance under another name, or a soft-deleted one in this vault.
pub(crate) fn not_protected_elsewhere(
    world: &mut World,
    vault: &str,
    own_name: Option<&str>,
    properties: &Value,
) -> Result<(), ArmError> {
    let datasource = key(body_json::text(properties, &["dataSourceInfo", "resourceID"]).unwrap_or_default());
    let own = own_name.map(|name| format!("{vault}/backupinstances/{}", name.to_ascii_lowercase()));
    let other = instance::of_datasource(world, &datasource)
        .find(|(_, instance)| own.as_deref() != Some(key(&instance.id).as_str()))
        .map(|(vault, instance)| already(vault, instance));
    let deleted = || {
        let vault = State::of(world).vaults.get(vault)?;
        let kept = vault.deleted.values().find(|deleted| deleted.instance.datasource() == datasource)?;
        Some(soft_deleted(&vault.id, &kept.instance))
    };
    let Some(refusal) = other.or_else(deleted) else { return Ok(()) };
    let activity = world.guid();
    Err(refusal.refusal(&activity))
}

/// The refusal of a datasource that `instance` in `vault` already has.
pub(crate) fn already(vault: &str, instance: &Instance) -> UserError {
    let name = instance.friendly_name();
    let action = format!(
        "Delete the backup instance {name} from the Backup vault {vault} to re-protect the datasource in any other vault"
    );
    if instance.state == ProtectionState::ProtectionConfigured {
        let message = format!("Datasource is already protected under the Backup vault {vault}.");
        return UserError::new("UserErrorDppDatasourceAlreadyProtected", message, action);
    }
    let message = format!(
        "Datasource is already associated with the backup instance {name} in the Backup vault {vault} with the protection status as {}.",
        instance.state.word()
    );
    UserError::new("UserErrorDppDatasourceAlreadyHasBackupInstance", message, action)
}

fn soft_deleted(vault: &str, instance: &Instance) -> UserError {
    let name = instance.friendly_name();
    let message = format!(
        "Datasource is already associated with the backup instance {name} in the Backup vault {vault} with the protection status as SoftDeleted."
    );
    let action =
        format!("Undelete the backup instance {name} in the Backup vault {vault} and resume its protection.");
    UserError::new("UserErrorDppDatasourceAlreadyHasBackupInstance", message, action)
}

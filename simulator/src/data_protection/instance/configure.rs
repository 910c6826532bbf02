//! Writing, settling and deleting backup instances.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::Value;

use super::{Instance, ProtectionState, change, deletion, validate};
use crate::data_protection::operation::{self, Action, Headers};
use crate::data_protection::policy::schedule;
use crate::data_protection::user_error::UserError;
use crate::data_protection::{Effect, State};
use crate::data_protection::{guard, instance, readiness, vault};
use crate::wire::path::{key, name_of};
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// The operation that creates an instance ends after this; protection settles somewhat later.
const CREATE_SECONDS: f64 = 15.0;
const SETTLE_SECONDS: f64 = 20.0;
/// The same for an update of policy or parameters.
const UPDATE_SECONDS: f64 = 3.0;
const UPDATE_SETTLE_SECONDS: f64 = 5.0;

/// Calls on an instance itself.
pub(crate) fn handle(world: &mut World, call: &Call) -> Answer {
    match call.method {
        Method::GET => {
            let vault = vault::named(world, &call.path)?;
            let body = instance::find(world, &vault, name(call))?.body();
            Ok(Reply::ok(instance::seen_in(body, call.api_version())))
        }
        Method::PUT => put(world, call),
        Method::DELETE => deletion::delete(world, call),
        _ => Err(ArmError::method_not_allowed(&call.method)),
    }
}

pub(super) fn name(call: &Call) -> &str {
    call.path.segment(3).unwrap_or_default()
}

fn put(world: &mut World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let request = call.object()?;
    let properties = body_json::member(request, "properties").ok_or_else(|| {
        ArmError::bad_request(
            "InvalidRequestContent",
            "The request content was invalid: 'properties' is missing.",
        )
    })?;
    let described = instance::described(properties);
    validate::acceptable(world, call, &vault, &described)?;
    validate::not_protected_elsewhere(world, &vault, Some(name(call)), &described)?;
    let tags = body_json::member(request, "tags").cloned();
    let deep = body_json::text(&described, &["validationType"])
        .is_some_and(|kind| kind.eq_ignore_ascii_case("DeepValidation"));
    let shown = match instance::find(world, &vault, name(call)).ok().cloned() {
        None => {
            room_for_one_more(world, &vault)?;
            create(world, &vault, name(call), described, tags)
        }
        Some(existing) => {
            if body_json::text(&described, &["policyInfo", "policyId"]).map(key)
                != Some(key(existing.policy_id()))
            {
                guard::check(world, call, &vault, guard::Operation::ModifyPolicy)?;
            }
            update(world, &vault, existing, described, tags)?
        }
    };
    world.touch(&shown.id);
    let seconds =
        if shown.state == ProtectionState::UpdatingProtection { UPDATE_SECONDS } else { CREATE_SECONDS };
    let action = Action::InstanceWrite { instance: name(call).to_ascii_lowercase(), deep };
    let operation = operation::begin(world, &vault, seconds, CREATE_SECONDS, action);
    let reply = Reply::new(StatusCode::CREATED, shown.body());
    Ok(operation::announced(world, call, &operation, Headers::StatusOnly, reply))
}

/// Refuses an instance beyond what a vault holds.
fn room_for_one_more(world: &mut World, vault: &str) -> Result<(), ArmError> {
    let limit = world.settings.instances_of(vault);
    let held =
        State::of(world).vaults.get(vault).map_or(0, |vault| vault.instances.len() + vault.deleted.len());
    if held < limit {
        return Ok(());
    }
    let activity = world.guid();
    let message = format!("The Backup vault holds {limit} backup instances, which is the most it may.");
    let error = UserError::new("UserErrorMaxBackupInstancesReached", message, "Use another Backup vault.");
    Err(error.refusal(&activity))
}

fn create(world: &mut World, vault: &str, name: &str, described: Value, tags: Option<Value>) -> Instance {
    let id = State::of(world)
        .vaults
        .get(vault)
        .map(|vault| format!("{}/backupInstances/{name}", vault.id))
        .unwrap_or_default();
    let instance = Instance {
        id,
        tags,
        described,
        pending: None,
        state: ProtectionState::ConfiguringProtection,
        provisioned: false,
        worked: false,
        error: None,
        generation: world.random.next(),
        points: Vec::new(),
        contents: BTreeMap::new(),
    };
    keep(world, vault, instance.clone());
    settle_after(world, vault, &instance, SETTLE_SECONDS);
    instance
}

fn update(
    world: &mut World,
    vault: &str,
    mut instance: Instance,
    described: Value,
    tags: Option<Value>,
) -> Result<Instance, ArmError> {
    use ProtectionState::{ConfiguringProtection, SoftDeleting, UpdatingProtection};
    if matches!(instance.state, ConfiguringProtection | UpdatingProtection | SoftDeleting) {
        let message =
            format!("Another operation is in progress on the backup instance {}.", instance.friendly_name());
        let error = UserError::new(
            "BMSUserErrorConflictingProtectionOperation",
            message,
            "Wait for it to end and try again.",
        )
        .retryable();
        let activity = world.guid();
        let mut refusal = error.refusal(&activity);
        refusal.status = StatusCode::CONFLICT;
        return Err(refusal);
    }
    if let Some(problem) = change::problem(world, vault, &instance, &described) {
        let activity = world.guid();
        return Err(problem.refusal(&activity));
    }
    instance.tags = tags;
    instance.generation = world.random.next();
    let never_worked = instance.state == ProtectionState::ProtectionError;
    if never_worked {
        instance.described = described;
        instance.state = ConfiguringProtection;
        instance.error = None;
    } else {
        instance.pending = Some(described);
        instance.state = UpdatingProtection;
    }
    keep(world, vault, instance.clone());
    settle_after(world, vault, &instance, if never_worked { SETTLE_SECONDS } else { UPDATE_SETTLE_SECONDS });
    Ok(instance)
}

fn keep(world: &mut World, vault: &str, instance: Instance) {
    if let Some(vault) = State::of_mut(world).vaults.get_mut(vault) {
        vault.instances.insert(name_of(&instance.id).to_ascii_lowercase(), instance);
    }
}

/// Has `instance` come to rest in `seconds` of Azure's time.
pub(crate) fn settle_after(world: &mut World, vault: &str, instance: &Instance, seconds: f64) {
    let at = world.after(seconds);
    let effect = Effect::InstanceSettles {
        vault: vault.to_owned(),
        instance: name_of(&instance.id).to_ascii_lowercase(),
        generation: instance.generation,
    };
    world.schedule(at, effect);
}

/// Starts configuring an instance again, as after an error.
pub(crate) fn retry(world: &mut World, vault: &str, name: &str) {
    let generation = world.random.next();
    let Some(instance) = State::of_mut(world)
        .vaults
        .get_mut(vault)
        .and_then(|vault| vault.instances.get_mut(&name.to_ascii_lowercase()))
    else {
        return;
    };
    instance.state = ProtectionState::ConfiguringProtection;
    instance.error = None;
    instance.generation = generation;
    let instance = instance.clone();
    settle_after(world, vault, &instance, SETTLE_SECONDS);
}

/// The operation that wrote an instance has ended. Only a deep validation lets it fail: everything else shows in the instance later.
pub(crate) fn written(
    world: &mut World,
    vault: &str,
    name: &str,
    deep: bool,
    at: Timestamp,
) -> Option<UserError> {
    let problem = if deep { problem(world, vault, name, at) } else { None };
    let instance = State::of_mut(world).vaults.get_mut(vault)?.instances.get_mut(name)?;
    instance.provisioned = true;
    let id = instance.id.clone();
    world.touch(&id);
    problem
}

/// The operation that wrote an instance has failed, and the instance says why.
pub(crate) fn failed(world: &mut World, vault: &str, name: &str, error: &UserError) {
    let activity = world.guid();
    let Some(instance) =
        State::of_mut(world).vaults.get_mut(vault).and_then(|vault| vault.instances.get_mut(name))
    else {
        return;
    };
    instance.provisioned = true;
    instance.pending = None;
    instance.state = ProtectionState::ProtectionError;
    instance.error = Some(error.info(&activity));
    let id = instance.id.clone();
    world.touch(&id);
}

fn problem(world: &World, vault: &str, name: &str, at: Timestamp) -> Option<UserError> {
    let vault = State::of(world).vaults.get(vault)?;
    let instance = vault.instances.get(name)?;
    let described = instance.pending.as_ref().unwrap_or(&instance.described);
    readiness::check(world, vault, described, at).err()
}

/// A configuration comes to rest: protected, or in error with the reason in the instance.
pub(crate) fn instance_settles(world: &mut World, vault: &str, name: &str, generation: u64, at: Timestamp) {
    let problem = problem(world, vault, name, at);
    let activity = world.guid();
    let Some(instance) =
        State::of_mut(world).vaults.get_mut(vault).and_then(|vault| vault.instances.get_mut(name))
    else {
        return;
    };
    if instance.generation != generation {
        return;
    }
    instance.provisioned = true;
    match problem {
        Some(problem) => {
            instance.state = ProtectionState::ProtectionError;
            instance.error = Some(problem.info(&activity));
        }
        None => {
            instance.state = ProtectionState::ProtectionConfigured;
            instance.error = None;
            instance.worked = true;
            instance.described = instance.pending.take().unwrap_or_else(|| instance.described.clone());
        }
    }
    instance.pending = None;
    let (id, protected) = (instance.id.clone(), instance.error.is_none());
    world.touch(&id);
    if protected {
        schedule::next(world, vault, name);
        crate::data_protection::job::backup::prepare_account(world, vault, name);
    }
}

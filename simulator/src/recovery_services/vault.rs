//! Recovery Services vaults: create, change, read, list, delete.

mod body;
pub(super) mod config;
pub(super) mod encryption;
mod settings;
pub(super) mod storage;

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::backup::Plan;
use super::container::Container;
use super::guard::Proxy;
use super::intent::Intents;
use super::item::Items;
use super::job::Jobs;
use super::name::Holder;
use super::operation::{self, Operation, Subject};
use super::refusal::{bad_request, invalid_parameter};
use super::{NAMESPACE, State, policy};
use crate::backup::identity::principal;
use crate::config::SoftDelete;
use crate::wire::call::normalised_location;
use crate::wire::path::{ArmPath, key, subscription_of, within};
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// Type of a vault as answers spell it.
const TYPE: &str = "Microsoft.RecoveryServices/vaults";

/// From this api-version on, a vault is deleted by a long-running operation (official); before, at once (recorded).
const SLOW_DELETION_SINCE: &str = "2024-04-01";
const DELETE_SECONDS: f64 = 15.0;

/// From this api-version on, soft delete is always on, where it is not enforced for all of them.
const ALWAYS_ON_SINCE: &str = "2024-09-30";

/// A Recovery Services vault with what lies in it.
#[derive(Debug, Clone)]
pub(super) struct Vault {
    pub(super) id: String,
    /// The body as the newest api-version shows it.
    pub(super) body: Value,
    /// By lower-cased name.
    pub(super) policies: BTreeMap<String, Value>,
    /// By lower-cased name.
    pub(super) containers: BTreeMap<String, Container>,
    /// By key.
    pub(super) items: Items,
    /// By name.
    pub(super) jobs: Jobs,
    /// What the backups that go on will make, by the names of their jobs.
    pub(super) backups: BTreeMap<String, Plan>,
    /// The jobs that change items now, by the keys of these.
    pub(super) changing: BTreeMap<String, String>,
    /// What is to be protected by itself.
    pub(super) intents: Intents,
    /// Its tie to a resource guard.
    pub(super) proxy: Option<Proxy>,
    /// Whether the redundancy was ever set through the vault itself, after which no other way leads to it.
    redundancy_by_vault: bool,
}

impl Vault {
    fn new(id: &str, body: Value, policies: BTreeMap<String, Value>, redundancy_by_vault: bool) -> Self {
        Self {
            id: id.to_owned(),
            body,
            policies,
            containers: BTreeMap::new(),
            items: Items::default(),
            jobs: Jobs::default(),
            backups: BTreeMap::new(),
            changing: BTreeMap::new(),
            intents: Intents::new(),
            proxy: None,
            redundancy_by_vault,
        }
    }

    /// Whether the resource with this body lies in the vault's subscription and region.
    pub(super) fn is_near(&self, body: &Value) -> bool {
        let region = |body: &Value| body_json::text(body, &["location"]).map(normalised_location);
        let subscription = |id: &str| subscription_of(id).map(str::to_ascii_lowercase);
        let id = body_json::text(body, &["id"]).unwrap_or_default();
        region(body) == region(&self.body) && subscription(id) == subscription(&self.id)
    }
}

/// The key of the vault that `path` names or lies in.
pub(super) fn named(world: &World, path: &ArmPath) -> Result<String, ArmError> {
    require_group(world, path)?;
    let id = id_of(path);
    match State::of(world).vaults.contains_key(&key(&id)) {
        true => Ok(key(&id)),
        false => Err(ArmError::resource_not_found(TYPE, &id)),
    }
}

fn id_of(path: &ArmPath) -> String {
    format!("{}/providers/{NAMESPACE}/vaults/{}", path.scope, path.segment(1).unwrap_or_default())
}

fn require_group(world: &World, path: &ArmPath) -> Result<(), ArmError> {
    match path.group() {
        Some(group) if !world.arm.groups.contains_key(&key(&path.scope)) => {
            Err(ArmError::group_not_found(group))
        }
        _ => Ok(()),
    }
}

/// For how many days the vault that `id` lies in keeps what was deleted.
pub(super) fn soft_delete_days(world: &World, id: &str) -> f64 {
    let id = key(id);
    let vault = id.split("/backupfabrics/").next().unwrap_or_default();
    let path = ["properties", "securitySettings", "softDeleteSettings", "softDeleteRetentionPeriodInDays"];
    let kept = State::of(world).vaults.get(vault).and_then(|vault| body_json::reach(&vault.body, &path));
    kept.and_then(Value::as_f64).unwrap_or(14.0)
}

/// Whether soft delete cannot be switched off by a call.
fn is_always_on(world: &World, call: &Call) -> bool {
    world.settings.soft_delete == SoftDelete::Enforced || call.api_version() >= ALWAYS_ON_SINCE
}

/// Vaults below the scope of the call.
pub(super) fn list(world: &World, call: &Call) -> Answer {
    require_group(world, &call.path)?;
    let below = State::of(world).vaults.values().filter(|vault| within(&vault.id, &call.path.scope));
    Ok(Reply::list(below.map(|vault| body::seen_in(&vault.body, call.api_version())).collect()))
}

/// Calls on a vault itself.
pub(super) fn handle(world: &mut World, call: &Call) -> Answer {
    require_group(world, &call.path)?;
    match call.method {
        Method::PUT => put(world, call),
        Method::PATCH => patch(world, call),
        Method::GET => {
            let vault = named(world, &call.path)?;
            Ok(Reply::ok(seen(world, &vault, call)))
        }
        Method::DELETE => delete(world, call),
        _ => Err(ArmError::method_not_allowed(&call.method)),
    }
}

fn seen(world: &World, vault: &str, call: &Call) -> Value {
    let found = State::of(world).vaults.get(vault);
    found.map(|vault| body::seen_in(&vault.body, call.api_version())).unwrap_or_default()
}

fn put(world: &mut World, call: &Call) -> Answer {
    let id = id_of(&call.path);
    let request = call.object()?;
    let location = call.required_location()?;
    for name in ["properties", "sku"] {
        body_json::member(request, name)
            .filter(|found| found.is_object())
            .ok_or_else(|| invalid_parameter(name))?;
    }
    let existing = State::of(world).vaults.get(&key(&id)).map(|vault| vault.body.clone());
    stays_in_region(&id, existing.as_ref(), &location)?;
    let always_on = is_always_on(world, call);
    settings::check(&id, existing.as_ref(), request, always_on)?;
    let status = if existing.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    create(world, &id, &location, request, always_on);
    Ok(Reply::new(status, seen(world, &key(&id), call)))
}

fn stays_in_region(id: &str, existing: Option<&Value>, location: &str) -> Result<(), ArmError> {
    let known = existing.and_then(|body| body_json::text(body, &["location"])).map(normalised_location);
    let Some(known) = known.filter(|known| known != location) else { return Ok(()) };
    let message = format!(
        "The resource '{}' already exists in location '{known}'. A resource with the same name cannot be created in location '{location}'.",
        crate::wire::path::name_of(id)
    );
    Err(ArmError::conflict("InvalidResourceLocation", message))
}

/// Makes the vault that `request` describes, or makes the existing one so; a new one has its default policies.
pub(super) fn create(world: &mut World, id: &str, location: &str, request: &Value, always_on: bool) {
    let before = State::of(world).vaults.get(&key(id)).cloned();
    let id = before.as_ref().map_or(id, |vault| vault.id.as_str()).to_owned();
    let wanted =
        body::shaped(world, &id, location, request, before.as_ref().map(|vault| &vault.body), always_on);
    let by_vault = body_json::reach(request, &["properties", "redundancySettings"]).is_some();
    let policies = match &before {
        Some(vault) => vault.policies.clone(),
        None => policy::defaults(world, &id),
    };
    let vault = match before {
        Some(vault) => {
            Vault { body: wanted, redundancy_by_vault: by_vault || vault.redundancy_by_vault, ..vault }
        }
        None => Vault::new(&id, wanted, policies, by_vault),
    };
    State::of_mut(world).vaults.insert(key(&id), vault);
    world.touch(&id);
}

fn patch(world: &mut World, call: &Call) -> Answer {
    let vault = named(world, &call.path)?;
    let request = call.object()?;
    if body_json::member(request, "sku").is_some() {
        // The sku can only change by PUT (official).
        return Err(invalid_parameter("sku"));
    }
    let Some(existing) = State::of(world).vaults.get(&vault).map(|vault| vault.body.clone()) else {
        return Err(ArmError::resource_not_found(TYPE, &vault));
    };
    let always_on = is_always_on(world, call);
    settings::check(&vault, Some(&existing), request, always_on)?;
    let mut wanted = existing.clone();
    body_json::merge(&mut wanted, request);
    let by_vault = body_json::reach(request, &["properties", "redundancySettings"]).is_some();
    let location = body_json::text(&existing, &["location"]).unwrap_or_default().to_owned();
    let id = body_json::text(&existing, &["id"]).unwrap_or_default().to_owned();
    let shaped = body::shaped(world, &id, &location, &wanted, Some(&existing), always_on);
    if let Some(found) = State::of_mut(world).vaults.get_mut(&vault) {
        found.body = shaped;
        found.redundancy_by_vault |= by_vault;
    }
    world.touch(&id);
    Ok(Reply::ok(seen(world, &vault, call)))
}

fn delete(world: &mut World, call: &Call) -> Answer {
    let Ok(vault) = named(world, &call.path) else { return Ok(Reply::empty(StatusCode::NO_CONTENT)) };
    empty(world, call, &vault)?;
    if call.api_version() < SLOW_DELETION_SINCE {
        gone(world, &vault);
        return Ok(Reply::empty(StatusCode::OK));
    }
    let operation = Operation::begun(world, Subject::Vault, &id_of(&call.path), DELETE_SECONDS);
    if operation.does_its_work() {
        gone(world, &vault);
    }
    Ok(operation::announced(world, call, operation))
}

/// Refuses to delete a vault with containers (field: code and text), unless all that lies in it is deleted softly and soft delete
/// is enforced (documentation).
fn empty(world: &World, call: &Call, vault: &str) -> Result<(), ArmError> {
    let Some(found) = State::of(world).vaults.get(vault) else { return Ok(()) };
    let keeps = |container: &&Container| {
        let mut items = found.items.within(&container.id);
        !is_always_on(world, call)
            || container.holder != Holder::Machine
            || items.any(|item| item.deleted.is_none())
    };
    let names: Vec<&str> =
        found.containers.values().filter(keeps).map(|one| crate::wire::path::name_of(&one.source)).collect();
    if names.is_empty() {
        return Ok(());
    }
    let message = format!(
        "Vault cannot be deleted as there are existing resources within the vault. : {}\nUnregister all containers from the vault and then retry to delete vault. For instructions, see https://aka.ms/AB-AA4ecq5",
        names.join(", ")
    );
    Err(bad_request("ServiceResourceNotEmptyWithContainerDetails", &message))
}

/// The vault with this key is gone: a read finds nothing from the first moment on, whatever its operation says (field).
pub(super) fn gone(world: &mut World, vault: &str) {
    let Some(gone) = State::of_mut(world).vaults.remove(vault) else { return };
    if let Some(principal) = principal(&gone.body) {
        world.identities.remove(&principal);
    }
    for policy in gone.policies.values().filter_map(|policy| body_json::text(policy, &["id"])) {
        world.touch(policy);
    }
    for id in gone.items.values().map(|item| &item.id).chain(gone.jobs.values().map(|job| &job.id)) {
        world.touch(id);
    }
    world.touch(&gone.id);
}

/// A body below a vault, such as `{vault}/backupconfig/vaultconfig`.
fn below(vault: &Vault, noun: &str, name: &str, properties: Value) -> Value {
    json!({
        "id": format!("{}/{noun}/{name}", vault.id),
        "name": name,
        "type": format!("{TYPE}/{noun}"),
        "properties": properties,
    })
}

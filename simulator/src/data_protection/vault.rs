//! Backup vaults: create, change, read, list, delete.

mod body;
pub(super) mod deletion;
mod settings;
pub(super) mod write;

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::Value;

use super::State;
use super::guard::Proxy;
use super::instance::deletion::DeletedInstance;
use super::instance::index::Instances;
use super::job::Jobs;

use crate::backup::identity::principal;
use crate::wire::path::{ArmPath, key, within};
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// Type of a vault as answers spell it.
pub(crate) const TYPE: &str = "Microsoft.DataProtection/backupVaults";

/// A vault takes about a second to come or go.
pub(super) const PROVISIONING_SECONDS: f64 = 1.0;

/// A Backup vault with everything in it. Inner maps are keyed by lower-cased names.
#[derive(Debug, Clone)]
pub(crate) struct Vault {
    pub(crate) id: String,
    pub(crate) body: Value,
    /// The write that is running.
    pending: Option<Pending>,
    pub(crate) policies: BTreeMap<String, Value>,
    pub(crate) instances: Instances,
    pub(crate) deleted: BTreeMap<String, DeletedInstance>,
    pub(crate) jobs: Jobs,
    /// Ties to resource guards.
    pub(crate) proxies: BTreeMap<String, Proxy>,
}

/// A running write of a vault.
#[derive(Debug, Clone)]
struct Pending {
    /// What the vault becomes when the write has ended.
    wanted: Value,
    /// What it was, and is again if the write fails.
    before: Option<Value>,
}

impl Vault {
    pub(crate) fn location(&self) -> String {
        body_json::text(&self.body, &["location"]).unwrap_or_default().to_owned()
    }

    /// The principal of the system-assigned identity, or of the first user-assigned one.
    pub(crate) fn principal(&self) -> Option<String> {
        principal(&self.body)
    }

    /// The principal of the user-assigned identity with this id.
    pub(crate) fn user_principal(&self, identity: &str) -> Option<String> {
        let assigned = body_json::reach(&self.body, &["identity", "userAssignedIdentities"])?.as_object()?;
        let (_, found) = assigned.iter().find(|(id, _)| key(id) == key(identity))?;
        body_json::text(found, &["principalId"]).map(str::to_owned)
    }

    /// The region that the vault is replicated to; empty when it is to none.
    pub(crate) fn secondary_region(&self) -> String {
        let regions = body_json::list(&self.body, &["properties", "replicatedRegions"]);
        regions.first().and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// Whether the vault may be restored from in the region that it is replicated to.
    pub(crate) fn is_restored_abroad(&self) -> bool {
        let path = ["properties", "featureSettings", "crossRegionRestoreSettings", "state"];
        body_json::text(&self.body, &path) == Some("Enabled")
    }

    /// For how many days what was soft-deleted is kept.
    pub(crate) fn retention_days(&self) -> f64 {
        let path = ["properties", "securitySettings", "softDeleteSettings", "retentionDurationInDays"];
        body_json::reach(&self.body, &path)
            .and_then(Value::as_f64)
            .filter(|days| *days >= 14.0)
            .unwrap_or(14.0)
    }

    /// Whether recovery points may not be deleted before their time.
    pub(crate) fn is_immutable(&self) -> bool {
        let path = ["properties", "securitySettings", "immutabilitySettings", "state"];
        matches!(body_json::text(&self.body, &path), Some("Unlocked" | "Locked"))
    }

    /// Whether the vault itself asks for soft deletion.
    pub(crate) fn wants_soft_delete(&self) -> bool {
        let state =
            body_json::text(&self.body, &["properties", "securitySettings", "softDeleteSettings", "state"]);
        !state.is_some_and(|state| state.eq_ignore_ascii_case("Off"))
    }
}

/// The vault that `path` names or lies in.
pub(crate) fn named(world: &World, path: &ArmPath) -> Result<String, ArmError> {
    let id = format!("{}/providers/{TYPE}/{}", path.scope, path.segment(1).unwrap_or_default());
    require_group(world, path)?;
    let vault = key(&id);
    if State::of(world).vaults.contains_key(&vault) {
        Ok(vault)
    } else {
        Err(ArmError::resource_not_found(TYPE, &id))
    }
}

/// Refuses a path whose resource group does not exist.
pub(crate) fn require_group(world: &World, path: &ArmPath) -> Result<(), ArmError> {
    match path.group() {
        Some(group) if !world.arm.groups.contains_key(&key(&path.scope)) => {
            Err(ArmError::group_not_found(group))
        }
        _ => Ok(()),
    }
}

/// Calls on a vault itself.
pub(crate) fn handle(world: &mut World, call: &Call) -> Answer {
    require_group(world, &call.path)?;
    match call.method {
        Method::PUT => write::put(world, call),
        Method::PATCH => write::patch(world, call),
        Method::GET => {
            let vault = named(world, &call.path)?;
            Ok(Reply::ok(
                State::of(world).vaults.get(&vault).map(|vault| vault.body.clone()).unwrap_or_default(),
            ))
        }
        Method::DELETE => deletion::delete(world, call),
        _ => Err(ArmError::method_not_allowed(&call.method)),
    }
}

/// Vaults below the scope of the call.
pub(crate) fn list(world: &World, call: &Call) -> Answer {
    require_group(world, &call.path)?;
    let below = State::of(world).vaults.values().filter(|vault| within(&vault.id, &call.path.scope));
    Ok(Reply::list(below.map(|vault| vault.body.clone()).collect()))
}

fn empty(id: &str) -> Vault {
    Vault {
        id: id.to_owned(),
        body: Value::Null,
        pending: None,
        policies: BTreeMap::new(),
        instances: Instances::default(),
        deleted: BTreeMap::new(),
        jobs: Jobs::default(),
        proxies: BTreeMap::new(),
    }
}

/// Makes a vault that is ready at once, for an estate.
pub(crate) fn create_ready(world: &mut World, id: &str, location: &str, request: &Value) {
    let wanted = body::shaped(world, id, location, request, None);
    let mut vault = empty(id);
    vault.body = body::in_state(wanted, "Succeeded");
    State::of_mut(world).vaults.insert(key(id), vault);
    world.touch(id);
}

/// Notes that a vault changed with everything in it.
pub(crate) fn touch_all(world: &mut World, vault: &Vault) {
    let policies = vault.policies.values().filter_map(|policy| body_json::text(policy, &["id"]));
    let instances = vault.instances.values().map(|instance| instance.id.as_str());
    let jobs = vault.jobs.values().map(|job| job.id.as_str());
    for id in policies.chain(instances).chain(jobs).chain([vault.id.as_str()]) {
        world.touch(id);
    }
}

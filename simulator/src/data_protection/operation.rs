//! Long-running operations: what is promised in headers, and what polling shows.
//!
//! Shapes follow recorded traffic (api-versions 2023-01-01 to 2024-04-01): the running word is `Inprogress`, the end time of a
//! running operation is year 1, and a finished result says only `OperationJobExtendedInfo`.

mod ending;
mod poll;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
pub(crate) use ending::ends;
use jiff::Timestamp;
pub(crate) use poll::{result, status};
use serde_json::Value;

use super::instance::ProtectionState;
use super::instance::deletion::Deletion;
use super::{Effect, NAMESPACE, State, restore, vault};
use crate::traffic::Fate;
use crate::wire::path::subscription_of;
use crate::wire::{Call, Reply};
use crate::world::World;

/// What happens when an operation ends.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    VaultWrite,
    VaultDelete {
        soft: bool,
    },
    /// Checks the given instance properties and fails with what is missing.
    Validate(Value),
    /// Checks a restore of the instance and fails with what keeps it.
    ValidateRestore {
        instance: String,
        request: Box<restore::Request>,
    },
    InstanceWrite {
        instance: String,
        deep: bool,
    },
    InstanceDelete {
        instance: String,
        deletion: Deletion,
        /// Its state until then, to which it returns if it is not deleted after all.
        before: ProtectionState,
    },
    ProtectionChange {
        instance: String,
        to: ProtectionState,
    },
    /// Nothing: the operation only announced a job.
    Announce,
}

/// How an operation stands.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    Running,
    Succeeded,
    /// With the `error` object.
    Failed(Value),
}

/// A long-running operation on a vault.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) vault: String,
    pub(crate) location: String,
    pub(crate) started: Timestamp,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) outcome: Outcome,
    pub(crate) action: Action,
    /// What becomes of it, where that is not the usual end.
    fate: Option<Fate>,
    /// The job that the operation announced, as it names it: by its full id, or in the paired region by its GUID.
    pub(crate) job: Option<String>,
    /// Seconds of Azure's time after which a client should look again.
    retry: f64,
}

/// Where an accepted call tells its caller to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Headers {
    /// `Azure-AsyncOperation` below the vault, as answers to PUT have it.
    StatusOnly,
    /// The same and `Location` below the region, as answers to POST and to DELETE of instances have it.
    StatusAndResult,
    /// Both below the region, as the answer to DELETE of a vault has it.
    Region,
    /// Both below the paired region and outside any group, as answers to cross-region restores have it.
    PairedRegion,
}

/// A new operation on `vault_key` that takes `seconds` of Azure's time; its id.
pub(crate) fn begin(world: &mut World, vault_key: &str, seconds: f64, retry: f64, action: Action) -> String {
    let pair = format!("{};{}", world.random.guid(), world.random.guid());
    let id = STANDARD.encode(pair);
    let location = State::of(world).vaults.get(vault_key).map(vault::Vault::location).unwrap_or_default();
    let fate = world.traffic.coming_fate.take();
    if matches!(fate, Some(Fate::Stall | Fate::Fail(_))) {
        keep_from_settling(world, vault_key, &action);
    }
    let operation = Operation {
        fate,
        vault: vault_key.to_owned(),
        location,
        started: world.now(),
        ended: None,
        outcome: Outcome::Running,
        action,
        job: None,
        retry,
    };
    State::of_mut(world).operations.insert(id.clone(), operation);
    let at = world.after(seconds);
    world.schedule(at, Effect::OperationEnds(id.clone()));
    id
}

/// An instance whose write comes to nothing stays as it is.
fn keep_from_settling(world: &mut World, vault: &str, action: &Action) {
    let Action::InstanceWrite { instance, .. } = action else { return };
    let found =
        State::of_mut(world).vaults.get_mut(vault).and_then(|vault| vault.instances.get_mut(instance));
    if let Some(instance) = found {
        instance.generation = instance.generation.wrapping_add(1);
    }
}

/// Adds to `reply` the headers that lead to operation `id`.
pub(crate) fn announced(world: &World, call: &Call, id: &str, headers: Headers, reply: Reply) -> Reply {
    let Some(operation) = State::of(world).operations.get(id) else { return reply };
    let Some(vault) = State::of(world).vaults.get(&operation.vault) else { return reply };
    let subscription = subscription_of(&vault.id).unwrap_or_default();
    let location = &operation.location;
    let version = call.api_version();
    let url = |path: String| format!("{}{path}?api-version={version}", call.base);
    let result = url(format!(
        "/subscriptions/{subscription}/providers/{NAMESPACE}/locations/{location}/operationResults/{id}"
    ));
    let group = crate::wire::path::group_id_of(&vault.id).unwrap_or_default();
    let status = match headers {
        Headers::Region => {
            url(format!("{group}/providers/{NAMESPACE}/locations/{location}/operationStatus/{id}"))
        }
        Headers::PairedRegion => url(format!(
            "/subscriptions/{subscription}/providers/{NAMESPACE}/locations/{location}/operationStatus/{id}"
        )),
        Headers::StatusOnly | Headers::StatusAndResult => url(format!("{}/operationStatus/{id}", vault.id)),
    };
    let reply = reply
        .with_header("azure-asyncoperation", status)
        .with_header("retry-after", world.clock.retry_after(operation.retry));
    if headers == Headers::StatusOnly { reply } else { reply.with_header("location", result) }
}

//! `Protection`: what is protected and how it stands; stop, suspend, resume, another policy.

mod beside;
mod stopped;
mod wanted;

use axum::Json;
use axum::response::Response;
use holdfast_protection::family::Family;
use holdfast_protection::instance::{BackupInstance, ProtectionState, SoftDeletion};
use holdfast_protection::operations::{Action, Ask, ChangePolicy, Registering};
use holdfast_protection::target::{BadName, Target, TargetProtection, TargetState};
use holdfast_protection::targets::{self, TargetFilter, TargetPage};
use holdfast_protection::{Refusal, ResourceId, Workload, shell};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::asking::{Asking, How, Repeatable};
use super::body::Body;
use super::here::Here;
use super::holds::{HeldTarget, HoldView};
use super::operation::{Begun, answered};
use super::page::{Cut, Page, Part};
use super::query::Query;
use super::refusals::{BodyRefusals, Refusals};
use super::target::{AskedTarget, named_of};
use crate::callers::Role;
use crate::clock;
use crate::problem::Problem;
use crate::setup::{Ready, Who};

use beside::{Beside, StoppedWorkload, beside, where_stopped};
use stopped::StoppedView;
use wanted::{Data, PolicyWanted, ProtectionWanted, StopWanted, SuspendWanted};

/// Which targets.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Only resources of this name, in any case; those without a backup instance are listed then too.
    name: Option<String>,
    /// Only targets in this state.
    #[param(inline)]
    state: Option<TargetState>,
    /// How many targets a page has at most; 100 without it.
    #[param(minimum = 1, maximum = 1000)]
    top: Option<usize>,
    /// Where the page begins, from nextLink of the one before.
    skip_token: Option<String>,
}

/// A resource and its backup instance.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Protected {
    /// The resource; it may be gone.
    resource: ResourceId,
    /// Azure's word, such as `ProtectionConfigured`, `ProtectionStopped` or `SoftDeleted`; `Unprotected` without a
    /// backup instance.
    state: String,
    /// The resource does not exist any more, and its backup instance does. Azure's index knows no databases of
    /// PostgreSQL single servers: of these it is the server that is gone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    orphaned: bool,
    /// The backup instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<ResourceId>,
    /// The vault that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    vault: Option<ResourceId>,
    /// The policy in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<ResourceId>,
    /// Why it is in error.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Refusal>,
}

/// The state of the protection of a resource.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProtectionView {
    /// The resource.
    resource: ResourceId,
    /// Which of its workloads `hold` and `stopped` are about, where it may have several: the one that was asked for, or its
    /// first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    workload: Option<Workload>,
    /// Its backup instances, in whatever vaults; none if it is not protected.
    instances: Vec<Instance>,
    /// What brings back an instance that was deleted softly, with its recovery points.
    #[serde(skip_serializing_if = "Option::is_none")]
    bring_back: Option<String>,
    /// What a person decided about it against the rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<HoldView>,
    /// Where the work on it stopped, or what it waits for, such as permissions that an administrator has to give; left out
    /// where it is protected, or held.
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<StoppedView>,
    /// What people decided against the rules about its other workloads, and about what lies in it, such as databases of a
    /// machine. Left out where one workload was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    other_holds: Vec<HeldTarget>,
    /// Where the work on its other workloads stopped. Left out where one was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    other_stops: Vec<StoppedWorkload>,
}

/// A backup instance as Azure shows it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Instance {
    /// ARM id.
    id: ResourceId,
    /// Which workload of the resource it protects, where that may have several.
    #[serde(skip_serializing_if = "Option::is_none")]
    workload: Option<Workload>,
    /// The policy in force; what is stopped need not have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<ResourceId>,
    /// Azure's word, such as `ProtectionConfigured`, `ProtectionStopped`, `BackupsSuspended` or `SoftDeleted`.
    state: String,
    /// When it was deleted softly.
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<Timestamp>,
    /// When Azure deletes it for good, with its recovery points.
    #[serde(skip_serializing_if = "Option::is_none")]
    purged: Option<Timestamp>,
    /// Why it is in error.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Refusal>,
}

/// What is protected, or was, with its state, in the watched subscriptions. Azure's index of it is minutes behind. A page
/// may be shorter than asked for and lead on.
#[utoipa::path(get, path = "/api/protection", operation_id = "listProtected", tag = "protection", params(Asked),
    responses((status = 200, description = "The targets", body = Page<Protected>), Refusals))]
pub(crate) async fn list(
    Ready(app): Ready,
    Who(caller): Who,
    here: Here,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<Protected>>, Problem> {
    caller.must_be(Role::Reader)?;
    let name = asked.name.as_deref().map(str::parse).transpose();
    let name = name.map_err(|bad: BadName| Problem::bad_request("BadQuery", bad.to_string()))?;
    let filter = TargetFilter { name, state: asked.state };
    let cut = Cut { top: asked.top, skip_token: asked.skip_token.clone() };
    let ports = (app.target_pages.as_ref(), app.azure.as_ref());
    let TargetPage { targets, next } =
        targets::list(ports, app.subscriptions()?, &filter, cut.size()?, cut.place()?).await?;
    let part = Part::until(targets, next).map(Protected::from);
    let state = asked.state.and_then(|state| json!(state).as_str().map(str::to_owned));
    let pairs = [("name", asked.name), ("state", state), ("top", asked.top.map(|top| top.to_string()))];
    let again: Vec<_> = pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    Ok(Json(Page::of(part, &here, "/api/protection", &again)))
}

/// The state of the protection of a resource.
#[utoipa::path(get, path = "/api/protection/one", operation_id = "getProtection", tag = "protection",
    params(AskedTarget), responses((status = 200, description = "The protection", body = ProtectionView), Refusals))]
pub(crate) async fn one(
    Ready(app): Ready,
    Who(caller): Who,
    Query(asked): Query<AskedTarget>,
) -> Result<Json<ProtectionView>, Problem> {
    caller.must_be(Role::Reader)?;
    let mut instances = app.operations().instances_of(&asked.resource).await?;
    instances.retain(|one| asked.is_of(one));
    let target = asked.target();
    let hold = app.hold(target).await?;
    let Beside { holds, stops } = match asked.workload {
        Some(_) => Beside::default(),
        None => beside(&app, &asked.resource, &instances).await?,
    };
    Ok(Json(ProtectionView {
        workload: target.named(),
        bring_back: bring_back(&asked.resource, &instances),
        stopped: where_stopped(&app, target, hold.is_some(), &instances).await?,
        instances: instances.into_iter().map(Instance::from).collect(),
        hold: hold.map(HoldView::from),
        other_holds: holds,
        other_stops: stops,
        resource: asked.resource,
    }))
}

/// Stops backups; what there is stays for ever, or is deleted.
#[utoipa::path(post, path = "/api/protection/stop", operation_id = "stopProtection", tag = "protection",
    params(How, Repeatable), request_body = StopWanted,
    responses(Begun, Refusals, BodyRefusals))]
pub(crate) async fn stop(
    Ready(app): Ready,
    asking: Asking,
    here: Here,
    Body(StopWanted { resource, workload, data, until, why }): Body<StopWanted>,
) -> Result<Response, Problem> {
    let action = match data {
        Data::Retain => Action::StopAndRetain,
        Data::Delete => Action::StopAndDelete,
    };
    let ask = Ask { workload, until, ..asking.to(Role::Operator, resource, action, why)? };
    answered(app.ask(ask, clock::now()).await?, &here)
}

/// Suspends backups; what there is expires by its policy, but for the last.
#[utoipa::path(post, path = "/api/protection/suspend", operation_id = "suspendProtection", tag = "protection",
    params(How, Repeatable), request_body = SuspendWanted,
    responses(Begun, Refusals, BodyRefusals))]
pub(crate) async fn suspend(
    Ready(app): Ready,
    asking: Asking,
    here: Here,
    Body(SuspendWanted { resource, workload, until, why }): Body<SuspendWanted>,
) -> Result<Response, Problem> {
    let ask = Ask { workload, until, ..asking.to(Role::Operator, resource, Action::Suspend, why)? };
    answered(app.ask(ask, clock::now()).await?, &here)
}

/// Takes backups again, from whatever state it was stopped in.
#[utoipa::path(post, path = "/api/protection/resume", operation_id = "resumeProtection", tag = "protection",
    params(How, Repeatable), request_body = ProtectionWanted,
    responses(Begun, Refusals, BodyRefusals))]
pub(crate) async fn resume(
    Ready(app): Ready,
    asking: Asking,
    here: Here,
    Body(ProtectionWanted { resource, workload, why }): Body<ProtectionWanted>,
) -> Result<Response, Problem> {
    let ask = Ask { workload, ..asking.to(Role::Operator, resource, Action::Resume, why)? };
    answered(app.ask(ask, clock::now()).await?, &here)
}

/// Moves a protection to another policy of the same vault.
#[utoipa::path(post, path = "/api/protection/change-policy", operation_id = "changePolicy", tag = "protection",
    params(How, Repeatable), request_body = PolicyWanted,
    responses(Begun, Refusals, BodyRefusals))]
pub(crate) async fn change_policy(
    Ready(app): Ready,
    asking: Asking,
    here: Here,
    Body(PolicyWanted { resource, workload, policy, until, why }): Body<PolicyWanted>,
) -> Result<Response, Problem> {
    let action = Action::ChangePolicy(ChangePolicy { policy });
    let ask = Ask { workload, until, ..asking.to(Role::Operator, resource, action, why)? };
    answered(app.ask(ask, clock::now()).await?, &here)
}

/// Has Azure set up its extension in a machine again, where it no longer answers.
#[utoipa::path(post, path = "/api/protection/register", operation_id = "registerMachine", tag = "protection",
    params(How, Repeatable), request_body = ProtectionWanted,
    responses(Begun, Refusals, BodyRefusals))]
pub(crate) async fn register(
    Ready(app): Ready,
    asking: Asking,
    here: Here,
    Body(ProtectionWanted { resource, workload, why }): Body<ProtectionWanted>,
) -> Result<Response, Problem> {
    let action = Action::Registration { registration: Registering::Again };
    let ask = Ask { workload, ..asking.to(Role::Operator, resource, action, why)? };
    answered(app.ask(ask, clock::now()).await?, &here)
}

/// Ends the registration of a machine in which nothing is protected any more.
#[utoipa::path(post, path = "/api/protection/unregister", operation_id = "unregisterMachine", tag = "protection",
    params(How, Repeatable), request_body = ProtectionWanted,
    responses(Begun, Refusals, BodyRefusals))]
pub(crate) async fn unregister(
    Ready(app): Ready,
    asking: Asking,
    here: Here,
    Body(ProtectionWanted { resource, workload, why }): Body<ProtectionWanted>,
) -> Result<Response, Problem> {
    let action = Action::Registration { registration: Registering::End };
    let ask = Ask { workload, ..asking.to(Role::Operator, resource, action, why)? };
    answered(app.ask(ask, clock::now()).await?, &here)
}

/// What brings back each workload that was deleted softly; none where none was.
fn bring_back(resource: &ResourceId, instances: &[BackupInstance]) -> Option<String> {
    let deleted = instances.iter().filter(|one| one.state == ProtectionState::SoftDeleted);
    let mut workloads: Vec<Option<Workload>> = deleted.map(named_of).collect();
    workloads.dedup();
    let commands: Vec<String> = workloads.into_iter().map(|workload| resuming(resource, workload)).collect();
    (!commands.is_empty()).then(|| commands.join("; "))
}

fn resuming(resource: &ResourceId, workload: Option<Workload>) -> String {
    let (option, member) = match workload {
        Some(workload) => (format!(" --workload {workload}"), format!(", \"workload\": \"{workload}\"")),
        None => (String::new(), String::new()),
    };
    format!(
        "holdfast resume {}{option}, or POST /api/protection/resume with {{\"resource\": \"{resource}\"{member}}}",
        shell::word(resource.as_str())
    )
}

impl From<Target> for Protected {
    fn from(target: Target) -> Self {
        let Target { resource, protection, is_orphaned } = target;
        let (state, instance, policy, error) = match protection {
            Some(TargetProtection { instance, policy, state, error }) => {
                (state.into(), Some(instance), policy, error)
            }
            None => ("Unprotected".to_owned(), None, None, None),
        };
        let vault = instance.as_ref().and_then(Family::vault_of);
        Self { resource, state, orphaned: is_orphaned, instance, vault, policy, error }
    }
}

impl From<BackupInstance> for Instance {
    fn from(instance: BackupInstance) -> Self {
        let workload = named_of(&instance);
        let BackupInstance { id, policy, state, error, deletion, .. } = instance;
        let SoftDeletion { at: deleted, purged } = deletion.unwrap_or_default();
        Self { id, workload, policy, state: state.into(), deleted, purged, error }
    }
}

#[test]
fn what_brings_a_workload_back_names_it() {
    let machine: ResourceId =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/m".parse().unwrap();
    let whole = resuming(&machine, None);
    assert_eq!(
        whole,
        format!(
            "holdfast resume {machine}, or POST /api/protection/resume with {{\"resource\": \"{machine}\"}}"
        )
    );
    let of_one = resuming(&machine, Some(Workload::AzureVm));
    assert!(of_one.contains(" --workload azure-vm, or"), "{of_one}");
    assert!(of_one.ends_with("\", \"workload\": \"azure-vm\"}"), "{of_one}");
}

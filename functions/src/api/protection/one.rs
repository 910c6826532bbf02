//! The protection of one resource: what protects it, what holds it, and where the work on it stopped.

use axum::Json;
use holdfast_protection::instance::{BackupInstance, ProtectionState, SoftDeletion};
use holdfast_protection::observe::ReadableInstances;
use holdfast_protection::{Refusal, ResourceId, Workload, shell};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::beside::{Beside, StoppedWorkload, beside, where_stopped};
use super::stopped::StoppedView;
use crate::api::holds::{HeldTarget, HoldView};
use crate::api::query::Query;
use crate::api::refusals::Refusals;
use crate::api::target::{AskedTarget, named_of};
use crate::api::unread::{Unread, UnreadPart, or_note};
use crate::callers::Role;
use crate::problem::Problem;
use crate::setup::{Ready, Who};

/// The state of the protection of a resource.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProtectionView {
    /// The resource.
    resource: ResourceId,
    /// Which of its workloads `hold` and `stopped` are about, where it may have several: the one that was asked for, or
    /// its first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    workload: Option<Workload>,
    /// Its backup instances, in whatever vaults; none if it is not protected. Left out where none could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    instances: Option<Vec<Instance>>,
    /// What brings back an instance that was deleted softly, with its recovery points.
    #[serde(skip_serializing_if = "Option::is_none")]
    bring_back: Option<String>,
    /// What a person decided about it against the rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<HoldView>,
    /// Where the work on it stopped, or what it waits for, such as permissions that an administrator has to give; left
    /// out where it is protected, or held.
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<StoppedView>,
    /// What people decided against the rules about its other workloads, and about what lies in it, such as databases of
    /// a machine. Left out where one workload was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    other_holds: Vec<HeldTarget>,
    /// Where the work on its other workloads stopped. Left out where one was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    other_stops: Vec<StoppedWorkload>,
    /// What is missing, because it could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unread: Vec<Unread>,
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

/// The state of the protection of a resource. What of it cannot be read is named in `unread`, and hides nothing else.
#[utoipa::path(get, path = "/api/protection/one", operation_id = "getProtection", tag = "protection",
    params(AskedTarget), responses((status = 200, description = "The protection", body = ProtectionView), Refusals))]
pub(crate) async fn show(
    Ready(app): Ready,
    Who(caller): Who,
    Query(asked): Query<AskedTarget>,
) -> Result<Json<ProtectionView>, Problem> {
    caller.must_be(Role::Reader)?;
    let ReadableInstances { mut instances, unread } =
        app.operations().readable_instances_of(&asked.resource).await?;
    let mut unread: Vec<UnreadPart> = unread.into_iter().map(UnreadPart::from).collect();
    instances.retain(|one| asked.is_of(one));
    // An empty list would be taken for "not protected".
    let is_known = !instances.is_empty() || unread.is_empty();
    let (target, name) = (asked.target(), asked.resource.name());
    let hold = app.hold(target).await;
    let is_held = !matches!(hold, Ok(None));
    let hold = or_note(hold, format!("the hold of {name}"), &asked.resource, &mut unread).flatten();
    let Beside { holds, stops } = match asked.workload {
        Some(_) => Beside::default(),
        None => {
            let found = beside(&app, &asked.resource, &instances, &mut unread).await;
            let what = format!("the holds of other workloads of {name}");
            or_note(found, what, &asked.resource, &mut unread).unwrap_or_default()
        }
    };
    let stopped = where_stopped(&app, target, is_held, &instances).await;
    let what = format!("the last outcome of the work on {name}");
    let stopped = or_note(stopped, what, &asked.resource, &mut unread).flatten();
    let view = ProtectionView {
        workload: target.named(),
        bring_back: bring_back(&asked.resource, &instances),
        stopped,
        instances: is_known.then(|| instances.into_iter().map(Instance::from).collect()),
        hold: hold.map(HoldView::from),
        other_holds: holds,
        other_stops: stops,
        unread: unread.into_iter().map(Unread::from).collect(),
        resource: asked.resource,
    };
    Ok(Json(view))
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

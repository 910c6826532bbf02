//! What there is to say of a resource beside the target that was asked for: of its other workloads, and of what lies in it.

use holdfast_protection::hold::ReadableHolds;
use holdfast_protection::instance::{BackupInstance, ProtectionState};
use holdfast_protection::ledger::About;
use holdfast_protection::{ResourceId, Workload};
use serde::Serialize;
use utoipa::ToSchema;

use super::stopped::StoppedView;
use crate::api::holds::HeldTarget;
use crate::api::unread::UnreadPart;
use crate::app::App;
use crate::problem::Problem;
use crate::reports;

/// Where the work on another workload of the resource stopped.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StoppedWorkload {
    /// The workload.
    workload: Workload,
    #[serde(flatten)]
    stopped: StoppedView,
}

/// What there is to say beside the target.
#[derive(Debug, Default)]
pub(super) struct Beside {
    pub(super) holds: Vec<HeldTarget>,
    pub(super) stops: Vec<StoppedWorkload>,
}

/// Looks at all but the first workload. What cannot be read is added to `unread`.
pub(super) async fn beside(
    app: &App,
    resource: &ResourceId,
    instances: &[BackupInstance],
    unread: &mut Vec<UnreadPart>,
) -> Result<Beside, Problem> {
    let ReadableHolds { holds, unread: unread_holds } = app.other_holds(resource).await?;
    unread.extend(unread_holds.into_iter().map(UnreadPart::of_hold));
    let mut stops = Vec::new();
    for workload in Workload::others_of(resource.resource_type()) {
        let target = About { resource, workload: Some(workload) };
        let is_held = holds.iter().any(|hold| hold.target() == target);
        let found = where_stopped(app, target, is_held, instances).await?;
        stops.extend(found.map(|stopped| StoppedWorkload { workload, stopped }));
    }
    Ok(Beside { holds: holds.into_iter().map(HeldTarget::from).collect(), stops })
}

/// Where the work on a target stopped; nothing where it is held or protected.
pub(super) async fn where_stopped(
    app: &App,
    target: About<'_>,
    is_held: bool,
    instances: &[BackupInstance],
) -> Result<Option<StoppedView>, Problem> {
    if is_held || instances.iter().any(|one| one.state == ProtectionState::Configured && is_of(one, target)) {
        return Ok(None);
    }
    Ok(reports::stopped(app.ledger.as_ref(), target).await?.map(StoppedView::from))
}

/// Whether an instance protects this target of its resource.
fn is_of(instance: &BackupInstance, target: About<'_>) -> bool {
    let kind = target.resource.resource_type();
    instance.workload().and_then(|workload| workload.unless_first_of(kind)) == target.workload
}

//! How the protection of a resource ends that is not to be protected any more.

use holdfast_evaluator::{Allowances, End, OperationKind};

use super::present::is_kept;
use super::{InstanceChange, Plan, Step};
use crate::instance::{BackupInstance, ProtectionState};
use crate::lifecycle::LifecycleChange;

/// What is to be done to an instance, and what rules have to consent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending<'i> {
    /// The instance.
    pub instance: &'i BackupInstance,
    /// What rules review.
    pub operation: OperationKind,
    /// What is done to the instance.
    pub lifecycle: LifecycleChange,
    /// That, as one step.
    pub plan: Plan,
}

/// The plan that ends the protection by the first of these instances that is ours and not ended yet.
///
/// Instances that another tool made are left alone, unless the rule set adopts them.
pub fn to_end<'i>(instances: &'i [BackupInstance], end: End, allowances: &Allowances) -> Option<Ending<'i>> {
    let operation = end.operation()?;
    let mut ours: Vec<&BackupInstance> =
        instances.iter().filter(|instance| is_kept(instance, allowances)).collect();
    ours.sort_by_key(|instance| instance.id.key());
    ours.into_iter().find_map(|instance| {
        let lifecycle = lifecycle(instance, end)?;
        let change = InstanceChange::Alter { instance: instance.id.clone(), lifecycle };
        let steps = vec![Step::Change(change)];
        let plan = Plan { steps, note: None, instance: instance.id.clone() };
        Some(Ending { instance, operation, lifecycle, plan })
    })
}

fn lifecycle(instance: &BackupInstance, end: End) -> Option<LifecycleChange> {
    match (&instance.state, end) {
        (ProtectionState::SoftDeleted, _)
        | (_, End::Leave)
        | (ProtectionState::Stopped, End::Retain | End::Suspend)
        | (ProtectionState::Suspended, End::Suspend) => None,
        (_, End::Delete) => Some(LifecycleChange::Delete),
        (_, End::Retain) => Some(LifecycleChange::StopProtection),
        // What never worked has no schedule to suspend.
        (ProtectionState::Error, End::Suspend) => Some(LifecycleChange::StopProtection),
        (_, End::Suspend) => Some(LifecycleChange::SuspendBackups),
    }
}

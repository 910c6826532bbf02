//! What the instances that a resource has already mean for its plan.

use super::{Plan, Step};
use crate::instance::{BackupInstance, ProtectionState};

/// The plan for a resource that some instance protects already, if that settles it without looking at a vault.
pub fn for_protected(instances: &[BackupInstance]) -> Option<Plan> {
    let plan = |instance: &BackupInstance, steps, note: Option<&str>| Plan {
        steps,
        note: note.map(str::to_owned),
        instance: instance.id.clone(),
    };
    let instance = instances.iter().min_by_key(|instance| (rank(&instance.state), instance.id.key()))?;
    match &instance.state {
        ProtectionState::Configured => Some(plan(instance, Vec::new(), Some("it is protected already"))),
        ProtectionState::Configuring => {
            Some(plan(instance, vec![Step::Await { instance: instance.id.clone() }], None))
        }
        ProtectionState::Stopped => {
            Some(plan(instance, Vec::new(), Some("its protection was stopped by somebody and is left so")))
        }
        ProtectionState::SoftDeleted => Some(plan(
            instance,
            Vec::new(),
            Some("its backup instance is soft-deleted; undelete it to protect it again"),
        )),
        ProtectionState::Other(word) => Some(Plan {
            note: Some(format!("its backup instance is in state `{word}`")),
            ..plan(instance, Vec::new(), None)
        }),
        ProtectionState::Error => None,
    }
}

/// Which of several instances speaks for the resource.
fn rank(state: &ProtectionState) -> u8 {
    match state {
        ProtectionState::Configured => 0,
        ProtectionState::Configuring => 1,
        ProtectionState::Error => 2,
        ProtectionState::Stopped => 3,
        ProtectionState::SoftDeleted => 4,
        ProtectionState::Other(_) => 5,
    }
}

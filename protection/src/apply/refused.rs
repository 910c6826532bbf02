//! What it means that Azure refuses something.

use super::Applied;
use crate::instance::InstanceSpec;
use crate::lifecycle::{LifecycleChange, PolicyMove};
use crate::outcome::Outcome;
use crate::work::Pending;
use crate::{Refusal, RefusalKind, ResourceId, Retry};

/// What an immediate refusal means.
pub(super) fn judge(refusal: Refusal, thing: &ResourceId) -> Applied {
    if refusal.kind == RefusalKind::MissingPermission {
        Applied::Permissions(refusal)
    } else if refusal.status == 409 || refusal.kind == RefusalKind::Taken {
        // Another invocation, or another tool, was quicker: what it made shows when looked at again.
        in_azures_words(&refusal)
    } else {
        refused_or_passing("was refused by Azure Backup", thing, &refusal)
    }
}

/// What an immediate refusal of a new instance means: it may also be the vault that takes no more.
pub(super) fn judge_new(refusal: Refusal, spec: &InstanceSpec) -> Applied {
    match refusal.kind {
        RefusalKind::Quota => Applied::FullVault {
            outcome: refused("was refused by Azure Backup", &spec.datasource, &refusal),
            vault: spec.vault.clone(),
        },
        _ => judge(refusal, &spec.datasource),
    }
}

/// The world is not as it was planned for, as Azure says.
pub(super) fn in_azures_words(refusal: &Refusal) -> Applied {
    Applied::again(&format!("{}: {}", refusal.code, refusal.message))
}

/// The end that a refusal is, unless Azure may take the same later; then it is planned again.
pub(super) fn refused_or_passing(what: &str, thing: &ResourceId, refusal: &Refusal) -> Applied {
    refused_with(what, thing, refusal, None)
}

/// The same with what has to be gone on with when it is tried later.
fn refused_with(what: &str, thing: &ResourceId, refusal: &Refusal, pending: Option<Pending>) -> Applied {
    let outcome = refused(what, thing, refusal);
    match refusal.retry {
        Retry::Never => Applied::Ended(outcome),
        retry @ (Retry::Once | Retry::Later | Retry::InHours) => Applied::Passing { retry, outcome, pending },
    }
}

fn refused(what: &str, thing: &ResourceId, refusal: &Refusal) -> Outcome {
    Outcome::Failed {
        code: refusal.code.clone(),
        message: format!("`{}` {what}: {}", thing.name(), refusal.message),
        way_out: refusal.way_out(),
    }
}

/// An instance keeps the policy that it has, and what it states of its datasource.
pub(super) fn not_moved(change: &PolicyMove, refusal: &Refusal) -> Applied {
    let values = change.values();
    let what = if values.is_empty() {
        format!("could not be moved to policy `{}` and keeps its own", change.policy.name())
    } else {
        format!("could not be given {} and keeps its own", values.join("; "))
    };
    refused_or_passing(&what, &change.instance, refusal)
}

/// A deleted instance stays deleted. The undelete stays announced, so that a later try resumes it.
pub(super) fn not_undeleted(instance: &ResourceId, refusal: &Refusal) -> Applied {
    let pending = Some(Pending::Undelete { instance: instance.clone() });
    refused_with("could not be undeleted", instance, refusal, pending)
}

/// What a refusal to stop, suspend or delete leaves: an instance as it was, and somebody who should know.
pub(super) fn not_altered(instance: &ResourceId, lifecycle: LifecycleChange, refusal: &Refusal) -> Applied {
    // Planned again, an instance that was just brought back would look like one that a person has stopped.
    let resuming = lifecycle == LifecycleChange::ResumeProtection;
    let pending = resuming.then(|| Pending::Undelete { instance: instance.clone() });
    let what = format!("is as it was: Azure refuses to {lifecycle} it");
    refused_with(&what, instance, refusal, pending)
}

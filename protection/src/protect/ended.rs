//! Whether a protection that is found stopped was ended by Holdfast itself: then no person wants it so.

use holdfast_evaluator::Ruling;

use crate::instance::{BackupInstance, ProtectionState};
use crate::ledger::{self, About, LedgerDocument, LedgerRecord};
use crate::lifecycle::LifecycleChange;
use crate::outcome::Outcome;
use crate::ports::{Ledger, StorageError};

/// How entries are named that tell of an ending of ours. What never worked is stopped where the rule set says `suspend`.
const ENDED: [&str; 3] = ["-3-ended-unprotected-", "-1-reviewed-stop-and-retain-", "-1-reviewed-suspend-"];

/// How entries are named that tell of a protection which began again, or which somebody else's word is about.
const OTHERWISE: [&str; 3] = ["-3-ended-protected-", "-3-ended-left-alone-", "-3-ended-held-"];

/// Whether the newest that the ledger tells of the protection of a target is that we ended it, in the way that its instance
/// shows.
///
/// A review that allowed it counts as well: it is recorded before the call, and who dies behind the call records no end.
pub(super) async fn by_us(
    ledger: &dyn Ledger,
    target: About<'_>,
    instance: &BackupInstance,
) -> Result<bool, StorageError> {
    let change = match &instance.state {
        ProtectionState::Stopped => LifecycleChange::StopProtection,
        ProtectionState::Suspended => LifecycleChange::SuspendBackups,
        ProtectionState::Configuring
        | ProtectionState::Configured
        | ProtectionState::Error
        | ProtectionState::SoftDeleted
        | ProtectionState::Other(_) => return Ok(false),
    };
    let paths = ledger.list(&ledger::prefix_of(target.resource)).await?;
    let newest =
        |word: &str| paths.iter().rev().find_map(|path| Some((ledger::time_in(path, target, word)?, path)));
    let otherwise = OTHERWISE.into_iter().filter_map(newest).map(|(time, _)| time).max();
    // In the order of paths, an end follows its review.
    let Some((time, path)) = ENDED.into_iter().filter_map(newest).max_by_key(|(_, path)| *path) else {
        return Ok(false);
    };
    if otherwise.is_some_and(|otherwise| time <= otherwise) {
        return Ok(false);
    }
    // What another version wrote tells nothing.
    let document = ledger.read(path).await?.and_then(|body| ledger::read::<LedgerDocument>(body).ok());
    Ok(document.is_some_and(|document| tells(&document.record, instance, change)))
}

fn tells(record: &LedgerRecord, instance: &BackupInstance, change: LifecycleChange) -> bool {
    match record {
        LedgerRecord::Ended { outcome: Outcome::Unprotected { instance: ended, by } } => {
            ended.key() == instance.id.key() && *by == change
        }
        LedgerRecord::Reviewed { review, request } => {
            let about = request.operation.parameters.to_ascii_lowercase();
            review.ruling == Ruling::Allow && about.contains(&format!("\"{}\"", instance.id.key()))
        }
        LedgerRecord::Ended { .. } | LedgerRecord::Decided { .. } | LedgerRecord::Waiting { .. } => false,
    }
}

//! Vaults behind a resource guard: what is guarded waits until the guard's owner lets us in, and is then carried out.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::advance::Step;
use super::history::History;
use super::records::StageRecord;
use super::refusal::failure;
use super::validation::since;
use super::{OperationError, OperationPlan, OperationStatus, Operations, Stage};
use crate::guard::{GUARD_ROLE, Guard, GuardedAct};
use crate::instance::BackupInstance;
use crate::lifecycle::LifecycleChange;
use crate::{Refusal, ResourceId};

/// For how long the owner of a guard is waited for.
pub(super) const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Between two passes whether the guard is open: people open it.
const PAUSE: Duration = Duration::from_secs(60);

/// Between two calls that a guard keeps out, once it has done so for hours.
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);

impl Operations {
    /// The same plan, with what a resource guard has to let happen.
    pub(super) async fn behind_guard(
        &self,
        mut plan: OperationPlan,
        instance: &BackupInstance,
    ) -> Result<OperationPlan, OperationError> {
        let vault = &instance.vault;
        let acts: Vec<GuardedAct> = plan.stages.iter().filter_map(act).collect();
        if acts.is_empty() {
            return Ok(plan);
        }
        let Some(guard) = self.azure.backups_of(vault)?.guard(vault).await? else { return Ok(plan) };
        if !acts.iter().any(|act| guard.acts.contains(act)) {
            return Ok(plan);
        }
        plan.notes.push(note(&guard));
        if !guard.is_open {
            plan.stages.insert(0, Stage::AwaitGuard { vault: vault.clone(), guard: guard.id });
        }
        Ok(plan)
    }

    /// Looks whether the guard is open by now.
    pub(super) async fn await_guard(
        &self,
        history: &History,
        at: usize,
        (vault, guard): (&ResourceId, &ResourceId),
        now: Timestamp,
    ) -> Result<Step, OperationError> {
        let seen = self.azure.backups_of(vault)?.guard(vault).await?;
        if seen.is_none_or(|guard| guard.is_open) {
            return self.done(history, at, None, now).await;
        }
        Ok(waits(history, Some(guard), PAUSE, now))
    }

    /// Azure did not take a call because of a guard: what could be seen of it was not all that it takes.
    pub(super) async fn shut_out(
        &self,
        history: &History,
        at: usize,
        attempt: usize,
        refusal: &Refusal,
        now: Timestamp,
    ) -> Result<Step, OperationError> {
        let pause = pause_after(since(begun(history), now));
        let until = now.checked_add(pause).unwrap_or(now);
        let message = format!("{}: {}", refusal.code, refusal.message);
        // It is not an attempt: nothing was done, and the owner may take days.
        let record = StageRecord::Missed { at: now, message, throttled_until: Some(until), guarded: true };
        self.note(history, at, attempt, record).await?;
        Ok(waits(history, None, pause, now))
    }
}

/// How far an operation is that waits for the owner of a guard.
pub(super) fn awaiting(history: &History, guard: Option<&ResourceId>) -> OperationStatus {
    let message = format!(
        "{} guards this: its owner has to give `{GUARD_ROLE}` on it to Holdfast's identity, for as long as this takes. \
         It then goes on by itself",
        named(guard)
    );
    OperationStatus::AwaitsGuard { guard: guard.cloned(), message, until: until(history) }
}

fn begun(history: &History) -> Timestamp {
    history.answer.as_ref().map_or(history.asked.at, |answer| answer.at)
}

/// Until when it is waited for.
pub(super) fn until(history: &History) -> Timestamp {
    begun(history).checked_add(LONGEST_WAIT).unwrap_or(Timestamp::MAX)
}

/// How long to wait with the next call. It grows: all calls of [`LONGEST_WAIT`] have to be fewer than are made of one.
fn pause_after(waited: Duration) -> Duration {
    (waited / 30).clamp(PAUSE, LONGEST_PAUSE)
}

fn named(guard: Option<&ResourceId>) -> String {
    guard.map_or_else(|| "the resource guard of the vault".to_owned(), |id| format!("resource guard `{id}`"))
}

fn waits(history: &History, guard: Option<&ResourceId>, pause: Duration, now: Timestamp) -> Step {
    if now >= until(history) {
        return Step::Over(failure(
            "GuardNotOpened",
            format!("{} guards this, and its owner did not let Holdfast in within a week", named(guard)),
            &format!("have its owner give `{GUARD_ROLE}` on it to Holdfast's identity, then ask again"),
        ));
    }
    Step::Wait(awaiting(history, guard), pause)
}

fn note(guard: &Guard) -> String {
    match guard.is_open {
        true => format!("resource guard `{}` guards this, and lets Holdfast in", guard.id),
        false => format!("resource guard `{}` guards this: its owner has to let Holdfast in first", guard.id),
    }
}

/// What of a stage a guard can guard.
fn act(stage: &Stage) -> Option<GuardedAct> {
    match stage {
        Stage::Restore { .. } | Stage::OpenFiles { .. } => Some(GuardedAct::Restore),
        Stage::Move { .. } => Some(GuardedAct::ChangePolicy),
        Stage::Alter { lifecycle, .. } => match lifecycle {
            LifecycleChange::Delete => Some(GuardedAct::Delete),
            LifecycleChange::StopProtection | LifecycleChange::SuspendBackups => Some(GuardedAct::Stop),
            LifecycleChange::ResumeProtection | LifecycleChange::ResumeBackups => None,
        },
        Stage::Grant { .. }
        | Stage::Prepare { .. }
        | Stage::ValidateRestore { .. }
        | Stage::Backup { .. }
        | Stage::ValidateMove { .. }
        | Stage::Undelete { .. }
        | Stage::MakePolicy { .. }
        | Stage::AwaitGuard { .. }
        | Stage::CloseFiles { .. }
        | Stage::Archive { .. }
        | Stage::CancelJob { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::attempts::MOST_CLAIMS;

    #[test]
    fn calls_are_left_until_the_guard_has_been_waited_for_long_enough() {
        let longest = Duration::try_from(LONGEST_WAIT).unwrap();
        let (mut waited, mut calls) = (Duration::ZERO, 0);
        while waited < longest {
            waited += pause_after(waited);
            calls += 1;
        }
        assert!((600..MOST_CLAIMS).contains(&calls), "{calls}");
    }
}

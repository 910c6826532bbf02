//! The job that a call has started. It alone tells how a backup or a restore ends, and it may show late.

use std::time::Duration;

use jiff::Timestamp;

use super::advance::Step;
use super::claim::CLAIM_HOLDS;
use super::history::History;
use super::refusal::failure;
use super::validation::since;
use super::{OperationError, OperationStatus, Operations, Stage};
use crate::ResourceId;
use crate::restore::RestoreRegion;

/// For how long a job that Azure has started may be missing from its lists before a person is told. Nothing documents
/// how soon the paired region lists one; what it shows is replicated within twelve hours (official).
const SHOWS_WITHIN: Duration = Duration::from_secs(24 * 3600);

/// For how long a restore whose answer was lost may be missing from the lists of the paired region before a person is
/// told. Whether Azure took the call is not known, and a second call would be a second restore.
const LISTED_WITHIN: Duration = Duration::from_secs(3600);

/// For how long what a call came to may not show, whose operation Azure does not know: a new operation may not be known
/// yet, and a job may be listed late.
pub(super) fn shows_within(stage: &Stage) -> Duration {
    if starts_a_job(stage) { LISTED_WITHIN } else { CLAIM_HOLDS }
}

/// Between two passes for such a job: a quarter of the time since its start, within these.
const PAUSES: [Duration; 2] = [Duration::from_secs(30), Duration::from_secs(15 * 60)];

impl Operations {
    /// Azure has taken the call: the stage is done once its job is known, where it has one.
    pub(super) async fn taken(
        &self,
        history: &History,
        at: usize,
        stage: &Stage,
        job: Option<ResourceId>,
        begun: Timestamp,
        now: Timestamp,
    ) -> Result<Step, OperationError> {
        if job.is_some() || !starts_a_job(stage) {
            return self.done(history, at, job, now).await;
        }
        match self.adopted(history, stage, begun).await? {
            Some(job) => self.done(history, at, Some(job), now).await,
            None => Ok(match out_of_sight(None, begun, now) {
                (status, Some(after)) => Step::Wait(status, after),
                (status, None) => Step::Over(status),
            }),
        }
    }
}

/// What to do about a started job that Azure does not show: look again, and at last say so. Never take it for a success.
///
/// Without a time to look again, it is over.
pub(super) fn out_of_sight(
    job: Option<ResourceId>,
    begun: Timestamp,
    now: Timestamp,
) -> (OperationStatus, Option<Duration>) {
    let waited = since(begun, now);
    if waited < SHOWS_WITHIN {
        let [shortest, longest] = PAUSES;
        return (OperationStatus::Running { job }, Some((waited / 4).clamp(shortest, longest)));
    }
    let named = job.as_ref().map_or_else(|| "a job".to_owned(), |job| format!("job `{}`", job.name()));
    let hours = SHOWS_WITHIN.as_secs() / 3600;
    let message =
        format!("Azure started {named} and has not shown it for {hours} hours: how it ended is not known");
    let way_out = "see what is at the target and the jobs of the vault; ask again if it was not done";
    let mut status = failure("JobNotShown", message, way_out);
    if let OperationStatus::Failed { job: shown, .. } = &mut status {
        *shown = job;
    }
    (status, None)
}

/// What to do about a call whose answer was lost and whose job may be listed late: look again, at last say so, and never
/// make it a second time. `None` where the lists can be believed.
pub(super) fn listed_late(stage: &Stage, claimed: Timestamp, now: Timestamp) -> Option<Step> {
    let Stage::Restore { order } = stage else { return None };
    let RestoreRegion::Secondary { location, .. } = &order.region else { return None };
    let waited = since(claimed, now);
    if waited < LISTED_WITHIN {
        let [shortest, longest] = PAUSES;
        let after = (waited / 4).clamp(shortest, longest);
        return Some(Step::Wait(OperationStatus::Running { job: None }, after));
    }
    Some(Step::Over(failure(
        "CallUnanswered",
        format!(
            "Azure's answer to the restore call was lost, and {location} has shown no job for it within {} minutes: \
             whether the restore runs is not known",
            LISTED_WITHIN.as_secs() / 60
        ),
        "see what is at the target and what `holdfast jobs --secondary` shows; ask again with another idempotency \
         key if there is nothing",
    )))
}

fn starts_a_job(stage: &Stage) -> bool {
    match stage {
        Stage::Restore { .. } | Stage::Backup { .. } => true,
        Stage::Grant { .. }
        | Stage::Prepare { .. }
        | Stage::ValidateRestore { .. }
        | Stage::ValidateMove { .. }
        | Stage::Move { .. }
        | Stage::Alter { .. }
        | Stage::Undelete { .. }
        | Stage::MakePolicy { .. }
        | Stage::AwaitGuard { .. }
        | Stage::OpenFiles { .. }
        | Stage::CloseFiles { .. }
        | Stage::Archive { .. }
        | Stage::CancelJob { .. } => false,
    }
}

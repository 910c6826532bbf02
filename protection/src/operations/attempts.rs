//! How often a call is made that came to nothing, and how far apart.

use std::time::Duration;

use jiff::Timestamp;

use super::advance::Step;
use super::claim::CLAIM_HOLDS;
use super::records::StageRecord;
use super::refusal::failure;
use super::validation::{pause_after, since, time_of};
use super::{OperationStatus, Stage};

/// Calls that came to nothing before a person is told.
const MOST_ATTEMPTS: usize = 6;

/// Claims of one call, throttled ones included: attempts have three digits in the ledger. With growing pauses, more
/// than a day.
pub(super) const MOST_CLAIMS: usize = 900;

/// Calls without an answer that are made again as soon as their claims are old: processes die, and people wait.
const SOON_AGAIN: usize = 5;

/// Calls without an answer before a person is told: with the pauses of [`pause_without_answer`], about a day.
const MOST_UNANSWERED: usize = 30;

/// The longest pause before a call without an answer is made again.
const LONGEST_WITHOUT_ANSWER: Duration = Duration::from_secs(3600);

/// After so many throttled calls, Azure's own word on when to come back is not trusted alone: others may fill each
/// window before us.
const PATIENT: usize = 10;

/// Whether another attempt may be made now; what to do instead.
///
/// A throttled call is none, so a full quota ends nothing; others are spaced, no matter who asks how often.
pub(super) fn next_attempt(attempts: &[StageRecord], stage: &Stage, now: Timestamp) -> Result<(), Box<Step>> {
    let throttled = throttled(attempts);
    let missed = attempts.len() - throttled;
    if missed >= MOST_ATTEMPTS || attempts.len() >= MOST_CLAIMS {
        return Err(Box::new(used_up(attempts, stage)));
    }
    let Some(last) = attempts.last() else { return Ok(()) };
    let ready = match throttled_until(last) {
        Some(until) if throttled < PATIENT => until,
        Some(until) => until.max(later(time_of(last), pause_after(throttled / PATIENT))),
        None => later(time_of(last), pause_after(missed)),
    };
    if now < ready {
        let left = since(now, ready);
        return Err(Box::new(Step::Wait(OperationStatus::Running { job: None }, left)));
    }
    Ok(())
}

/// How long after its claim a call that nobody heard of again is made once more: Azure may be away for hours.
pub(super) fn pause_without_answer(attempts: &[StageRecord]) -> Duration {
    let called = attempts.len() - throttled(attempts);
    let doublings = u32::try_from(called.saturating_sub(SOON_AGAIN)).unwrap_or(u32::MAX).min(8);
    CLAIM_HOLDS.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST_WITHOUT_ANSWER)
}

/// Whether a call had no answer so often that it is not made again.
pub(super) fn is_unanswered_for_good(attempts: &[StageRecord]) -> bool {
    attempts.len() - throttled(attempts) >= MOST_UNANSWERED || is_used_up(attempts)
}

/// Whether a call was made so often that it is not made again, even if nobody knows what became of the last one: where each
/// answer is lost or forgotten, that would go on for ever.
pub(super) fn is_used_up(attempts: &[StageRecord]) -> bool {
    attempts.len() >= MOST_CLAIMS
}

/// The end after all attempts.
pub(super) fn used_up(attempts: &[StageRecord], stage: &Stage) -> Step {
    let throttled = throttled(attempts);
    let missed = attempts.len() - throttled;
    Step::Over(failure(
        "AzureNotReachable",
        format!("Azure did not take the call in {missed} attempts, and was busy {throttled} times: {stage}"),
        "ask for it again later",
    ))
}

fn throttled(attempts: &[StageRecord]) -> usize {
    attempts.iter().filter(|record| throttled_until(record).is_some()).count()
}

fn later(moment: Timestamp, pause: Duration) -> Timestamp {
    moment.checked_add(pause).unwrap_or(moment)
}

fn throttled_until(record: &StageRecord) -> Option<Timestamp> {
    match record {
        StageRecord::Missed { throttled_until, .. } => *throttled_until,
        StageRecord::Claimed { .. } | StageRecord::Begun { .. } | StageRecord::Done { .. } => None,
    }
}

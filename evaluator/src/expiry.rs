//! Exclusions that end: judged by the time of the event, the only clock that a decision has.

use jiff::Timestamp;

use crate::opinion::{Opinion, Verdict};
use crate::sandbox::RuleFailure;

/// Turns an exclusion whose `until` is not after the event into an expired one.
///
/// # Errors
///
/// One of the two times cannot be read.
pub(crate) fn heed(opinion: Opinion, event_time: &str) -> Result<Opinion, RuleFailure> {
    let Opinion { verdict: Verdict::Exclude { kind, until: Some(until) }, reasons } = opinion else {
        return Ok(opinion);
    };
    let end: Timestamp = until.parse().map_err(|_| RuleFailure::Until { until: until.clone() })?;
    let now: Timestamp =
        event_time.parse().map_err(|_| RuleFailure::EventTime { event_time: event_time.to_owned() })?;
    let verdict = if end <= now {
        Verdict::Expired { kind, until }
    } else {
        Verdict::Exclude { kind, until: Some(until) }
    };
    Ok(Opinion { verdict, reasons })
}

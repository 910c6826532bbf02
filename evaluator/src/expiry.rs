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
    let Opinion { verdict: Verdict::Exclude { kind, until: Some(until) }, labels, reasons } = opinion else {
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
    Ok(Opinion { verdict, labels, reasons })
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use holdfast_rule_set::ExclusionKind;

    use super::*;
    use crate::model::Labels;

    fn exclusion(until: &str) -> Opinion {
        let verdict = Verdict::Exclude { kind: ExclusionKind::Ephemeral, until: Some(until.to_owned()) };
        Opinion { verdict, labels: Labels::new(), reasons: Vec::new() }
    }

    /// The same moment, written for a place this many minutes east of Greenwich.
    fn written(at: Timestamp, offset: i64) -> Option<String> {
        let local = at.checked_add(SignedDuration::from_mins(offset)).ok()?.to_string();
        let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.abs());
        Some(format!("{}{sign}{:02}:{:02}", local.trim_end_matches('Z'), minutes / 60, minutes % 60))
    }

    fn config() -> ProptestConfig {
        ProptestConfig { failure_persistence: None, cases: 1000, ..ProptestConfig::default() }
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn an_exclusion_has_expired_once_its_time_is_not_after_the_event(
            now in 1_700_000_000_000_000_i64..1_900_000_000_000_000, ahead in -3_i64..=3,
            far in any::<bool>(), offset in -14 * 60_i64..=14 * 60,
        ) {
            let ahead = if far { ahead * 86_400_000_000 } else { ahead };
            let failed = |error: jiff::Error| TestCaseError::fail(error.to_string());
            let at = |micros| Timestamp::from_microsecond(micros).map_err(failed);
            let until = written(at(now + ahead)?, offset).unwrap_or_default();
            let heeded = heed(exclusion(&until), &at(now)?.to_string());
            let expected = match ahead <= 0 {
                true => Verdict::Expired { kind: ExclusionKind::Ephemeral, until },
                false => exclusion(&until).verdict,
            };
            prop_assert_eq!(heeded.map(|opinion| opinion.verdict), Ok(expected));
        }

        #[test]
        fn a_time_that_cannot_be_read_is_a_failure_of_the_rule(text in "[ -~]{0,24}") {
            prop_assume!(text.parse::<Timestamp>().is_err());
            let heeded = heed(exclusion(&text), "2026-01-01T00:00:00Z");
            prop_assert_eq!(heeded, Err(RuleFailure::Until { until: text }));
        }
    }

    #[test]
    fn near_misses_are_no_times() {
        for until in ["", "2026-12-31", "2026-12-31T00:00:00", "2026-02-30T00:00:00Z", "tomorrow"] {
            let failure = heed(exclusion(until), "2026-01-01T00:00:00Z").map_err(|error| error.to_string());
            let expected = format!("it excludes until `{until}`, which is not an RFC 3339 time");
            assert!(failure.is_err_and(|message| message.starts_with(&expected)), "{until}");
        }
    }

    #[test]
    fn without_an_until_the_time_of_the_event_is_not_looked_at() {
        let verdict = Verdict::Exclude { kind: ExclusionKind::OptedOut, until: None };
        let opinion = Opinion { verdict, labels: Labels::new(), reasons: Vec::new() };
        assert_eq!(heed(opinion.clone(), "no time"), Ok(opinion));
        let failure = heed(exclusion("2026-12-31T00:00:00Z"), "no time").map_err(|error| error.to_string());
        let expected = "the event time `no time` is not an RFC 3339 time, so its exclusion cannot be judged";
        assert_eq!(failure, Err(expected.to_owned()));
    }
}

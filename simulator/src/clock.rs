//! Instants as Azure prints them. The clock itself is shared with Storage, so that everything waits by the same hand.

use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};

pub(crate) use holdfast_simulator_storage::Clock;

/// An instant with seven decimals, as Azure prints start and creation times.
pub(crate) fn precise(at: Timestamp) -> String {
    let ticks = at.subsec_nanosecond().max(0) / 100;
    format!("{}.{ticks:07}Z", at.strftime("%Y-%m-%dT%H:%M:%S"))
}

/// An instant in whole seconds, as Azure prints the end of an operation.
pub(crate) fn whole_seconds(at: Timestamp) -> String {
    format!("{}Z", at.strftime("%Y-%m-%dT%H:%M:%S"))
}

/// The instant `days` after `from` by the calendar: schedules go by that, and so does what is kept for days, however much waits are
/// shortened; at the speed of waits, a point would be gone before the next backup of its schedule.
pub(crate) fn days_after(from: Timestamp, days: i64) -> Timestamp {
    from.checked_add(SignedDuration::from_secs(days.saturating_mul(86_400))).unwrap_or(Timestamp::MAX)
}

/// An instant as HTTP headers write it.
pub(crate) fn http_date(at: Timestamp) -> String {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&at).unwrap_or_else(|_| at.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_carry_seven_decimals() -> anyhow::Result<()> {
        let at: Timestamp = "2024-06-27T05:07:59.3342129Z".parse()?;
        assert_eq!(precise(at), "2024-06-27T05:07:59.3342129Z");
        assert_eq!(whole_seconds(at), "2024-06-27T05:07:59Z");
        assert_eq!(http_date(at), "Thu, 27 Jun 2024 05:07:59 GMT");
        Ok(())
    }

    #[test]
    fn days_are_those_of_the_calendar() -> anyhow::Result<()> {
        let at: Timestamp = "2024-02-28T05:07:59Z".parse()?;
        assert_eq!(days_after(at, 2).to_string(), "2024-03-01T05:07:59Z");
        assert_eq!(days_after(at, i64::MAX), Timestamp::MAX);
        Ok(())
    }
}

//! The one place where the handler reads the time.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// Now.
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// Midnight before now, UTC.
pub(crate) fn start_of_day() -> Timestamp {
    let now = now();
    let midnight = now.to_zoned(TimeZone::UTC).start_of_day();
    midnight.map_or_else(|_| now.saturating_sub(24.hours()).unwrap_or(now), |midnight| midnight.timestamp())
}

/// Hours since 1970: what counts the turns of the sweep.
pub(crate) fn hours() -> u64 {
    u64::try_from(now().as_second() / 3600).unwrap_or_default()
}

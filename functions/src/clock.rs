//! The one place where the handler reads the time.

use jiff::Timestamp;

/// Now.
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// Hours since 1970: what counts the turns of the sweep.
pub(crate) fn hours() -> u64 {
    u64::try_from(now().as_second() / 3600).unwrap_or_default()
}

//! How far Azure's clock is ahead of ours: its answers say what time it is there.

use std::sync::atomic::{AtomicI64, Ordering};

use azure_core::http::headers::Headers;
use azure_core::time::parse_rfc7231;
use jiff::{SignedDuration, Timestamp};

/// Less than this is how long an answer was on its way, and no difference.
const NO_DIFFERENCE: SignedDuration = SignedDuration::from_secs(60);

/// What the last answer told of Azure's clock.
#[derive(Debug, Default)]
pub(super) struct AzuresTime {
    seconds_ahead: AtomicI64,
}

impl AzuresTime {
    /// Reads the date of an answer that came at `now`.
    pub(super) fn saw_headers(&self, headers: &Headers, now: Timestamp) {
        let date = headers.get_optional_str(&"date".into()).and_then(|date| parse_rfc7231(date).ok());
        let Some(shown) = date.and_then(|date| Timestamp::from_second(date.unix_timestamp()).ok()) else {
            return;
        };
        let ahead = shown.duration_since(now);
        let ahead = if ahead.abs() < NO_DIFFERENCE { 0 } else { ahead.as_secs() };
        self.seconds_ahead.store(ahead, Ordering::Relaxed);
    }

    /// What Azure's clock shows when ours shows `now`.
    pub(super) fn at(&self, now: Timestamp) -> Timestamp {
        let ahead = SignedDuration::from_secs(self.seconds_ahead.load(Ordering::Relaxed));
        now.checked_add(ahead).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_wrong_is_told_from_an_answer_that_took_its_time() {
        let time = AzuresTime::default();
        let now: Timestamp = "2026-01-14T02:30:00Z".parse().unwrap();
        assert_eq!(time.at(now), now, "before the first answer");
        for (date, then) in [
            ("Wed, 14 Jan 2026 02:29:55 GMT", "2026-01-14T02:30:00Z"),
            ("Wed, 14 Jan 2026 12:30:00 GMT", "2026-01-14T12:30:00Z"),
            ("Tue, 13 Jan 2026 02:30:00 GMT", "2026-01-13T02:30:00Z"),
            ("yesterday", "2026-01-13T02:30:00Z"),
        ] {
            let mut headers = Headers::new();
            headers.insert("date", date);
            time.saw_headers(&headers, now);
            assert_eq!(time.at(now), then.parse().unwrap(), "{date}");
        }
    }
}

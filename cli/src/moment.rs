//! Points in time as people type them.

use std::str::FromStr;
use std::time::Duration;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, Zoned};
use serde_json::Value;

/// A point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment(pub(crate) Timestamp);

/// The text is not a point in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoMoment(String);

impl FromStr for Moment {
    type Err = NoMoment;

    /// Reads an RFC 3339 time, a date (its beginning), or how long ago, such as `7d` or `12h`; in UTC unless it says
    /// otherwise.
    fn from_str(text: &str) -> Result<Self, NoMoment> {
        Self::read(text, Timestamp::now()).ok_or_else(|| NoMoment(text.to_owned()))
    }
}

impl Moment {
    fn read(text: &str, now: Timestamp) -> Option<Self> {
        if let Ok(timestamp) = text.parse() {
            return Some(Self(timestamp));
        }
        if let Ok(time) = text.parse::<DateTime>() {
            return time.to_zoned(TimeZone::UTC).ok().map(|zoned| Self(zoned.timestamp()));
        }
        let ago: Span = text.parse().ok()?;
        let then = Zoned::new(now, TimeZone::UTC).checked_sub(ago.abs()).ok()?;
        Some(Self(then.timestamp()))
    }
}

/// When something ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Until(String);

impl FromStr for Until {
    type Err = String;

    /// Reads an RFC 3339 time, a date (which ends with it), or how far away, such as `30d`.
    fn from_str(text: &str) -> Result<Self, String> {
        Self::read(text, Timestamp::now()).ok_or_else(|| {
            format!(
                "`{text}` is not a valid time; use 2026-01-31T08:00:00Z, 2026-01-31 (to its end in UTC), or how far away, \
                 such as 30d"
            )
        })
    }
}

impl Until {
    fn read(text: &str, now: Timestamp) -> Option<Self> {
        if text.parse::<Timestamp>().is_ok() {
            return Some(Self(text.to_owned()));
        }
        // A date is also the beginning of a time.
        if text.len() == "2026-01-31".len() && text.parse::<Date>().is_ok() {
            return Some(Self(text.to_owned()));
        }
        let away: Span = text.parse().ok()?;
        let then = Zoned::new(now, TimeZone::UTC).checked_add(away.abs()).ok()?;
        Some(Self(then.timestamp().to_string()))
    }

    /// Says it in the body of a request.
    pub(crate) fn put(until: Option<Self>, body: &mut Value) {
        if let (Some(Self(until)), Some(body)) = (until, body.as_object_mut()) {
            body.insert("until".to_owned(), Value::from(until));
        }
    }
}

/// How long a command waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RetryTime(pub(crate) Duration);

impl FromStr for RetryTime {
    type Err = String;

    /// Reads a length of time such as `90s`, `30m` or `2h`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a valid length of time; use 90s, 30m or 2h");
        let span: SignedDuration = text.parse().map_err(|_| wrong())?;
        Duration::try_from(span).map(Self).map_err(|_| wrong())
    }
}

impl std::error::Error for NoMoment {}

impl std::fmt::Display for NoMoment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(text) = self;
        write!(
            f,
            "`{text}` is not a valid time; use 2026-01-31T08:00:00Z, 2026-01-31 (from its beginning in UTC), or how long ago, \
             such as 7d or 12h"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_dates_and_spans_are_read() {
        let now = "2026-01-31T12:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("2026-01-01T02:00:00+01:00", "2026-01-01T01:00:00Z"),
            ("2026-01-01", "2026-01-01T00:00:00Z"),
            ("2026-01-01 08:30:00", "2026-01-01T08:30:00Z"),
            ("7d", "2026-01-24T12:00:00Z"),
            ("-12h", "2026-01-31T00:00:00Z"),
            ("1 month", "2025-12-31T12:00:00Z"),
            ("P1D", "2026-01-30T12:00:00Z"),
        ] {
            let read = Moment::read(text, now);
            assert_eq!(read, expected.parse().ok().map(Moment), "{text}");
        }
        for text in ["", "yesterday", "2026-02-30", "7", "12:00"] {
            assert_eq!(Moment::read(text, now), None, "{text}");
        }
        let until = |text| Until::read(text, now).map(|Until(text)| text);
        assert_eq!(until("30d").as_deref(), Some("2026-03-02T12:00:00Z"));
        for text in ["2026-03-01", "2026-03-01T00:00:00+01:00"] {
            assert_eq!(until(text).as_deref(), Some(text));
        }
        assert_eq!((until("soon"), until("2026-02-30")), (None, None));
        assert_eq!("30m".parse(), Ok(RetryTime(Duration::from_secs(1800))));
        for text in ["-1h", "soon", "5", ""] {
            let error = text.parse::<RetryTime>().unwrap_err();
            assert!(error.contains("use 90s, 30m or 2h"), "{error}");
        }
        assert!(NoMoment("x".into()).to_string().contains("`x` is not a valid time"));
    }
}

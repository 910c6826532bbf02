//! Short retries: what a second can cure is not worth a trip through the queue.

use std::time::Duration;

use azure_core::error::ErrorKind;
use azure_core::http::Method;
use azure_core::http::headers::Headers;
use azure_core::time::{OffsetDateTime, parse_rfc7231};

use super::transport::{Answer, Failure};

/// Pauses before the second and third try, unless Azure names longer ones.
pub(super) const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(600)];
/// All waiting of one call together. What Azure wants to wait longer goes back to the caller.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// How long to wait before trying again; none if trying again is pointless or could do a thing twice.
pub(super) fn pause_before_retry(
    method: Method,
    result: &Result<Answer, Failure>,
    pause: Duration,
) -> Option<Duration> {
    let repeatable = method != Method::Post;
    let first = PAUSES.first() == Some(&pause);
    match result {
        Ok(answer) => match answer.status {
            // Azure did not take the request: even an on-demand backup may be asked for again.
            429 | 503 => Some(retry_after(&answer.headers).map_or(pause, |wait| wait.max(pause))),
            // The token was dropped with this answer: the next try gets a new one.
            401 => first.then_some(Duration::ZERO),
            408 | 500 | 502 | 504 => repeatable.then_some(pause),
            _ => None,
        },
        Err(Failure::Unanswered(error)) => match error.kind() {
            ErrorKind::Connection => Some(pause),
            ErrorKind::Io => repeatable.then_some(pause),
            _ => None,
        },
        // The governor has named the time: it does not change by asking again.
        Err(Failure::HeldBack(_) | Failure::TooLarge) => None,
    }
}

/// When Azure wants to be asked again: `Retry-After` in seconds or as a date, its millisecond
/// relatives, or the reset time of the Resource Graph quota.
pub(super) fn retry_after(headers: &Headers) -> Option<Duration> {
    let text = |name: &'static str| {
        headers.get_optional_str(&name.into()).map(|value| value.trim_matches(['"', ' ']))
    };
    let milliseconds = |name| text(name).and_then(|value| value.parse().ok()).map(Duration::from_millis);
    text("retry-after")
        .and_then(|value| seconds_or_date(value, text("date")))
        .or_else(|| milliseconds("retry-after-ms"))
        .or_else(|| milliseconds("x-ms-retry-after-ms"))
        .or_else(|| quota_resets_after(headers))
}

/// A date counts from Azure's clock, not from ours, which may be wrong.
fn seconds_or_date(text: &str, azures_now: Option<&str>) -> Option<Duration> {
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let now = azures_now.and_then(|date| parse_rfc7231(date).ok()).unwrap_or_else(OffsetDateTime::now_utc);
    Some((parse_rfc7231(text).ok()? - now).try_into().unwrap_or(Duration::ZERO))
}

/// When Resource Graph's quota is full again.
pub(super) fn quota_resets_after(headers: &Headers) -> Option<Duration> {
    headers.get_optional_str(&"x-ms-user-quota-resets-after".into()).and_then(clock_time)
}

/// `hh:mm:ss`, as Resource Graph writes it.
fn clock_time(text: &str) -> Option<Duration> {
    let mut seconds: u64 = 0;
    for part in text.split(':') {
        let part: f64 = part.parse().ok().filter(|part| (0.0..100_000.0).contains(part))?;
        // Quota windows are a few seconds: a fraction is rounded up to the next whole one.
        seconds = seconds.saturating_mul(60).saturating_add(part.ceil() as u64);
    }
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_retry_after_is_understood() {
        let after = |name: &'static str, value: &'static str| {
            let mut headers = Headers::new();
            headers.insert(name, value);
            retry_after(&headers)
        };
        assert_eq!(after("retry-after", "17"), Some(Duration::from_secs(17)));
        assert_eq!(after("retry-after", "\"60\""), Some(Duration::from_secs(60)));
        assert_eq!(after("retry-after", "Fri, 01 Jan 2021 00:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(after("x-ms-retry-after-ms", "250"), Some(Duration::from_millis(250)));
        assert_eq!(after("x-ms-user-quota-resets-after", "00:01:05"), Some(Duration::from_secs(65)));
        assert_eq!(after("retry-after", "soon"), None);
    }

    #[test]
    fn a_date_counts_from_azures_clock_however_wrong_ours_is() {
        let mut headers = Headers::new();
        headers.insert("date", "Fri, 01 Jan 2021 00:00:00 GMT");
        headers.insert("retry-after", "Fri, 01 Jan 2021 00:00:42 GMT");
        assert_eq!(retry_after(&headers), Some(Duration::from_secs(42)));
    }
}

//! Short retries: what a few seconds can cure is not worth a trip through the queue.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::error::ErrorKind;
use azure_core::http::headers::Headers;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Context, Method, Request};
use azure_core::time::{OffsetDateTime, parse_rfc7231};

/// Pauses before the second and third try, unless Azure names longer ones.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(1)];
/// All waiting of one call together. What Azure wants to wait longer goes back to the caller.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Tries a call up to three times, as long as the waiting stays short.
#[derive(Debug)]
pub(super) struct ShortRetries;

#[async_trait]
impl Policy for ShortRetries {
    async fn send(&self, ctx: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let Some((policy, rest)) = next.split_first() else {
            return Err(azure_core::Error::with_message(ErrorKind::Other, "the pipeline has no transport"));
        };
        let mut waited = Duration::ZERO;
        for pause in PAUSES {
            let result = policy.send(ctx, request, rest).await;
            let Some(wait) = pause_before_retry(request.method(), &result, pause) else { return result };
            waited = waited.saturating_add(wait);
            if waited > LONGEST_WAIT {
                return result;
            }
            tokio::time::sleep(wait).await;
            request.body_mut().reset().await?;
        }
        policy.send(ctx, request, rest).await
    }
}

/// How long to wait before trying again; none if trying again is pointless or could do a thing twice.
fn pause_before_retry(method: Method, result: &PolicyResult, pause: Duration) -> Option<Duration> {
    let repeatable = method != Method::Post;
    match result {
        Ok(response) => match u16::from(response.status()) {
            // Azure did not take the request: even an on-demand backup may be asked for again.
            429 | 503 => Some(retry_after(response.headers()).map_or(pause, |wait| wait.max(pause))),
            408 | 500 | 502 | 504 => repeatable.then_some(pause),
            _ => None,
        },
        Err(error) => match error.kind() {
            ErrorKind::Connection => Some(pause),
            ErrorKind::Io => repeatable.then_some(pause),
            _ => None,
        },
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
        .and_then(seconds_or_date)
        .or_else(|| milliseconds("retry-after-ms"))
        .or_else(|| milliseconds("x-ms-retry-after-ms"))
        .or_else(|| text("x-ms-user-quota-resets-after").and_then(clock_time))
}

fn seconds_or_date(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = parse_rfc7231(text).ok()? - OffsetDateTime::now_utc();
    Some(until.try_into().unwrap_or(Duration::ZERO))
}

/// `hh:mm:ss`, as Resource Graph writes it.
pub(super) fn clock_time(text: &str) -> Option<Duration> {
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
}

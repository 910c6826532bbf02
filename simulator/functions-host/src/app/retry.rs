//! Retry policies of a function.

use std::time::Duration;

use serde::Deserialize;

use super::time_span;

/// How often and how late a failed invocation is tried again, in memory.
#[derive(Debug)]
pub(crate) struct Retry {
    /// `None` for ever.
    pub(crate) most: Option<u32>,
    first_delay: Duration,
    longest_delay: Duration,
}

#[derive(Deserialize)]
#[serde(tag = "strategy", rename_all = "camelCase")]
pub(crate) enum RawRetry {
    #[serde(rename_all = "camelCase")]
    FixedDelay { max_retry_count: i32, delay_interval: String },
    #[serde(rename_all = "camelCase")]
    ExponentialBackoff { max_retry_count: i32, minimum_interval: String, maximum_interval: String },
}

impl RawRetry {
    pub(crate) fn check(self) -> Result<Retry, String> {
        let span = |text: &str| {
            time_span::parse(text).ok_or_else(|| format!("retry: \"{text}\" must be written as hh:mm:ss"))
        };
        let (count, first_delay, longest_delay) = match &self {
            Self::FixedDelay { max_retry_count, delay_interval } => {
                (*max_retry_count, span(delay_interval)?, span(delay_interval)?)
            }
            Self::ExponentialBackoff { max_retry_count, minimum_interval, maximum_interval } => {
                (*max_retry_count, span(minimum_interval)?, span(maximum_interval)?)
            }
        };
        Ok(Retry { most: u32::try_from(count).ok(), first_delay, longest_delay })
    }
}

impl Retry {
    /// The wait before retry number `retry`, counted from 1; `None` if it may not be tried again.
    pub(crate) fn delay(&self, retry: u32) -> Option<Duration> {
        if self.most.is_some_and(|most| retry > most) {
            return None;
        }
        let factor = 2u32.saturating_pow(retry.saturating_sub(1));
        Some(self.first_delay.saturating_mul(factor).min(self.longest_delay))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Retry {
        serde_json::from_str::<RawRetry>(json).unwrap().check().unwrap()
    }

    #[test]
    fn waits_and_gives_up() {
        let fixed = read(r#"{"strategy":"fixedDelay","maxRetryCount":2,"delayInterval":"00:00:10"}"#);
        let delays: Vec<_> = (1..4).map(|retry| fixed.delay(retry).map(|delay| delay.as_secs())).collect();
        assert_eq!(delays, [Some(10), Some(10), None]);
        let growing = read(
            r#"{"strategy":"exponentialBackoff","maxRetryCount":-1,"minimumInterval":"00:00:02","maximumInterval":"00:00:05"}"#,
        );
        let delays: Vec<_> = (1..4).map(|retry| growing.delay(retry).map(|delay| delay.as_secs())).collect();
        assert_eq!(delays, [Some(2), Some(4), Some(5)]);
    }
}

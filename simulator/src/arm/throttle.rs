//! Token buckets per subscription, caller and kind of operation, as ARM has applied since 2024.
//!
//! Sizes and refill rates: learn.microsoft.com, "Understand how Azure Resource Manager throttles requests".

use std::collections::BTreeMap;

use axum::http::Method;
use jiff::Timestamp;

use super::ArmError;
use crate::clock::Clock;

/// What a call costs a token of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Reads,
    Writes,
    Deletes,
}

impl Kind {
    pub(crate) fn of(method: &Method) -> Self {
        match *method {
            Method::GET | Method::HEAD => Self::Reads,
            Method::DELETE => Self::Deletes,
            _ => Self::Writes,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Writes => "writes",
            Self::Deletes => "deletes",
        }
    }

    /// Bucket size and refill per second.
    fn rate(self) -> (f64, f64) {
        match self {
            Self::Reads => (250.0, 25.0),
            Self::Writes | Self::Deletes => (200.0, 10.0),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    filled: Timestamp,
}

/// All buckets.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    buckets: BTreeMap<(String, Kind), Bucket>,
}

impl Throttle {
    /// Takes a token for one call and returns how many are left; refuses with 429 when the bucket is empty.
    pub(crate) fn take(
        &mut self,
        clock: Clock,
        scope: &str,
        caller: &str,
        kind: Kind,
    ) -> Result<u64, ArmError> {
        let (size, refill) = kind.rate();
        let now = clock.now();
        let bucket = self
            .buckets
            .entry((format!("{scope}|{caller}"), kind))
            .or_insert(Bucket { tokens: size, filled: now });
        let elapsed = now.duration_since(bucket.filled).as_secs_f64().max(0.0);
        bucket.tokens = (bucket.tokens + elapsed * refill * clock.speed()).min(size);
        bucket.filled = now;
        if bucket.tokens < 1.0 {
            let wait = clock.retry_after(((1.0 - bucket.tokens) / refill).max(1.0));
            return Err(refusal(scope, kind, wait));
        }
        bucket.tokens -= 1.0;
        Ok(bucket.tokens as u64)
    }
}

fn refusal(scope: &str, kind: Kind, wait: u64) -> ArmError {
    let message = format!(
        "Number of '{}' for subscription '{scope}' exceeded the limit. Please try again after '{wait}' seconds.",
        kind.word()
    );
    ArmError::new(axum::http::StatusCode::TOO_MANY_REQUESTS, "SubscriptionRequestsThrottled", message)
        .with_header("retry-after", wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_bucket_refuses_and_says_when_to_return() {
        let mut throttle = Throttle::default();
        let clock = Clock::new(0.001);
        let taken = (0..300).take_while(|_| throttle.take(clock, "s", "me", Kind::Writes).is_ok()).count();
        assert!((200..=201).contains(&taken), "{taken} writes passed");
        let refusal = throttle.take(clock, "s", "me", Kind::Writes).unwrap_err();
        assert_eq!(refusal.status, 429);
        assert!(refusal.headers.iter().any(|(name, _)| *name == "retry-after"));
        assert!(throttle.take(clock, "s", "me", Kind::Reads).is_ok());
        assert!(throttle.take(clock, "s", "somebody else", Kind::Writes).is_ok());
    }
}

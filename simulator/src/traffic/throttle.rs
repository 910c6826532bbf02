//! Token buckets per region, subscription, caller and kind of operation, as ARM has applied since 2024, and one fifteen
//! times as large for all callers of a subscription together.
//!
//! Sizes and refill rates: learn.microsoft.com, "Understand how Azure Resource Manager throttles requests".

use std::collections::BTreeMap;

use axum::http::Method;
use jiff::Timestamp;

use crate::clock::Clock;
use crate::config::Throttling;
use crate::wire::ArmError;

/// How much larger the bucket is that all callers share.
const GLOBAL: f64 = 15.0;

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

    pub(crate) fn word(self) -> &'static str {
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

/// How many calls are left after one was let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) own: u64,
    pub(crate) global: u64,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    filled: Timestamp,
}

impl Bucket {
    fn refill(&mut self, clock: &Clock, (size, rate): (f64, f64)) {
        let now = clock.now();
        let elapsed = now.duration_since(self.filled).as_secs_f64().max(0.0);
        self.tokens = (self.tokens + elapsed * rate * clock.speed()).min(size);
        self.filled = now;
    }
}

/// All buckets.
#[derive(Debug)]
pub(crate) struct Throttle {
    limits: Throttling,
    /// The region by which calls enter ARM, as the routing id spells it.
    pub(crate) region: String,
    buckets: BTreeMap<(String, Kind), Bucket>,
}

impl Throttle {
    pub(crate) fn new(limits: Throttling) -> Self {
        Self { limits, region: "WESTEUROPE".to_owned(), buckets: BTreeMap::new() }
    }

    /// Sets other limits; the buckets are full again.
    pub(crate) fn limit(&mut self, limits: Throttling) {
        self.limits = limits;
        self.buckets.clear();
    }

    /// Takes a token for one call from the caller's bucket and from the global one; refuses with 429 when either is
    /// empty.
    pub(crate) fn take(
        &mut self,
        clock: &Clock,
        scope: &str,
        caller: &str,
        kind: Kind,
    ) -> Result<Left, ArmError> {
        let (size, rate) = kind.rate();
        let factor = match self.limits {
            Throttling::Off => {
                return Ok(Left { own: size as u64 - 1, global: (size * GLOBAL) as u64 - 1 });
            }
            Throttling::Azure => 1.0,
            Throttling::Scaled(factor) => factor,
        };
        let own = (size * factor, rate * factor);
        let global = (own.0 * GLOBAL, own.1 * GLOBAL);
        let names = [
            (format!("{}|{scope}|{caller}", self.region), own),
            (format!("{}|{scope}", self.region), global),
        ];
        for (name, rate) in &names {
            let fresh = Bucket { tokens: rate.0, filled: clock.now() };
            let bucket = self.buckets.entry((name.clone(), kind)).or_insert(fresh);
            bucket.refill(clock, *rate);
            if bucket.tokens < 1.0 {
                let wait = clock.retry_after(((1.0 - bucket.tokens) / rate.1).max(1.0));
                return Err(refusal(scope, kind, wait));
            }
        }
        let [own, global] = names.map(|(name, _)| {
            let Some(bucket) = self.buckets.get_mut(&(name, kind)) else { return 0 };
            bucket.tokens -= 1.0;
            bucket.tokens as u64
        });
        Ok(Left { own, global })
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

    fn frozen() -> Clock {
        let clock = Clock::new(1.0);
        clock.freeze(true);
        clock
    }

    #[test]
    fn an_empty_bucket_refuses_and_says_when_to_return() {
        let (mut throttle, clock) = (Throttle::new(Throttling::Azure), frozen());
        let taken = (0..300).take_while(|_| throttle.take(&clock, "s", "me", Kind::Writes).is_ok()).count();
        assert_eq!(taken, 200);
        let refusal = throttle.take(&clock, "s", "me", Kind::Writes).unwrap_err();
        assert_eq!(refusal.status, 429);
        assert!(refusal.headers.iter().any(|(name, _)| *name == "retry-after"));
        assert!(throttle.take(&clock, "s", "me", Kind::Reads).is_ok());
        assert!(throttle.take(&clock, "s", "somebody else", Kind::Writes).is_ok());
        throttle.region = "NORTHEUROPE".to_owned();
        assert!(
            throttle.take(&clock, "s", "me", Kind::Writes).is_ok(),
            "another region has buckets of its own"
        );
        clock.move_to(clock.after(clock.now(), 1.0));
        throttle.region = "WESTEUROPE".to_owned();
        let refilled =
            (0..300).take_while(|_| throttle.take(&clock, "s", "me", Kind::Writes).is_ok()).count();
        assert_eq!(refilled, 10);
    }

    #[test]
    fn fifteen_callers_empty_the_bucket_of_the_subscription() {
        let (mut throttle, clock) = (Throttle::new(Throttling::Azure), frozen());
        for caller in 0..15 {
            for _ in 0..200 {
                assert!(throttle.take(&clock, "s", &caller.to_string(), Kind::Deletes).is_ok());
            }
        }
        assert!(throttle.take(&clock, "s", "the sixteenth", Kind::Deletes).is_err());
        assert!(throttle.take(&clock, "another", "the sixteenth", Kind::Deletes).is_ok());
    }

    #[test]
    fn limits_can_be_scaled_and_switched_off() {
        let (mut throttle, clock) = (Throttle::new(Throttling::Scaled(0.05)), frozen());
        let taken = (0..300).take_while(|_| throttle.take(&clock, "s", "me", Kind::Writes).is_ok()).count();
        assert_eq!(taken, 10);
        throttle.limit(Throttling::Off);
        assert!((0..300).all(|_| throttle.take(&clock, "s", "me", Kind::Writes).is_ok()));
    }
}

//! One token bucket of Azure's, as far as its answers let us know it.

use std::time::Duration;

/// What is believed of a bucket. Times are the clock's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bucket {
    /// Most that it holds.
    pub(super) size: f64,
    /// Refill per second that Azure documents: more is never believed.
    documented: f64,
    /// Refill per second as answers show it; others may draw on the same bucket.
    pub(super) refill: f64,
    tokens: f64,
    at: Duration,
    closed_until: Duration,
    in_flight: u32,
    /// Calls for which room was promised to looks that are under way.
    promised: f64,
    anchor: Option<Anchor>,
}

/// An answer from which the refill is measured.
#[derive(Debug, Clone, Copy)]
struct Anchor {
    at: Duration,
    remaining: f64,
    answers: f64,
}

/// Below this time, rounding in the headers hides the refill.
const MEASURABLE: Duration = Duration::from_secs(2);
/// How much a new measurement counts.
const WEIGHT: f64 = 0.3;
/// The least share of the documented refill that is believed: with less, nothing would ever be tried.
const LEAST_SHARE: f64 = 0.05;

impl Bucket {
    /// A full bucket.
    pub(super) fn new(size: f64, refill: f64, now: Duration) -> Self {
        Self {
            size,
            documented: refill,
            refill,
            tokens: size,
            at: now,
            closed_until: Duration::ZERO,
            in_flight: 0,
            promised: 0.0,
            anchor: None,
        }
    }

    /// Tokens there are by now.
    fn free(&mut self, now: Duration) -> f64 {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.tokens = (self.tokens + passed * self.refill).min(self.size);
        self.at = self.at.max(now);
        self.tokens
    }

    /// How long until a pass of `count` calls can begin and `reserve` is left; zero when it can begin now.
    pub(super) fn wait_for(&mut self, count: f64, reserve: f64, now: Duration) -> Duration {
        self.wait(count + reserve.min(self.size - count).max(0.0) + self.promised, now)
    }

    /// How long until one call can be made: what was promised was promised for such calls.
    pub(super) fn wait_to_send(&mut self, now: Duration) -> Duration {
        self.wait(1.0, now)
    }

    fn wait(&mut self, tokens: f64, now: Duration) -> Duration {
        let missing = tokens - self.free(now);
        let filled =
            if missing > 0.0 { Duration::from_secs_f64(missing / self.refill) } else { Duration::ZERO };
        filled.max(self.closed_until.saturating_sub(now))
    }

    /// A call leaves.
    pub(super) fn sent(&mut self, now: Duration) {
        self.tokens = self.free(now) - 1.0;
        self.in_flight += 1;
    }

    /// A call is over, with or without an answer.
    pub(super) fn over(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    pub(super) fn promise(&mut self, count: f64) {
        self.promised += count;
    }

    pub(super) fn release(&mut self, count: f64) {
        self.promised = (self.promised - count).max(0.0);
    }

    /// An answer says how much is left.
    pub(super) fn saw_headers(&mut self, remaining: f64, now: Duration) {
        self.free(now);
        self.size = self.size.max(remaining);
        self.tokens = remaining - f64::from(self.in_flight.saturating_sub(1));
        let anchor = self.anchor.get_or_insert(Anchor { at: now, remaining, answers: 0.0 });
        anchor.answers += 1.0;
        let passed = now.saturating_sub(anchor.at);
        if passed < MEASURABLE {
            return;
        }
        // A bucket that was full on the way has refused some of its refill.
        if remaining + 1.0 < self.size && anchor.remaining + 1.0 < self.size {
            let measured = (remaining - anchor.remaining + anchor.answers) / passed.as_secs_f64();
            let believed = measured.clamp(self.documented * LEAST_SHARE, self.documented);
            self.refill += (believed - self.refill) * WEIGHT;
        }
        self.anchor = Some(Anchor { at: now, remaining, answers: 0.0 });
    }

    /// Azure refused a call and named a time: nobody asks before it.
    pub(super) fn close(&mut self, retry_after: Duration, now: Duration) {
        self.free(now);
        self.tokens = self.tokens.min(0.0);
        self.closed_until = self.closed_until.max(now.saturating_add(retry_after));
        self.anchor = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_reserve_is_kept_and_refilled() {
        let mut bucket = Bucket::new(10.0, 2.0, Duration::ZERO);
        for _ in 0..7 {
            assert_eq!(bucket.wait_for(1.0, 3.0, Duration::ZERO), Duration::ZERO);
            bucket.sent(Duration::ZERO);
            bucket.over();
        }
        assert_eq!(bucket.wait_for(1.0, 3.0, Duration::ZERO), SECOND / 2);
        assert_eq!(
            bucket.wait_for(1.0, 0.0, Duration::ZERO),
            Duration::ZERO,
            "the reserve is there for this"
        );
        assert_eq!(bucket.wait_for(1.0, 3.0, SECOND), Duration::ZERO);
    }

    #[test]
    fn headers_correct_the_count_and_the_refill() {
        let mut bucket = Bucket::new(250.0, 25.0, Duration::ZERO);
        // Others draw on it too: of 25 a second, 15 are left for us.
        for second in 0..40_u32 {
            let now = SECOND * second;
            bucket.sent(now);
            bucket.saw_headers(100.0 + f64::from(second) * 14.0 * 0.1, now);
            bucket.over();
        }
        assert!(bucket.refill < 4.0, "{}", bucket.refill);
        assert!(bucket.wait_for(200.0, 0.0, SECOND * 40) > SECOND);
    }

    #[test]
    fn a_refusal_closes_it_until_azure_takes_calls_again() {
        let mut bucket = Bucket::new(250.0, 25.0, Duration::ZERO);
        bucket.close(SECOND * 17, SECOND);
        assert_eq!(bucket.wait_for(1.0, 0.0, SECOND * 3), SECOND * 15);
        assert_eq!(bucket.wait_for(1.0, 0.0, SECOND * 18), Duration::ZERO);
    }

    #[test]
    fn what_was_promised_is_not_given_twice() {
        let mut bucket = Bucket::new(10.0, 1.0, Duration::ZERO);
        bucket.promise(8.0);
        assert_eq!(bucket.wait_for(4.0, 0.0, Duration::ZERO), SECOND * 2);
        bucket.release(8.0);
        assert_eq!(bucket.wait_for(4.0, 0.0, Duration::ZERO), Duration::ZERO);
    }
}

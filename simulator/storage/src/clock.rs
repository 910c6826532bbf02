//! The clock that a simulated Azure lives by: the time of day at first or an instant of one's choice; it can stand still and be moved.
//!
//! Every delay is an instant of this clock, so that half an hour of waiting costs a test nothing. What Storage only writes into its
//! answers is taken from `time_of_day` instead; nothing waits for that.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// A clock and the factor by which Azure's delays are shortened on it. Clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock {
    speed: f64,
    hand: Arc<Mutex<Hand>>,
}

#[derive(Debug)]
struct Hand {
    shown: Timestamp,
    /// When the clock showed that; absent, it stands still.
    since: Option<Instant>,
}

impl Hand {
    fn now(&self) -> Timestamp {
        let passed = self.since.map_or(Duration::ZERO, |since| since.elapsed());
        later(self.shown, passed)
    }
}

impl Clock {
    /// A running clock that shows the time of day, and on which delays are `speed` times shorter than Azure's.
    /// A factor that is no positive number counts as 1.
    #[must_use]
    pub fn new(speed: f64) -> Self {
        Self::with(Hand { shown: time_of_day(), since: Some(Instant::now()) }, speed)
    }

    /// The same, but it stands still and shows `at`.
    #[must_use]
    pub fn frozen_at(at: Timestamp, speed: f64) -> Self {
        Self::with(Hand { shown: at, since: None }, speed)
    }

    fn with(hand: Hand, speed: f64) -> Self {
        let speed = if speed.is_finite() && speed > 0.0 { speed } else { 1.0 };
        Self { speed, hand: Arc::new(Mutex::new(hand)) }
    }

    fn hand(&self) -> MutexGuard<'_, Hand> {
        self.hand.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many times faster than Azure.
    #[must_use]
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// What the clock shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.hand().now()
    }

    /// Whether the clock stands still.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.hand().since.is_none()
    }

    /// Makes the clock stand still, or run on from what it shows.
    pub fn freeze(&self, frozen: bool) {
        let mut hand = self.hand();
        hand.shown = hand.now();
        hand.since = (!frozen).then(Instant::now);
    }

    /// Moves the clock on to `at`; it never goes back.
    pub fn move_to(&self, at: Timestamp) {
        let mut hand = self.hand();
        hand.shown = hand.now().max(at);
        if hand.since.is_some() {
            hand.since = Some(Instant::now());
        }
    }

    /// How long `seconds` of Azure's time take on this clock.
    #[must_use]
    pub fn shortened(&self, seconds: f64) -> Duration {
        Duration::from_secs_f64((seconds / self.speed).clamp(0.0, 1e9))
    }

    /// The instant that lies `seconds` of Azure's time after `from`.
    #[must_use]
    pub fn after(&self, from: Timestamp, seconds: f64) -> Timestamp {
        later(from, self.shortened(seconds))
    }

    /// The value of a `Retry-After` header for `seconds` of Azure's time: whole seconds, at least one.
    #[must_use]
    pub fn retry_after(&self, seconds: f64) -> u64 {
        let whole = self.shortened(seconds).as_secs_f64().ceil();
        if whole >= 1.0 { whole as u64 } else { 1 }
    }
}

/// The time of day, by which Storage stamps its answers: `Date`, `Last-Modified`, creation times, entity tags, errors.
///
/// Clients sign with the time of day and send these stamps back in conditions such as `If-Modified-Since`: by a clock that
/// stands still, nothing would ever have been modified.
pub(crate) fn time_of_day() -> Timestamp {
    Timestamp::now()
}

fn later(from: Timestamp, span: Duration) -> Timestamp {
    let span = SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX);
    from.checked_add(span).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_shrink_with_speed_but_retry_after_stays_a_whole_second() {
        let clock = Clock::new(100.0);
        assert_eq!(clock.shortened(10.0), Duration::from_millis(100));
        assert_eq!(clock.retry_after(10.0), 1);
        assert_eq!(Clock::new(1.0).retry_after(10.0), 10);
        assert_eq!(Clock::new(20.0).after(Timestamp::UNIX_EPOCH, 10.0).as_millisecond(), 500);
    }

    #[test]
    fn a_factor_that_stops_or_reverses_time_counts_as_one() {
        for factor in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Clock::new(factor).retry_after(15.0), 15, "{factor}");
        }
    }

    #[test]
    fn a_frozen_clock_moves_only_when_it_is_moved_and_never_back() {
        let clock = Clock::new(1.0);
        clock.freeze(true);
        let other = clock.clone();
        let before = clock.now();
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(other.now(), before);
        let half_an_hour = clock.after(before, 1800.0);
        other.move_to(half_an_hour);
        clock.move_to(before);
        assert_eq!(clock.now(), half_an_hour);
        clock.freeze(false);
        std::thread::sleep(Duration::from_millis(2));
        assert!(other.now() > half_an_hour && !other.is_frozen());
    }
}

//! Time as the simulator keeps it: the wall clock, with every wait divided by the chosen speed.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// The wall clock together with the factor by which Azure's waits are shortened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    speed: f64,
}

impl Clock {
    /// A clock whose waits are `speed` times shorter than Azure's; a factor that is no positive number counts as 1.
    pub(crate) fn new(speed: f64) -> Self {
        let speed = if speed.is_finite() && speed > 0.0 { speed } else { 1.0 };
        Self { speed }
    }

    pub(crate) fn speed(self) -> f64 {
        self.speed
    }

    pub(crate) fn now(self) -> Timestamp {
        Timestamp::now()
    }

    /// How long `seconds` of Azure's time take here.
    pub(crate) fn shortened(self, seconds: f64) -> Duration {
        Duration::from_secs_f64((seconds / self.speed).clamp(0.0, 1e9))
    }

    /// The instant that lies `seconds` of Azure's time after `from`.
    pub(crate) fn after(self, from: Timestamp, seconds: f64) -> Timestamp {
        let span = SignedDuration::from_secs_f64(self.shortened(seconds).as_secs_f64());
        from.saturating_add(span).unwrap_or(from)
    }

    /// The value of a `Retry-After` header for `seconds` of Azure's time: whole seconds, at least one.
    pub(crate) fn retry_after(self, seconds: f64) -> u64 {
        let whole = self.shortened(seconds).as_secs_f64().ceil();
        if whole >= 1.0 { whole as u64 } else { 1 }
    }
}

/// An instant with seven decimals, as Azure prints start and creation times.
pub(crate) fn precise(at: Timestamp) -> String {
    let ticks = at.subsec_nanosecond().max(0) / 100;
    format!("{}.{ticks:07}Z", at.strftime("%Y-%m-%dT%H:%M:%S"))
}

/// An instant in whole seconds, as Azure prints the end of an operation.
pub(crate) fn whole_seconds(at: Timestamp) -> String {
    format!("{}Z", at.strftime("%Y-%m-%dT%H:%M:%S"))
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
        assert_eq!(Clock::new(f64::NAN).retry_after(15.0), 15);
    }

    #[test]
    fn instants_carry_seven_decimals() -> anyhow::Result<()> {
        let at: Timestamp = "2024-06-27T05:07:59.3342129Z".parse()?;
        assert_eq!(precise(at), "2024-06-27T05:07:59.3342129Z");
        assert_eq!(whole_seconds(at), "2024-06-27T05:07:59Z");
        Ok(())
    }
}

//! How much faster than Azure time passes.

use jiff::{SignedDuration, Timestamp};

/// A factor by which the service's delays are divided. Always finite and above zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speed(f64);

impl Speed {
    /// Delays as long as Azure's.
    pub const REAL: Self = Self(1.0);

    /// `None` unless the factor is finite and above zero.
    pub fn new(factor: f64) -> Option<Self> {
        (factor.is_finite() && factor > 0.0).then_some(Self(factor))
    }

    /// The moment that lies `seconds` of Azure's time after `start`.
    pub(crate) fn after(self, start: Timestamp, seconds: u32) -> Timestamp {
        let wait =
            SignedDuration::try_from_secs_f64(f64::from(seconds) / self.0).unwrap_or(SignedDuration::MAX);
        start.checked_add(wait).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divides_delays() {
        let speed = Speed::new(20.0).unwrap();
        assert_eq!(speed.after(Timestamp::UNIX_EPOCH, 10).as_millisecond(), 500);
    }

    #[test]
    fn refuses_factors_that_stop_or_reverse_time() {
        for factor in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Speed::new(factor), None, "{factor}");
        }
    }
}

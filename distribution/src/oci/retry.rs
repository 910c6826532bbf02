//! How long a busy registry is asked again.

use std::time::Duration;

/// How often a call is tried, and how long it may take.
#[derive(Debug, Clone, Copy)]
pub struct RetryTime {
    /// Tries in all.
    pub tries: u32,
    /// Wait before the second try; it doubles from try to try.
    pub first_wait: Duration,
    /// Longest wait, whatever a server asks for.
    pub longest_wait: Duration,
    /// How long a connection may take.
    pub connect: Duration,
    /// How long a server may be silent in the middle of an answer.
    pub silence: Duration,
    /// How long one try may take as a whole.
    pub whole: Duration,
}

impl Default for RetryTime {
    fn default() -> Self {
        Self {
            tries: 5,
            first_wait: Duration::from_millis(250),
            longest_wait: Duration::from_secs(20),
            connect: Duration::from_secs(10),
            silence: Duration::from_secs(20),
            whole: Duration::from_secs(120),
        }
    }
}

impl RetryTime {
    /// How long to wait after the failed try number `tried`; none if that was the last.
    pub(super) fn wait(&self, tried: u32, asked: Option<Duration>) -> Option<Duration> {
        if tried >= self.tries {
            return None;
        }
        let doubled = self.first_wait.saturating_mul(1_u32.checked_shl(tried - 1).unwrap_or(u32::MAX));
        Some(asked.unwrap_or(doubled).min(self.longest_wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_end() {
        let retry_time = RetryTime { tries: 4, ..RetryTime::default() };
        let waits: Vec<_> = (1..=4).map(|tried| retry_time.wait(tried, None)).collect();
        let ms = |ms| Some(Duration::from_millis(ms));
        assert_eq!(waits, [ms(250), ms(500), ms(1000), None]);
        assert_eq!(retry_time.wait(1, ms(3000)), ms(3000));
        assert_eq!(retry_time.wait(1, Some(Duration::from_secs(3600))), Some(retry_time.longest_wait));
    }
}

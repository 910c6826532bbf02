//! Time as the clients keep it: real, or held by a test.

use std::fmt;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use async_trait::async_trait;

/// A clock that never goes back, and that can be slept by.
#[async_trait]
pub trait Clock: fmt::Debug + Send + Sync {
    /// Time since some moment that stays the same.
    fn now(&self) -> Duration;

    /// Returns when `time` has passed.
    async fn sleep(&self, time: Duration);
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Duration {
        START.elapsed()
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

//! Counting crashes.

use std::time::{Duration, Instant};

/// Crashes that stop the host.
const LIMIT: u32 = 3;
/// After so long without a crash the count begins anew.
const FORGIVEN_AFTER: Duration = Duration::from_secs(30 * 60);

/// Crashes in a row.
#[derive(Debug, Default)]
pub(super) struct Strikes {
    count: u32,
    last: Option<Instant>,
}

impl Strikes {
    /// Counts one more crash; `true` if it was one too many.
    pub(super) fn add_reaches_limit(&mut self) -> bool {
        if self.last.is_some_and(|last| last.elapsed() > FORGIVEN_AFTER) {
            self.count = 0;
        }
        self.last = Some(Instant::now());
        self.count += 1;
        self.count >= LIMIT
    }
}

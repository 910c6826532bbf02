//! When those come back who were sent away: one after the other, as fast as Azure fills up again.

use std::collections::BTreeMap;
use std::time::Duration;

use holdfast_protection::priority::Priority;

/// The times that were given out, by priority.
#[derive(Debug, Default)]
pub(super) struct ReturnSchedule {
    next: BTreeMap<Priority, Duration>,
}

impl ReturnSchedule {
    /// The time to come back, not before `earliest`, behind all of the same or of a higher priority.
    ///
    /// `takes` is how long Azure needs to refill what the work costs.
    pub(super) fn place(&mut self, priority: Priority, earliest: Duration, takes: Duration) -> Duration {
        let ahead = self.next.range(priority..).map(|(_, next)| *next).max().unwrap_or_default();
        let at = ahead.max(earliest);
        self.next.insert(priority, at.saturating_add(takes));
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_important_come_back_first_and_no_two_together() {
        let second = Duration::from_secs;
        let mut returns = ReturnSchedule::default();
        let mut place = |priority| returns.place(priority, second(10), second(2)).as_secs();
        assert_eq!([place(Priority::Event), place(Priority::Event)], [10, 12]);
        assert_eq!([place(Priority::Urgent), place(Priority::Urgent)], [10, 12]);
        assert_eq!(place(Priority::Sweep), 14);
        assert_eq!(place(Priority::Pending), 10);
        assert_eq!(
            returns.place(Priority::Event, second(60), second(2)),
            second(60),
            "a quiet time is forgotten"
        );
    }
}

//! When those come back who were sent away: one after the other, as fast as Azure fills up again.

use std::collections::BTreeMap;
use std::time::Duration;

use holdfast_protection::importance::Importance;

/// The times that were given out, by importance.
#[derive(Debug, Default)]
pub(super) struct Book {
    next: BTreeMap<Importance, Duration>,
}

impl Book {
    /// The time to come back, not before `earliest`, behind all of the same or of greater importance.
    ///
    /// `takes` is how long Azure needs to refill what the work costs.
    pub(super) fn place(&mut self, importance: Importance, earliest: Duration, takes: Duration) -> Duration {
        let ahead = self.next.range(importance..).map(|(_, next)| *next).max().unwrap_or_default();
        let at = ahead.max(earliest);
        self.next.insert(importance, at.saturating_add(takes));
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_important_come_back_first_and_no_two_together() {
        let second = Duration::from_secs;
        let mut book = Book::default();
        let mut place = |importance| book.place(importance, second(10), second(2)).as_secs();
        assert_eq!([place(Importance::Event), place(Importance::Event)], [10, 12]);
        assert_eq!([place(Importance::Urgent), place(Importance::Urgent)], [10, 12]);
        assert_eq!(place(Importance::Sweep), 14);
        assert_eq!(place(Importance::Pending), 10);
        assert_eq!(
            book.place(Importance::Event, second(60), second(2)),
            second(60),
            "a quiet time is forgotten"
        );
    }
}

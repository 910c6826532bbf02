//! What happens by itself when its time has come.

use std::collections::BTreeMap;
use std::fmt::Debug;

use jiff::Timestamp;

use super::World;

/// Something that was started and ends later. Each provider has its own.
pub(crate) trait Effect: Debug + Send {
    /// Carries the effect out; `at` is when it was due.
    fn happen(self: Box<Self>, world: &mut World, at: Timestamp);
}

/// Effects in the order in which they are due; those of one instant in the order in which they were begun.
#[derive(Debug, Default)]
pub(super) struct Timers {
    due: BTreeMap<(Timestamp, u64), Box<dyn Effect>>,
    scheduled: u64,
}

impl Timers {
    pub(super) fn schedule(&mut self, at: Timestamp, effect: Box<dyn Effect>) {
        self.scheduled += 1;
        self.due.insert((at, self.scheduled), effect);
    }

    /// The first effect that is due by `until`.
    pub(super) fn take_due(&mut self, until: Timestamp) -> Option<(Timestamp, Box<dyn Effect>)> {
        let entry = self.due.first_entry().filter(|entry| entry.key().0 <= until)?;
        let ((at, _), effect) = entry.remove_entry();
        Some((at, effect))
    }

    /// The next instant after `now` at which an effect is due.
    pub(super) fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        self.due.range((now, u64::MAX)..).next().map(|((at, _), _)| *at)
    }
}

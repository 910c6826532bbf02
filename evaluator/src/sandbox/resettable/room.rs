//! How many bytes requests and answers may take together without growing memory, which would end the instance.
//!
//! An estimate, by which nothing but time is won or lost.

use std::sync::atomic::{AtomicUsize, Ordering};

/// What a small rule surely has.
const LEAST: usize = 20 << 10;
/// Before the first evaluation.
const UNKNOWN: usize = 0;

/// The room of one rule, as its evaluations have shown it.
pub(super) struct Room(AtomicUsize);

impl Room {
    pub(super) fn unknown() -> Self {
        Self(AtomicUsize::new(UNKNOWN))
    }

    pub(super) fn bytes(&self) -> usize {
        self.0.load(Ordering::Relaxed).max(LEAST)
    }

    /// An evaluation was put back, whose requests lay this far from the end of memory.
    pub(super) fn kept(&self, behind: usize) {
        if self.0.load(Ordering::Relaxed) == UNKNOWN {
            self.0.store(behind.max(LEAST), Ordering::Relaxed);
        }
    }

    /// An evaluation of so many bytes has grown memory: less is given together, unless it was one too large request.
    pub(super) fn lost(&self, bytes: usize) {
        let believed = self.0.load(Ordering::Relaxed);
        if bytes <= believed {
            self.0.store((believed / 4 * 3).max(LEAST), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_what_was_seen_and_shrinks_where_that_was_too_much() {
        let room = Room::unknown();
        room.lost(1);
        assert_eq!(room.bytes(), LEAST, "nothing is known yet");
        room.kept(40_000);
        room.kept(60_000);
        assert_eq!(room.bytes(), 40_000);
        room.lost(50_000);
        assert_eq!(room.bytes(), 40_000, "a request that never fits says nothing of the others");
        room.lost(39_000);
        assert_eq!(room.bytes(), 30_000);
        (0..9).for_each(|_| room.lost(1));
        room.kept(40_000);
        assert_eq!(room.bytes(), LEAST, "it is not tried again and again");
    }
}

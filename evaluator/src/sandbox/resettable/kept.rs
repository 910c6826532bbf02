//! An instance that waits for its next evaluation.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// At most one instance, taken out while it is in use: a failure or a panic leaves none behind.
pub(super) struct Kept<T> {
    waiting: Mutex<Option<T>>,
    made: AtomicUsize,
}

impl<T> Kept<T> {
    pub(super) fn none() -> Self {
        Self { waiting: Mutex::new(None), made: AtomicUsize::new(0) }
    }

    /// The one that waits, or another.
    pub(super) fn take<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let waiting = self.lock().take();
        waiting.map_or_else(
            || {
                self.made.fetch_add(1, Ordering::Relaxed);
                make()
            },
            Ok,
        )
    }

    /// Has one wait for the first evaluation.
    pub(super) fn prepare<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<(), E> {
        let instance = self.take(make)?;
        self.give_back(instance);
        Ok(())
    }

    /// It is as it was first.
    pub(super) fn give_back(&self, instance: T) {
        *self.lock() = Some(instance);
    }

    /// How many have been made: one, unless evaluations failed or grew memory.
    pub(super) fn made(&self) -> usize {
        self.made.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Option<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Work that goes on when its caller has gone, so that the process can wait for it before it ends.

use std::sync::Arc;

use tokio::sync::{OwnedRwLockReadGuard, RwLock};

/// Counts the work that is under way: each piece holds the lock for reading.
#[derive(Debug, Clone, Default)]
pub(crate) struct Underway(Arc<RwLock<()>>);

/// A piece of work that is under way until this is dropped.
pub(crate) struct Work(#[expect(dead_code, reason = "held for its drop")] OwnedRwLockReadGuard<()>);

impl Underway {
    /// Begins a piece of work. Once somebody waits for [`Self::finished`], nothing more begins.
    pub(crate) async fn begin(&self) -> Work {
        Work(self.0.clone().read_owned().await)
    }

    /// Returns when nothing is under way.
    pub(crate) async fn finished(&self) {
        drop(self.0.write().await);
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use futures::poll;

    use super::*;

    #[tokio::test]
    async fn the_end_waits_for_all_that_is_under_way() {
        let underway = Underway::default();
        let (one, other) = (underway.begin().await, underway.begin().await);
        let mut finished = Box::pin(underway.finished());
        assert_eq!(poll!(&mut finished), Poll::Pending);
        drop(one);
        assert_eq!(poll!(&mut finished), Poll::Pending);
        drop(other);
        assert_eq!(poll!(&mut finished), Poll::Ready(()));
    }
}

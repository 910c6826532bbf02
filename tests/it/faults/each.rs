//! Stories that know nothing of one another, told at the same time.

use std::num::NonZeroUsize;
use std::sync::{LazyLock, Mutex};
use std::thread;

use tokio::runtime::Builder;
use tokio::sync::Semaphore;

/// Stories that are told at once, of whatever lists: several tests tell theirs at the same time.
static AT_ONCE: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(processors()));

/// Tells each, with a runtime of its own for as many at once as there are processors. A story in virtual time computes:
/// one after another, a long list would keep one processor busy and be the last to end.
pub(super) fn each<T: Send, F: Future<Output = ()>>(stories: Vec<T>, told: impl Fn(T) -> F + Sync) {
    let left = Mutex::new(stories.into_iter());
    let teller = || {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        loop {
            let next = left.lock().unwrap().next();
            let Some(story) = next else { break };
            runtime.block_on(async {
                let _permit = AT_ONCE.acquire().await.unwrap();
                told(story).await;
            });
        }
    };
    thread::scope(|scope| {
        for _ in 0..processors() {
            scope.spawn(teller);
        }
    });
}

fn processors() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::{AT_ONCE, each, processors};

    #[test]
    fn each_is_told_once() {
        let told = std::sync::Mutex::new(Vec::new());
        let told_by = &told;
        each((0..20).collect(), |number: u32| async move { told_by.lock().unwrap().push(number) });
        let mut told = told.into_inner().unwrap();
        told.sort_unstable();
        assert!(told.into_iter().eq(0..20));
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn one_that_fails_fails_all() {
        each(vec![false, true], |fails: bool| async move { assert!(!fails) });
    }

    #[test]
    fn two_lists_have_no_more_stories_at_once_than_one() {
        let told_now = &AtomicUsize::new(0);
        let story = |_: u32| async move {
            assert!(told_now.fetch_add(1, Ordering::SeqCst) < processors());
            assert!(AT_ONCE.available_permits() < processors());
            tokio::task::yield_now().await;
            told_now.fetch_sub(1, Ordering::SeqCst);
        };
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| each((0..20).collect(), story));
            }
        });
    }
}

//! Stories that know nothing of one another, told at the same time.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::thread;

use tokio::runtime::Builder;

/// Tells each, with a runtime of its own for as many at once as there are processors. A story in virtual time computes:
/// one after another, a long list would keep one processor busy and be the last to end.
pub(super) fn each<T: Send, F: Future<Output = ()>>(stories: Vec<T>, told: impl Fn(T) -> F + Sync) {
    let left = Mutex::new(stories.into_iter());
    let teller = || {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        loop {
            let next = left.lock().unwrap().next();
            let Some(story) = next else { break };
            runtime.block_on(told(story));
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZeroUsize::get) {
            scope.spawn(teller);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::each;

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
}

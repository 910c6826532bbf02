//! Asking beside the thread that waits: rules may use a thread for tens of milliseconds, a reactor has none to spare.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::Evaluator;

/// Something to be done.
pub type Work = Box<dyn FnOnce() + Send>;

/// Has work done by another thread than the one that calls this, which does not wait for it.
pub type Beside = fn(Work);

impl Evaluator {
    /// Makes a call as [`Setup::beside`](crate::Setup) says: the thread that waits for it can do something else meanwhile.
    /// There are never more at once than evaluations at the same time; the others wait in order, and take no thread.
    pub async fn beside<T: Send + 'static>(&self, call: impl FnOnce(&Self) -> T + Send + 'static) -> T {
        let answer = Arc::new(Answer(Mutex::default()));
        let (evaluator, given) = (self.clone(), Arc::clone(&answer));
        let work = move || given.give(catch_unwind(AssertUnwindSafe(|| call(&evaluator))));
        self.shared.desk.put(Box::new(work), self.shared.beside);
        match Coming(answer).await {
            Ok(answer) => answer,
            Err(panic) => resume_unwind(panic),
        }
    }
}

/// Work that waits, and how many threads are at it.
pub(super) struct Desk {
    places: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    taken: usize,
    waiting: VecDeque<Work>,
}

/// A place at the desk: whoever lets go of it has done all that waits, or does it now.
struct Place(Arc<Desk>);

impl Desk {
    pub(super) fn new(places: usize) -> Arc<Self> {
        Arc::new(Self { places, state: Mutex::default() })
    }

    fn put(self: &Arc<Self>, work: Work, beside: Beside) {
        let mut state = lock(&self.state);
        state.waiting.push_back(work);
        if state.taken < self.places {
            state.taken += 1;
            drop(state);
            let place = Place(Arc::clone(self));
            beside(Box::new(move || drop(place)));
        }
    }

    /// The next, or nothing, and the place is free.
    fn next(&self) -> Option<Work> {
        let mut state = lock(&self.state);
        let next = state.waiting.pop_front();
        if next.is_none() {
            state.taken -= 1;
        }
        next
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        while let Some(work) = self.0.next() {
            work();
        }
    }
}

type Outcome<T> = Result<T, Box<dyn Any + Send>>;

/// What comes of a call, and who waits for it.
struct Answer<T>(Mutex<(Option<Outcome<T>>, Option<Waker>)>);

impl<T> Answer<T> {
    fn give(&self, outcome: Outcome<T>) {
        let mut state = lock(&self.0);
        state.0 = Some(outcome);
        let waiting = state.1.take();
        drop(state);
        if let Some(waiting) = waiting {
            waiting.wake();
        }
    }
}

struct Coming<T>(Arc<Answer<T>>);

impl<T> Future for Coming<T> {
    type Output = Outcome<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome<T>> {
        let mut state = lock(&self.0.0);
        match state.0.take() {
            Some(outcome) => Poll::Ready(outcome),
            None => {
                state.1 = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

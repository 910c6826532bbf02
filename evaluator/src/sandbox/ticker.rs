//! The clock behind the deadline: one thread that advances every engine's epoch while rules are evaluated.
//!
//! An idle process should sleep, and so does its clock: when nothing has been evaluated for a while, it waits to be woken.
//! To be woken costs more than an evaluation, so it is not asleep between two that follow each other.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use wasmtime::{Engine, EngineWeak};

/// Coarse: the deadline is a net.
const TICK: Duration = Duration::from_millis(25);

/// Ticks without an evaluation after which the clock goes to sleep: a second.
const QUIET: u32 = 40;

/// Number of ticks after which this much time has surely passed.
pub(super) fn ticks(deadline: Duration) -> u64 {
    let ticks = deadline.as_millis().div_ceil(TICK.as_millis());
    u64::try_from(ticks).unwrap_or(u64::MAX - 1).saturating_add(1)
}

/// The clock of all lanes of a rule set. It ends when this is dropped.
pub(super) struct Clock(Arc<State>);

struct State {
    engines: Mutex<Vec<EngineWeak>>,
    lanes: Mutex<Vec<Arc<Uses>>>,
    /// Read at each evaluation; written when the clock goes to sleep or is woken.
    asleep: AtomicBool,
    /// Whether it has ended.
    over: Mutex<bool>,
    woken: Condvar,
}

/// How often a lane has been taken and given back: odd while it is held. Each lane has its own, so that they do not slow
/// each other down.
#[derive(Default)]
struct Uses(AtomicU64);

/// A lane's connection to the clock.
pub(super) struct Bell {
    uses: Arc<Uses>,
    state: Arc<State>,
}

/// What the clock does after a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    Tick,
    Sleep,
}

/// What the clock has seen of the lanes.
#[derive(Debug, Default)]
struct Seen {
    uses: u64,
    quiet: u32,
}

impl Clock {
    /// A clock without engines, which sleeps.
    pub(super) fn new() -> Self {
        Self(Arc::new(State {
            engines: Mutex::default(),
            lanes: Mutex::default(),
            asleep: AtomicBool::new(true),
            over: Mutex::new(false),
            woken: Condvar::new(),
        }))
    }

    /// Lets it run, on a thread of its own.
    pub(super) fn start(&self) -> std::io::Result<()> {
        let state = Arc::clone(&self.0);
        let run = move || {
            let mut seen = Seen::default();
            while state.awake() {
                thread::sleep(TICK);
                state.tick(&mut seen);
            }
        };
        thread::Builder::new().name("rule-clock".into()).spawn(run).map(drop)
    }

    /// Has it advance this engine's epoch.
    pub(super) fn advance(&self, engine: &Engine) {
        lock(&self.0.engines).push(engine.weak());
    }

    /// A bell for a lane.
    pub(super) fn bell(&self) -> Bell {
        let uses = Arc::new(Uses::default());
        lock(&self.0.lanes).push(Arc::clone(&uses));
        Bell { uses, state: Arc::clone(&self.0) }
    }

    /// How often each lane has been taken and given back.
    #[cfg(all(test, feature = "compiler"))]
    pub(super) fn uses(&self) -> Vec<u64> {
        self.0.uses()
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        *lock(&self.0.over) = true;
        self.0.woken.notify_all();
    }
}

impl State {
    /// Waits until something is evaluated; false when the clock has ended.
    fn awake(&self) -> bool {
        let mut over = lock(&self.over);
        while !*over && self.asleep.load(Ordering::SeqCst) {
            over = self.woken.wait(over).unwrap_or_else(PoisonError::into_inner);
        }
        !*over
    }

    fn tick(&self, seen: &mut Seen) -> After {
        for engine in lock(&self.engines).iter().filter_map(EngineWeak::upgrade) {
            engine.increment_epoch();
        }
        let after = seen.after(&self.uses());
        if after == After::Sleep {
            self.asleep.store(true, Ordering::SeqCst);
            // Whoever took a lane before that did not ring.
            if seen.after(&self.uses()) == After::Tick {
                self.asleep.store(false, Ordering::SeqCst);
                return After::Tick;
            }
        }
        after
    }

    fn uses(&self) -> Vec<u64> {
        lock(&self.lanes).iter().map(|uses| uses.0.load(Ordering::SeqCst)).collect()
    }

    fn wake(&self) {
        let _over = lock(&self.over);
        self.asleep.store(false, Ordering::SeqCst);
        self.woken.notify_all();
    }
}

impl Seen {
    fn after(&mut self, lanes: &[u64]) -> After {
        let uses = lanes.iter().fold(0_u64, |sum, uses| sum.wrapping_add(*uses));
        let held = lanes.iter().any(|uses| uses % 2 == 1);
        if held || uses != self.uses {
            *self = Self { uses, quiet: 0 };
            return After::Tick;
        }
        self.quiet = self.quiet.saturating_add(1);
        if self.quiet < QUIET { After::Tick } else { After::Sleep }
    }
}

impl Bell {
    /// The lane has been taken.
    pub(super) fn taken(&self) {
        // Either the clock sees this before it sleeps, or this sees that it sleeps.
        self.uses.0.fetch_add(1, Ordering::SeqCst);
        if self.state.asleep.load(Ordering::SeqCst) {
            self.state.wake();
        }
    }

    /// The lane has been given back.
    pub(super) fn given_back(&self) {
        self.uses.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_sleeps_after_a_second_without_an_evaluation_and_not_while_a_lane_is_held() {
        let mut seen = Seen::default();
        let mut ticks = |lanes: &[u64], count: u32| -> Vec<After> {
            (0..count).map(|_| seen.after(lanes)).filter(|after| *after == After::Sleep).collect()
        };
        assert_eq!(ticks(&[2, 0], QUIET), [], "the first tick sees what was evaluated before it");
        assert_eq!(ticks(&[2, 0], 1), [After::Sleep]);
        assert_eq!(ticks(&[2, 2], QUIET), [], "another evaluation");
        assert_eq!(ticks(&[2, 3], 10 * QUIET), [], "one that goes on");
        assert_eq!(ticks(&[2, 4], QUIET), [], "its end");
        assert_eq!(ticks(&[2, 4], 3), [After::Sleep; 3]);
    }

    #[test]
    fn a_bell_wakes_it_and_an_end_ends_it() {
        let clock = Clock::new();
        let (bell, mut seen) = (clock.bell(), Seen::default());
        assert!(clock.0.asleep.load(Ordering::SeqCst), "nothing is evaluated yet");
        bell.taken();
        assert!(clock.0.awake());
        for _ in 0..10 * QUIET {
            assert_eq!(clock.0.tick(&mut seen), After::Tick);
        }
        bell.given_back();
        let until_it_sleeps = (1..).find(|_| clock.0.tick(&mut seen) == After::Sleep);
        assert_eq!(until_it_sleeps, Some(QUIET + 1));
        assert!(clock.0.asleep.load(Ordering::SeqCst));
        let state = Arc::clone(&clock.0);
        drop(clock);
        assert!(!state.awake());
    }
}

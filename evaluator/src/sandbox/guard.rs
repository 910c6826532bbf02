//! Memory and time of one evaluation, summed over everything that it makes and calls.

use std::time::{Duration, Instant};

use wasmtime::{ResourceLimiter, Store, UpdateDeadline};

use crate::engine::{Limits, TABLE_ELEMENTS};

use super::ticker;

/// How many times its deadline an evaluation may take on a machine that hardly lets it run.
const TIME_LIMIT: u32 = 10;

/// How Wasmtime says that no memory of a module's kind can be so large, whatever the machine.
const NEVER_POSSIBLE: &str = "exceeds memory type's limits";

/// The data of a store: its budgets.
pub(super) struct Guard {
    limit: usize,
    counted: Counted,
    /// Whether what grows is the host's own.
    is_keeping: bool,
    deadline: Duration,
    overtime: Option<Overtime>,
}

/// What an evaluation has so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counted {
    bytes: usize,
    elements: usize,
}

/// Since when an evaluation has been running longer than its deadline.
struct Overtime {
    /// Processor time of the thread at that moment.
    spent: Duration,
    began: Instant,
}

/// A memory would grow beyond the budget.
#[derive(Debug, thiserror::Error)]
#[error("{wanted} bytes of memory are more than the limit of {limit}")]
pub(super) struct MemoryExceeded {
    pub(super) limit: usize,
    pub(super) wanted: usize,
}

/// A table would grow beyond the budget.
#[derive(Debug, thiserror::Error)]
#[error("{wanted} table elements are more than the limit of {limit}")]
pub(super) struct TableExceeded {
    pub(super) limit: usize,
    pub(super) wanted: usize,
}

/// The machine did not give what the budget allows.
#[derive(Debug, thiserror::Error)]
#[error("the machine has no memory left for it: {0}")]
pub(super) struct MachineRefused(String);

impl Guard {
    fn new(limits: &Limits) -> Self {
        let counted = Counted::default();
        Self {
            limit: limits.memory_bytes,
            counted,
            is_keeping: false,
            deadline: limits.deadline,
            overtime: None,
        }
    }

    /// A store with every limit set; its clock starts with the first call.
    pub(super) fn store(
        engine: &wasmtime::Engine,
        limits: &Limits,
        ticks: u64,
    ) -> wasmtime::Result<Store<Self>> {
        let mut store = Store::new(engine, Self::new(limits));
        store.limiter(|guard| guard);
        store.set_fuel(limits.fuel)?;
        store.set_epoch_deadline(ticks);
        store.epoch_deadline_callback(|mut context| Ok(context.data_mut().late()));
        store.set_hostcall_fuel(limits.output_bytes);
        Ok(store)
    }

    /// Whether memory grows from now on for what the host keeps, which is not the evaluation's.
    pub(super) fn keeps(&mut self, is_keeping: bool) {
        self.is_keeping = is_keeping;
    }

    /// What has been counted so far.
    pub(super) fn counted(&self) -> Counted {
        self.counted
    }

    /// Begins another evaluation in the same store, which then had so much.
    pub(super) fn begin_again(&mut self, counted: Counted) {
        self.counted = counted;
        self.overtime = None;
    }

    /// What becomes of an evaluation whose deadline has passed. Waiting for a processor is not a fault of its
    /// own, so from then on it is its processor time that counts. Nothing is measured before: most
    /// evaluations end within microseconds.
    fn late(&mut self) -> UpdateDeadline {
        match processor_time() {
            Some(spent) if !self.is_over(spent, Instant::now()) => {
                UpdateDeadline::Continue(ticker::ticks(self.deadline))
            }
            _ => UpdateDeadline::Interrupt,
        }
    }

    /// Whether a late evaluation has had its deadline once more as processor time, or waited for it too long.
    fn is_over(&mut self, spent: Duration, now: Instant) -> bool {
        let overtime = self.overtime.get_or_insert(Overtime { spent, began: now });
        let longest = self.deadline.saturating_mul(TIME_LIMIT);
        spent.saturating_sub(overtime.spent) >= self.deadline
            || now.saturating_duration_since(overtime.began) >= longest
    }
}

/// Processor time that this thread has had; none where the system does not count it for us.
#[cfg(unix)]
fn processor_time() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).ok()
}

#[cfg(not(unix))]
fn processor_time() -> Option<Duration> {
    None
}

impl Counted {
    /// Bytes of memory.
    #[cfg(feature = "compiler")]
    pub(super) fn bytes(self) -> usize {
        self.bytes
    }
}

impl ResourceLimiter for Guard {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if self.is_keeping {
            return Ok(true);
        }
        // The module's own maximum refuses it, on every machine alike; what is refused is not counted.
        if maximum.is_some_and(|most| desired > most) {
            return Ok(false);
        }
        let wanted = self.counted.bytes.saturating_sub(current).saturating_add(desired);
        if wanted > self.limit {
            // An error traps; `false` would let the guest go on, and see a limit of this host.
            let limit = self.limit;
            return Err(wasmtime::Error::new(MemoryExceeded { limit, wanted }));
        }
        self.counted.bytes = wanted;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        let detail = format!("{error:#}");
        if detail.contains(NEVER_POSSIBLE) {
            return Ok(());
        }
        // A guest that went on would decide by how much memory this machine has left.
        Err(wasmtime::Error::new(MachineRefused(detail)))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // A pool states its own size, which is our limit, as the maximum of a table that has none.
        if maximum.is_some_and(|most| desired > most && most < TABLE_ELEMENTS) {
            return Ok(false);
        }
        let wanted = self.counted.elements.saturating_sub(current).saturating_add(desired);
        if wanted > TABLE_ELEMENTS {
            return Err(wasmtime::Error::new(TableExceeded { limit: TABLE_ELEMENTS, wanted }));
        }
        self.counted.elements = wanted;
        Ok(true)
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(wasmtime::Error::new(MachineRefused(format!("{error:#}"))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(deadline: Duration) -> Guard {
        Guard::new(&Limits { memory_bytes: 1 << 20, deadline, ..Limits::default() })
    }

    #[test]
    fn what_is_refused_is_not_counted() -> anyhow::Result<()> {
        let mut guard = guard(Duration::from_secs(1));
        assert!(guard.memory_growing(0, 65_536, Some(65_536))?);
        assert!(guard.table_growing(0, 10, Some(10))?);
        let before = guard.counted();
        for _ in 0..1000 {
            assert!(!guard.memory_growing(65_536, 131_072, Some(65_536))?);
            assert!(!guard.table_growing(10, 19_000, Some(10))?);
        }
        assert_eq!(guard.counted(), before);
        Ok(())
    }

    #[test]
    fn a_machine_without_memory_is_no_answer_to_the_guest() {
        let mut guard = guard(Duration::from_secs(1));
        let refused = guard.memory_grow_failed(wasmtime::Error::msg("Cannot allocate memory (os error 12)"));
        assert!(refused.is_err_and(|error| error.is::<MachineRefused>()));
        let refused = guard.table_grow_failed(wasmtime::Error::msg("Cannot allocate memory (os error 12)"));
        assert!(refused.is_err_and(|error| error.is::<MachineRefused>()));
    }

    const MILLISECOND: Duration = Duration::from_millis(1);

    /// Whether an evaluation with 5 ms is over after each of these: milliseconds of processor time and of waiting in
    /// all since it was late.
    fn over<const N: usize>(seen: [(u32, u32); N]) -> [bool; N] {
        let mut guard = guard(5 * MILLISECOND);
        let (spent, late) = (Duration::from_secs(7), Instant::now());
        seen.map(|(had, passed)| guard.is_over(spent + MILLISECOND * had, late + MILLISECOND * passed))
    }

    #[test]
    fn waiting_for_a_processor_is_not_held_against_an_evaluation() {
        assert_eq!(over([(0, 0), (1, 20), (4, 49)]), [false; 3]);
    }

    #[test]
    fn processor_time_ends_an_evaluation_that_is_late() {
        assert_eq!(over([(0, 0), (4, 4), (5, 5)]), [false, false, true]);
    }

    #[test]
    fn an_evaluation_that_hardly_runs_ends_all_the_same() {
        assert_eq!(over([(0, 0), (1, 49), (1, 50)]), [false, false, true]);
    }

    #[test]
    fn this_system_counts_processor_time() {
        let before = processor_time();
        let sum = (0..100_000_u64).fold(0, |sum, number| std::hint::black_box(sum ^ number));
        assert!(before.is_some() && processor_time() > before, "{sum}");
    }
}

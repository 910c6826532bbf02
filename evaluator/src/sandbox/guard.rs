//! Memory of one evaluation, summed over everything that it makes.

use wasmtime::{ResourceLimiter, Store};

use super::limits::Limits;

/// Elements over all tables of an evaluation: more than any toolchain's tables of functions.
pub(super) const TABLE_ELEMENTS: usize = 20_000;

/// The data of a store: its memory budget.
pub(super) struct Guard {
    limit: usize,
    used: usize,
    elements: usize,
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

impl Guard {
    /// A store with every limit set; its clock starts with the first call.
    pub(super) fn store(
        engine: &wasmtime::Engine,
        limits: &Limits,
        ticks: u64,
    ) -> wasmtime::Result<Store<Self>> {
        let guard = Self { limit: limits.memory_bytes, used: 0, elements: 0 };
        let mut store = Store::new(engine, guard);
        store.limiter(|guard| guard);
        store.set_fuel(limits.fuel)?;
        store.set_epoch_deadline(ticks);
        store.set_hostcall_fuel(limits.output_bytes);
        Ok(store)
    }
}

impl ResourceLimiter for Guard {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let wanted = self.used.saturating_sub(current).saturating_add(desired);
        if wanted > self.limit {
            // An error traps; `false` would let the guest go on, and see a limit of this host.
            let limit = self.limit;
            return Err(wasmtime::Error::new(MemoryExceeded { limit, wanted }));
        }
        self.used = wanted;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let wanted = self.elements.saturating_sub(current).saturating_add(desired);
        if wanted > TABLE_ELEMENTS {
            return Err(wasmtime::Error::new(TableExceeded { limit: TABLE_ELEMENTS, wanted }));
        }
        self.elements = wanted;
        Ok(true)
    }
}

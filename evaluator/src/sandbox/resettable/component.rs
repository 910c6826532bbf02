//! A component whose instance is put back: for doors that Wasmtime itself must lower requests through.

use wasmtime::component::{ComponentExportIndex, TypedFunc};
use wasmtime::{Engine, Store};

use crate::engine::Limits;
use crate::sandbox::evaluation::Answered;
use crate::sandbox::failure::RuleFailure;
use crate::sandbox::guard::{Counted, Guard};
use crate::sandbox::opened::Opened;

use super::STATE_FUEL;
use super::kept::Kept;

/// A component whose instance can be put back.
pub(in crate::sandbox) struct ResettableComponent {
    functions: StateFunctions,
    instance: Kept<ResettableInstance>,
}

/// Exports of a component that keep its first state and put it back.
#[derive(Clone, Copy)]
pub(in crate::sandbox) struct StateFunctions {
    pub(in crate::sandbox) keep: ComponentExportIndex,
    pub(in crate::sandbox) reset: ComponentExportIndex,
}

struct ResettableInstance {
    store: Store<Guard>,
    opened: Opened,
    reset: TypedFunc<(), ()>,
    counted: Counted,
}

impl ResettableComponent {
    pub(in crate::sandbox) fn new(functions: StateFunctions) -> Self {
        Self { functions, instance: Kept::none() }
    }

    /// How many instances have been made: one, unless evaluations failed or grew memory.
    pub(in crate::sandbox) fn made(&self) -> usize {
        self.instance.made()
    }

    /// Calls it as it was first, and says how much fuel was burnt. One that is configured comes from `begin`.
    pub(in crate::sandbox) fn call<T>(
        &self,
        engine: &Engine,
        (limits, ticks): (&Limits, u64),
        begin: impl FnOnce(&mut Store<Guard>) -> Result<Opened, RuleFailure>,
        call: impl FnOnce(&mut Store<Guard>, &Opened) -> Answered<T>,
    ) -> (Result<T, RuleFailure>, u64) {
        let made = self.instance.take(|| self.make(engine, (limits, ticks), begin)).and_then(|mut taken| {
            let begun = taken.begin_again(limits, ticks);
            begun.map_err(|error| RuleFailure::of_contract(&error, limits))?;
            Ok(taken)
        });
        let mut taken = match made {
            Ok(taken) => taken,
            Err(failure) => return (Err(failure), 0),
        };
        let answered = call(&mut taken.store, &taken.opened);
        let fuel = limits.fuel.saturating_sub(taken.store.get_fuel().unwrap_or_default());
        if answered.is_ok() && taken.put_back().is_ok() {
            self.instance.give_back(taken);
        }
        (answered.and_then(|heard| heard), fuel)
    }

    /// Has an instance wait for the first evaluation.
    pub(in crate::sandbox) fn prepare(
        &self,
        engine: &Engine,
        budget: (&Limits, u64),
        begin: impl FnOnce(&mut Store<Guard>) -> Result<Opened, RuleFailure>,
    ) -> Result<(), RuleFailure> {
        self.instance.prepare(|| self.make(engine, budget, begin))
    }

    fn make(
        &self,
        engine: &Engine,
        (limits, ticks): (&Limits, u64),
        begin: impl FnOnce(&mut Store<Guard>) -> Result<Opened, RuleFailure>,
    ) -> Result<ResettableInstance, RuleFailure> {
        let contract = |error: wasmtime::Error| RuleFailure::of_contract(&error, limits);
        let mut store = Guard::store(engine, limits, ticks).map_err(contract)?;
        let opened = begin(&mut store)?;
        ResettableInstance::keep(store, opened, self.functions).map_err(contract)
    }
}

impl ResettableInstance {
    /// An instance that is put back to what it is now.
    fn keep(mut store: Store<Guard>, opened: Opened, functions: StateFunctions) -> wasmtime::Result<Self> {
        let keep: TypedFunc<(), ()> = opened.instance.get_typed_func(&mut store, functions.keep)?;
        let reset = opened.instance.get_typed_func(&mut store, functions.reset)?;
        let counted = super::keep(&mut store, |store| keep.call(store, ()))?;
        Ok(Self { opened, reset, counted, store })
    }

    /// Gives it all that a new one would have.
    fn begin_again(&mut self, limits: &Limits, ticks: u64) -> wasmtime::Result<()> {
        self.store.set_fuel(limits.fuel)?;
        self.store.set_epoch_deadline(ticks);
        self.store.set_hostcall_fuel(limits.output_bytes);
        self.store.data_mut().begin_again(self.counted);
        Ok(())
    }

    fn put_back(&mut self) -> wasmtime::Result<()> {
        self.store.set_fuel(STATE_FUEL)?;
        self.reset.call(&mut self.store, ())
    }
}

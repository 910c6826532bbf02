//! A component whose instance is put back: for doors that Wasmtime itself must lower requests through.

use wasmtime::component::{ComponentExportIndex, Instance, InstancePre, TypedFunc};
use wasmtime::{Engine, Store};

use crate::engine::Limits;
use crate::sandbox::failure::RuleFailure;
use crate::sandbox::guard::{Counted, Guard};

use super::RESET_FUEL;
use super::kept::Kept;

/// A component whose instance can be put back.
pub(in crate::sandbox) struct ResettableComponent {
    /// Its export that puts it back.
    reset: ComponentExportIndex,
    instance: Kept<ResettableInstance>,
}

struct ResettableInstance {
    store: Store<Guard>,
    instance: Instance,
    reset: TypedFunc<(), ()>,
    counted: Counted,
}

impl ResettableComponent {
    /// For a component that exports this function.
    pub(in crate::sandbox) fn new(reset: ComponentExportIndex) -> Self {
        Self { reset, instance: Kept::none() }
    }

    /// How many instances have been made: one, unless evaluations failed or grew memory.
    pub(in crate::sandbox) fn made(&self) -> usize {
        self.instance.made()
    }

    /// Calls it as it was first, and says how much fuel was burnt.
    pub(in crate::sandbox) fn call<T>(
        &self,
        component: &InstancePre<Guard>,
        engine: &Engine,
        (limits, ticks): (&Limits, u64),
        call: impl FnOnce(&mut Store<Guard>, Instance) -> Result<T, RuleFailure>,
    ) -> (Result<T, RuleFailure>, u64) {
        let made = self
            .instance
            .take(|| ResettableInstance::make(component, self.reset, Guard::store(engine, limits, ticks)?))
            .and_then(|mut taken| taken.begin_again(limits, ticks).map(|()| taken));
        let mut taken = match made {
            Ok(taken) => taken,
            Err(error) => return (Err(RuleFailure::of_contract(&error, limits)), 0),
        };
        let heard = call(&mut taken.store, taken.instance);
        let fuel = limits.fuel.saturating_sub(taken.store.get_fuel().unwrap_or_default());
        if heard.is_ok() && taken.put_back().is_ok() {
            self.instance.give_back(taken);
        }
        (heard, fuel)
    }
}

impl ResettableInstance {
    fn make(
        component: &InstancePre<Guard>,
        reset: ComponentExportIndex,
        mut store: Store<Guard>,
    ) -> wasmtime::Result<Self> {
        let instance = component.instantiate(&mut store)?;
        let reset = instance.get_typed_func(&mut store, reset)?;
        Ok(Self { instance, reset, counted: store.data().counted(), store })
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
        self.store.set_fuel(RESET_FUEL)?;
        self.reset.call(&mut self.store, ())
    }
}

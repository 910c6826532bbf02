//! One evaluation: a fresh instance, every limit on, gone afterwards.

mod asking;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use wasmtime::component::{Component, ComponentExportIndex, Instance, InstancePre, Linker};
use wasmtime::{Engine, Store};

use crate::contract::{Configure, ContractVersion, EVALUATE_PACKED, EvaluatePacked, RequestParts};
use crate::engine::{Limits, World};
use crate::opinion::Opinion;

use super::failure::RuleFailure;
use super::guard::Guard;
use super::resettable::{CORE, Resettable};
use super::ticker;

pub(super) use asking::gave_up;

/// What a rule said, and what it cost.
pub(crate) struct Evaluation {
    pub(crate) heard: Result<Opinion, RuleFailure>,
    /// Fuel burnt; exact for a module, an input and a version of Wasmtime.
    pub(crate) fuel: u64,
}

/// Through which export a request goes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryPoint {
    /// `evaluate`, which every rule has.
    Typed,
    /// `evaluate-packed` where the rule has it, since it costs less.
    Cheapest,
    /// The same, in a new component.
    Component,
}

/// A rule, compiled for one engine.
pub(super) struct Compiled {
    instance: InstancePre<Guard>,
    judge: ComponentExportIndex,
    version: ContractVersion,
    packed: Option<ComponentExportIndex>,
    /// The packed door without the component around it, for a module that allows it.
    resettable: Option<Resettable>,
    configure: Option<(ComponentExportIndex, String)>,
    limits: Limits,
    ticks: u64,
}

impl Compiled {
    /// Looks up what an evaluation calls; `settings` are for a module without a snapshot. Only where the
    /// host itself found the module `resettable` is its export of a core module believed.
    ///
    /// # Errors
    ///
    /// It lacks an export, or no instance of it can be had within the limits.
    pub(super) fn new(
        component: &Component,
        (world, version): (World, ContractVersion),
        settings: Option<&str>,
        resettable: bool,
        limits: Limits,
    ) -> Result<Self, RuleFailure> {
        let unusable = |error: wasmtime::Error| RuleFailure::Code { detail: format!("{error:#}") };
        let mut compiled = Self::look_up(component, (world, version), settings, limits).map_err(unusable)?;
        compiled.resettable = compiled.check(component, resettable)?;
        Ok(compiled)
    }

    fn look_up(
        component: &Component,
        (world, version): (World, ContractVersion),
        settings: Option<&str>,
        limits: Limits,
    ) -> wasmtime::Result<Self> {
        let export = |name: &str| {
            component
                .get_export_index(None, name)
                .ok_or_else(|| wasmtime::Error::msg(format!("the export `{name}` is missing")))
        };
        let configure = match settings {
            Some(settings) => Some((export("configure")?, settings.to_owned())),
            None => None,
        };
        Ok(Self {
            instance: Linker::new(component.engine()).instantiate_pre(component)?,
            judge: export(world.judge())?,
            version,
            packed: (world == World::Rule)
                .then(|| component.get_export_index(None, EVALUATE_PACKED))
                .flatten(),
            resettable: None,
            configure,
            limits,
            ticks: ticker::ticks(limits.deadline),
        })
    }

    /// Runs the rule in a fresh instance. A failure, even a panic of the host, ends only this.
    pub(super) fn evaluate(
        &self,
        engine: &Engine,
        parts: &RequestParts<'_>,
        entry: EntryPoint,
    ) -> Evaluation {
        let input = parts.bytes();
        let (heard, fuel) = match (entry, &self.resettable, self.packed) {
            (EntryPoint::Cheapest, Some(resettable), _) => self.ask_resettable(engine, resettable, parts),
            (EntryPoint::Cheapest | EntryPoint::Component, _, Some(packed)) => {
                self.guarded(engine, input, |store| self.ask_packed(store, packed, parts))
            }
            (EntryPoint::Typed, _, _) | (EntryPoint::Cheapest | EntryPoint::Component, _, None) => {
                self.guarded(engine, input, |store| self.ask(store, parts))
            }
        };
        Evaluation { heard, fuel }
    }

    /// Runs one call in a store of its own, and says how much fuel it burnt.
    pub(super) fn guarded<T>(
        &self,
        engine: &Engine,
        input_bytes: usize,
        call: impl FnOnce(&mut Store<Guard>) -> Result<T, RuleFailure>,
    ) -> (Result<T, RuleFailure>, u64) {
        self.within_input(input_bytes, || {
            let mut store = match Guard::store(engine, &self.limits, self.ticks) {
                Ok(store) => store,
                Err(error) => return (Err(RuleFailure::of_contract(&error, &self.limits)), 0),
            };
            let heard = call(&mut store);
            let left = store.get_fuel().unwrap_or_default();
            (heard, self.limits.fuel.saturating_sub(left))
        })
    }

    /// Runs unless the request is too large; a panic of the host is a failure of this run.
    fn within_input<T>(
        &self,
        input_bytes: usize,
        run: impl FnOnce() -> (Result<T, RuleFailure>, u64),
    ) -> (Result<T, RuleFailure>, u64) {
        if input_bytes > self.limits.input_bytes {
            let limit = self.limits.input_bytes;
            return (Err(RuleFailure::Input { limit, found: input_bytes }), 0);
        }
        catch_unwind(AssertUnwindSafe(run))
            .unwrap_or_else(|panic| (Err(RuleFailure::HostPanic { detail: message(panic.as_ref()) }), 0))
    }

    /// Whether its instance is put back to its first state instead of being made again.
    pub(super) fn is_reset(&self) -> bool {
        self.resettable.is_some()
    }

    /// How many instances that are put back have been made.
    pub(super) fn made(&self) -> usize {
        self.resettable.as_ref().map_or(0, Resettable::made)
    }

    /// How many bytes of packed requests and answers one call should take at most; `None` where it does not matter.
    pub(super) fn room(&self) -> Option<usize> {
        self.resettable.as_ref().map(Resettable::room)
    }

    pub(super) fn version(&self) -> ContractVersion {
        self.version
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The export that is asked for a judgement.
    pub(super) fn judging_export(&self) -> ComponentExportIndex {
        self.judge
    }

    /// A fresh instance, configured, with all its fuel.
    pub(super) fn begin(&self, store: &mut Store<Guard>) -> Result<Instance, RuleFailure> {
        let contract = |error: wasmtime::Error| RuleFailure::of_contract(&error, &self.limits);
        let instance = self.instance.instantiate(&mut *store).map_err(contract)?;
        if let Some((export, settings)) = &self.configure {
            let configure: Configure<'_> = instance.get_typed_func(&mut *store, *export).map_err(contract)?;
            let called = configure.call(&mut *store, (settings.as_str(),));
            let (configured,) = called.map_err(|error| RuleFailure::of_call(&error, &self.limits))?;
            configured.map_err(|_| RuleFailure::GaveUp {
                kind: "internal",
                message: "it refused settings that it had accepted at load".into(),
            })?;
            store.set_fuel(self.limits.fuel).map_err(contract)?;
        }
        Ok(instance)
    }

    /// Sees that an instance can be had within the binding's limits at all, and gives its core module if it
    /// is resettable.
    fn check(&self, component: &Component, resettable: bool) -> Result<Option<Resettable>, RuleFailure> {
        let contract = |error: wasmtime::Error| RuleFailure::of_contract(&error, &self.limits);
        let engine = component.engine();
        let mut store = Guard::store(engine, &self.limits, self.ticks).map_err(contract)?;
        let instance = self.begin(&mut store)?;
        if let Some(packed) = self.packed {
            let typed: wasmtime::Result<EvaluatePacked<'_>> = instance.get_typed_func(&mut store, packed);
            typed.map_err(contract)?;
        }
        if !resettable {
            return Ok(None);
        }
        let core =
            component.get_export_index(None, CORE).and_then(|core| instance.get_module(&mut store, core));
        core.map(|module| Resettable::new(engine, &module)).transpose().map_err(contract)
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

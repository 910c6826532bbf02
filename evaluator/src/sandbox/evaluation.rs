//! One evaluation: an instance as it was first, every limit on.

mod asking;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use wasmtime::component::{Component, ComponentExportIndex, InstancePre, Linker};
use wasmtime::{Engine, Store};

use crate::contract::{CONFIGURE, Configure, ContractVersion, EVALUATE_PACKED, RequestParts};
use crate::engine::{Limits, World};
use crate::opinion::Opinion;

use super::failure::RuleFailure;
use super::guard::Guard;
use super::opened::Opened;
use super::resettable::{CORE, KEEP, RESET, ResettableComponent, ResettableCore, StateFunctions};
use super::ticker;

pub(super) use asking::gave_up;

/// What a rule said, and what it cost.
pub(crate) struct Evaluation {
    pub(crate) heard: Result<Opinion, RuleFailure>,
    /// Fuel burnt; exact for a module, an input and a version of Wasmtime.
    pub(crate) fuel: u64,
}

/// What is heard of an answer, if the call gives one: that may be a failure, too.
pub(super) type Answered<T> = Result<Result<T, RuleFailure>, RuleFailure>;

/// Through which export a request goes in, and into what instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryPoint {
    /// `evaluate`, which every rule has.
    Typed,
    /// `evaluate-packed` where the rule has it, since it costs less.
    Cheapest,
    /// As [`Self::Typed`], in a component that is made for it.
    TypedAnew,
    /// As [`Self::Cheapest`], in a component that is made for it.
    CheapestAnew,
}

impl EntryPoint {
    fn is_cheapest(self) -> bool {
        matches!(self, Self::Cheapest | Self::CheapestAnew)
    }

    fn instances(self) -> Instances {
        match self {
            Self::Typed | Self::Cheapest => Instances::PutBack,
            Self::TypedAnew | Self::CheapestAnew => Instances::New,
        }
    }
}

/// What instance a component is asked in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instances {
    /// One that is put back to its first state, where that can be done.
    PutBack,
    /// One that is made for it.
    New,
}

/// A rule, compiled for one engine.
pub(super) struct Compiled {
    component: InstancePre<Guard>,
    judge: ComponentExportIndex,
    version: ContractVersion,
    packed: Option<ComponentExportIndex>,
    /// The packed door without the component around it, for a module that allows it.
    core: Option<ResettableCore>,
    /// The component, for a module that allows it.
    resettable: Option<ResettableComponent>,
    configure: Option<(ComponentExportIndex, String)>,
    /// Whether making an instance burns fuel that is not the rule's.
    has_memory_of_ours: bool,
    limits: Limits,
    ticks: u64,
}

impl Compiled {
    /// Looks up what an evaluation calls; `settings` are for a module without a snapshot. Only where the
    /// host itself found the module `resettable` are its exports for that believed.
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
        compiled.core = compiled.check(component, resettable)?;
        compiled.resettable = state_functions(component).filter(|_| resettable).map(ResettableComponent::new);
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
            Some(settings) => Some((export(CONFIGURE)?, settings.to_owned())),
            None => None,
        };
        Ok(Self {
            component: Linker::new(component.engine()).instantiate_pre(component)?,
            judge: export(world.judge())?,
            version,
            packed: (world == World::Rule)
                .then(|| component.get_export_index(None, EVALUATE_PACKED))
                .flatten(),
            core: None,
            resettable: None,
            configure,
            has_memory_of_ours: state_functions(component).is_some(),
            limits,
            ticks: ticker::ticks(limits.deadline),
        })
    }

    /// Runs the rule in an instance that is as it was first. A failure, even a panic of the host, ends only this.
    pub(super) fn evaluate(
        &self,
        engine: &Engine,
        parts: &RequestParts<'_>,
        entry: EntryPoint,
    ) -> Evaluation {
        let input = parts.bytes();
        let instances = entry.instances();
        let (heard, fuel) = match (instances, &self.core, self.packed.filter(|_| entry.is_cheapest())) {
            (Instances::PutBack, Some(core), Some(_)) => self.ask_core(engine, core, parts),
            (_, _, Some(packed)) => self.guarded(engine, input, instances, |store, opened| {
                self.ask_packed(store, opened, packed, parts)
            }),
            (_, _, None) => {
                self.guarded(engine, input, instances, |store, opened| self.ask(store, opened, parts))
            }
        };
        Evaluation { heard, fuel }
    }

    /// Runs one call in an instance that is as it was first, and says how much fuel it burnt.
    pub(super) fn guarded<T>(
        &self,
        engine: &Engine,
        input_bytes: usize,
        instances: Instances,
        call: impl FnOnce(&mut Store<Guard>, &Opened) -> Answered<T>,
    ) -> (Result<T, RuleFailure>, u64) {
        let budget = (&self.limits, self.ticks);
        self.within_input(input_bytes, || match &self.resettable {
            Some(resettable) if instances == Instances::PutBack => {
                resettable.call(engine, budget, |store| self.begin(store), call)
            }
            _ => self.anew(engine, call),
        })
    }

    /// Runs one call in a store of its own.
    fn anew<T>(
        &self,
        engine: &Engine,
        call: impl FnOnce(&mut Store<Guard>, &Opened) -> Answered<T>,
    ) -> (Result<T, RuleFailure>, u64) {
        let mut store = match Guard::store(engine, &self.limits, self.ticks) {
            Ok(store) => store,
            Err(error) => return (Err(RuleFailure::of_contract(&error, &self.limits)), 0),
        };
        let answered = self.begin(&mut store).and_then(|opened| call(&mut store, &opened));
        let left = store.get_fuel().unwrap_or_default();
        (answered.and_then(|heard| heard), self.limits.fuel.saturating_sub(left))
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

    /// Has an instance wait for the first evaluation, if it is of those that are put back.
    pub(super) fn prepare(&self, engine: &Engine) -> Result<(), RuleFailure> {
        let budget = (&self.limits, self.ticks);
        match (&self.core, &self.resettable) {
            (Some(core), _) => core.prepare(engine, budget),
            (None, Some(resettable)) => resettable.prepare(engine, budget, |store| self.begin(store)),
            (None, None) => Ok(()),
        }
    }

    /// How many instances that are put back have been made.
    pub(super) fn made(&self) -> usize {
        let of_component = self.resettable.as_ref().map_or(0, ResettableComponent::made);
        self.core.as_ref().map_or(0, ResettableCore::made) + of_component
    }

    /// How many bytes of packed requests and answers one call should take at most; `None` where it does not matter.
    pub(super) fn room(&self) -> Option<usize> {
        self.core.as_ref().map(ResettableCore::room)
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
    fn begin(&self, store: &mut Store<Guard>) -> Result<Opened, RuleFailure> {
        let contract = |error: wasmtime::Error| RuleFailure::of_contract(&error, &self.limits);
        let instance = self.component.instantiate(&mut *store).map_err(contract)?;
        if let Some((export, settings)) = &self.configure {
            let limits = self.limits.to_configure();
            store.set_fuel(limits.fuel).map_err(contract)?;
            let configure: Configure<'_> = instance.get_typed_func(&mut *store, *export).map_err(contract)?;
            let called = configure.call(&mut *store, (settings.as_str(),));
            let (configured,) = called.map_err(|error| RuleFailure::of_call(&error, &limits))?;
            configured.map_err(|_| RuleFailure::settings_refused())?;
            store.set_hostcall_fuel(self.limits.output_bytes);
        }
        // A memory without data is initialized by code, which an instance that is put back does not run.
        if self.configure.is_some() || self.has_memory_of_ours {
            store.set_fuel(self.limits.fuel).map_err(contract)?;
        }
        Ok(Opened::new(instance))
    }

    /// Sees that an instance can be had within the binding's limits at all, and gives its core module if it
    /// is resettable and has a packed door.
    fn check(&self, component: &Component, resettable: bool) -> Result<Option<ResettableCore>, RuleFailure> {
        let contract = |error: wasmtime::Error| RuleFailure::of_contract(&error, &self.limits);
        let engine = component.engine();
        let mut store = Guard::store(engine, &self.limits, self.ticks).map_err(contract)?;
        let opened = self.begin(&mut store)?;
        let instance = opened.instance;
        if let Some(packed) = self.packed {
            opened.evaluate_packed.of(&mut store, instance, packed).map_err(contract)?;
        }
        if !resettable {
            return Ok(None);
        }
        let core =
            component.get_export_index(None, CORE).and_then(|core| instance.get_module(&mut store, core));
        let settings = self.configure.as_ref().map(|(_, settings)| settings.clone());
        core.map(|module| ResettableCore::new(engine, &module, settings)).transpose().map_err(contract)
    }
}

fn state_functions(component: &Component) -> Option<StateFunctions> {
    let keep = component.get_export_index(None, KEEP)?;
    Some(StateFunctions { keep, reset: component.get_export_index(None, RESET)? })
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

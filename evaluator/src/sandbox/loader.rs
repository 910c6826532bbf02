//! Asks a module who it is, gives it its settings, and keeps the state that this leads to.

use std::sync::{Arc, OnceLock};

use holdfast_rule_set::Manifest;
use wasmtime::component::{Component, Instance, Linker};
use wasmtime::{Engine, Store};
use wasmtime_wizer::{ComponentContext, Wizer};

use crate::compiling::{CompileError, Purpose};
use crate::contract::{
    CONFIGURE, Configure, ContractVersion, Describe, Evaluate, ReviewCall, VerifyCall, v1_1,
};
use crate::engine::{self, Limits, Shape, World, caught};

use super::code::Code;
use super::configured::Configured;
use super::failure::RuleFailure;
use super::guard::Guard;
use super::prepared::{Prepared, Source};
use super::{resettable, snapshot};

/// A schema and its descriptions may be longer than an opinion.
const OUTPUT_BYTES: usize = 1 << 20;

/// Fuel that settings may take which every instance is given: less than a millisecond, where an instance is lost.
const SOON: u64 = 1_000_000;

/// A module on its way into a rule set, compiled for checking only.
pub(crate) struct ModuleLoader<'a> {
    engine: Engine,
    bytes: &'a [u8],
    shape: Shape,
    component: Component,
    /// What a snapshot needs; absent when the module cannot be instrumented.
    instrumented: Option<ComponentContext<'a>>,
    /// The module with what puts an instance back, for all settings that each instance is given.
    exposed: OnceLock<Option<Arc<Configured>>>,
    limits: Limits,
}

/// Why a module could not be configured.
pub(crate) enum ConfigureError {
    /// It failed.
    Failed(RuleFailure),
    /// It refused the settings: pointers and messages.
    Unfit(Vec<(String, String)>),
}

/// Why a module could not be asked anything.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum OpenError {
    /// Compiling it did not stay within its bounds, or could not be done here.
    #[error(transparent)]
    Compile(CompileError),
    /// It is nothing that the sandbox takes.
    #[error(transparent)]
    Failed(RuleFailure),
}

impl From<RuleFailure> for OpenError {
    fn from(failure: RuleFailure) -> Self {
        Self::Failed(failure)
    }
}

impl From<CompileError> for OpenError {
    fn from(error: CompileError) -> Self {
        match error {
            CompileError::Refused { detail } => Self::Failed(RuleFailure::Contract { detail }),
            CompileError::Panicked { detail } => Self::Failed(RuleFailure::Unsupported { detail }),
            CompileError::Long { .. }
            | CompileError::Memory { .. }
            | CompileError::Late { .. }
            | CompileError::Size { .. }
            | CompileError::Ended { .. }
            | CompileError::NotStarted { .. } => Self::Compile(error),
        }
    }
}

impl<'a> ModuleLoader<'a> {
    /// Compiles an admitted module, and sees that it has the contract's exports.
    pub(crate) fn open(bytes: &'a [u8], shape: Shape) -> Result<Self, OpenError> {
        caught(|| Self::compile(bytes, shape))
            .unwrap_or_else(|detail| Err(OpenError::Failed(RuleFailure::Unsupported { detail })))
    }

    fn compile(bytes: &'a [u8], shape: Shape) -> Result<Self, OpenError> {
        let limits = Limits { output_bytes: OUTPUT_BYTES, ..Limits::default() };
        let contract = |error: wasmtime::Error| RuleFailure::of_contract(&error, &limits);
        let engine = engine::checking().map_err(contract)?;
        // What cannot be instrumented, or panics, has no snapshot.
        let (instrumented, code) = match caught(|| Wizer::new().instrument_component(bytes)) {
            Ok(Ok((context, instrumented))) => {
                (Some(context), Code::compile(&instrumented, Purpose::Checking))
            }
            Ok(Err(_)) | Err(_) => (None, Code::compile(bytes, Purpose::Checking)),
        };
        let component = code?.load(&engine).map_err(contract)?;
        let exposed = OnceLock::new();
        let loader = Self { component, engine, bytes, shape, instrumented, exposed, limits };
        let (mut store, instance) = loader.instance()?;
        let judge = shape.world.judge();
        match (shape.world, shape.version) {
            (World::Rule, ContractVersion::V1_0) => {
                instance.get_typed_func(&mut store, judge).map(|_: Evaluate<'_>| ())
            }
            (World::Rule, ContractVersion::V1_1) => {
                instance.get_typed_func(&mut store, judge).map(|_: v1_1::Evaluate<'_>| ())
            }
            (World::Review, ContractVersion::V1_0) => {
                instance.get_typed_func(&mut store, judge).map(|_: ReviewCall<'_>| ())
            }
            (World::Review, ContractVersion::V1_1) => {
                instance.get_typed_func(&mut store, judge).map(|_: v1_1::ReviewCall<'_>| ())
            }
            (World::Verify, _) => instance.get_typed_func(&mut store, judge).map(|_: VerifyCall<'_>| ()),
        }
        .map_err(contract)?;
        Ok(loader)
    }

    /// Asks the module who it is.
    pub(crate) fn describe(&self) -> Result<Manifest, RuleFailure> {
        let (mut store, instance) = self.instance()?;
        let contract = |error: wasmtime::Error| RuleFailure::of_contract(&error, &self.limits);
        let stopped = |error: wasmtime::Error| RuleFailure::of_call(&error, &self.limits);
        match self.shape.version {
            ContractVersion::V1_0 => {
                let describe: Describe = instance.get_typed_func(&mut store, "describe").map_err(contract)?;
                describe.call(&mut store, ()).map(|(manifest,)| manifest.into()).map_err(stopped)
            }
            ContractVersion::V1_1 => {
                let describe: v1_1::Describe =
                    instance.get_typed_func(&mut store, "describe").map_err(contract)?;
                describe.call(&mut store, ()).map(|(manifest,)| manifest.into()).map_err(stopped)
            }
        }
    }

    /// Gives settings to an instance that nobody else has, and keeps the state that this leads to.
    ///
    /// Where an instance can be put back, and settings are soon taken, it is given them once when it is made, and rules with
    /// other settings share its code. Else they are in a snapshot, which has code of its own.
    pub(crate) fn configure(&self, settings: &str) -> Result<Prepared, ConfigureError> {
        let (mut store, instance) = self.instance().map_err(ConfigureError::Failed)?;
        let configure: Configure<'_> = instance
            .get_typed_func(&mut store, CONFIGURE)
            .map_err(|error| ConfigureError::Failed(RuleFailure::of_contract(&error, &self.limits)))?;
        let (answer,) = configure
            .call(&mut store, (settings,))
            .map_err(|error| ConfigureError::Failed(RuleFailure::of_call(&error, &self.limits)))?;
        answer.map_err(|issues| {
            let issues = issues.into_iter().map(|issue| (issue.pointer, issue.message));
            ConfigureError::Unfit(issues.collect())
        })?;
        if self.is_soon_configured(&store)
            && let Some(component) = self.exposed()
        {
            return Ok(self.prepared(component, Some(settings), true));
        }
        let snapshot =
            self.instrumented.as_ref().and_then(|context| snapshot::take(context, &mut store, instance));
        Ok(match snapshot {
            Some(snapshot) => match resettable::exposed(&snapshot) {
                Some(component) => self.prepared(configured(component), None, true),
                None => self.prepared(configured(snapshot), None, false),
            },
            None => self.prepared(configured(self.bytes.to_vec()), Some(settings), false),
        })
    }

    fn exposed(&self) -> Option<Arc<Configured>> {
        self.exposed.get_or_init(|| resettable::exposed(self.bytes).map(configured)).clone()
    }

    /// Whether settings cost little each time that they are given to an instance.
    fn is_soon_configured(&self, store: &Store<Guard>) -> bool {
        let burnt = self.limits.fuel.saturating_sub(store.get_fuel().unwrap_or_default());
        burnt <= SOON && store.data().counted().bytes() as u64 <= resettable::LARGEST
    }

    fn prepared(&self, component: Arc<Configured>, settings: Option<&str>, resettable: bool) -> Prepared {
        let source = Source::Component(component);
        Prepared { source, shape: self.shape, settings: settings.map(str::to_owned), resettable }
    }

    fn instance(&self) -> Result<(Store<Guard>, Instance), RuleFailure> {
        // No clock ticks for this engine, so any deadline holds for ever: fuel is the limit here.
        let made = Guard::store(&self.engine, &self.limits, 1).and_then(|mut store| {
            let instance = Linker::new(&self.engine).instantiate(&mut store, &self.component)?;
            Ok((store, instance))
        });
        made.map_err(|error| RuleFailure::of_contract(&error, &self.limits))
    }
}

fn configured(component: Vec<u8>) -> Arc<Configured> {
    Arc::new(Configured::new(component))
}

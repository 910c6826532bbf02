//! A rule that every lane makes its own copy of.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Scope};

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::engine::{Freshness, Limits, Needs, Shape};
#[cfg(feature = "compiler")]
use crate::sandbox::code::Code;
use crate::sandbox::code::CodeFile;
use crate::sandbox::evaluation::Compiled;
use crate::sandbox::failure::RuleFailure;
use crate::sandbox::prepared::{Prepared, Source};

/// What all lanes make their own copy from.
pub(super) struct Rule {
    pub(super) code: RuleCode,
    pub(super) shape: Shape,
    settings: Option<String>,
    /// Whether an instance may be put back to its first state.
    resettable: bool,
    limits: Limits,
}

/// Components of one engine, each for all rules that share its code: instructions that many rules run are in the
/// processor's caches once.
#[derive(Default)]
pub(super) struct Components(Mutex<BTreeMap<usize, Component>>);

impl Components {
    fn of(&self, code: &RuleCode, engine: &Engine) -> Result<Component, RuleFailure> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(component) = known.get(&code.address()) {
            return Ok(component.clone());
        }
        let component = code.load(engine)?;
        known.insert(code.address(), component.clone());
        Ok(component)
    }
}

#[derive(Clone)]
pub(super) enum RuleCode {
    #[cfg(feature = "compiler")]
    Compiled(Arc<Code>),
    Precompiled(Arc<CodeFile>),
}

impl RuleCode {
    /// The same for all rules that share it; they are there as long as the engine is.
    fn address(&self) -> usize {
        match self {
            #[cfg(feature = "compiler")]
            Self::Compiled(code) => Arc::as_ptr(code).addr(),
            Self::Precompiled(file) => Arc::as_ptr(file).addr(),
        }
    }

    fn load(&self, engine: &Engine) -> Result<Component, RuleFailure> {
        match self {
            #[cfg(feature = "compiler")]
            Self::Compiled(code) => {
                code.load(engine).map_err(|error| RuleFailure::Code { detail: format!("{error:#}") })
            }
            Self::Precompiled(file) => {
                file.load(engine).map_err(|error| RuleFailure::Code { detail: error.to_string() })
            }
        }
    }
}

impl Rule {
    pub(super) fn needs(&self) -> Needs {
        Needs { shape: self.shape, is_put_back: self.resettable }
    }

    pub(super) fn load(&self, engine: &Engine, components: &Components) -> Result<Compiled, RuleFailure> {
        let component = components.of(&self.code, engine)?;
        let kind = (self.shape.world, self.shape.version);
        Compiled::new(&component, kind, self.settings.as_deref(), self.resettable, self.limits)
    }
}

/// Code that is there, or that another thread is compiling.
type Coming<'a> = Box<dyn FnOnce() -> Result<RuleCode, String> + 'a>;

/// Compiles what has to be, each component on a thread of its own and once for all rules that share it.
pub(super) fn ready(
    prepared: &[(&Prepared, Limits)],
    freshness: Freshness,
) -> Result<Vec<Rule>, (Option<usize>, String)> {
    thread::scope(|scope| {
        let mut coming_code = BTreeMap::new();
        for (prepared, _) in prepared {
            let source = &prepared.source;
            coming_code.entry(source.address()).or_insert_with(|| coming(scope, source));
        }
        let code: BTreeMap<usize, Result<RuleCode, String>> =
            coming_code.into_iter().map(|(address, code)| (address, code())).collect();
        let rules = prepared.iter().enumerate().map(|(index, (prepared, limits))| {
            let code = code.get(&prepared.source.address()).cloned();
            let code = code.unwrap_or_else(|| Err("it has no code".to_owned()));
            Ok(Rule {
                code: code.map_err(|detail| (Some(index), detail))?,
                shape: prepared.shape,
                settings: prepared.settings.clone(),
                resettable: prepared.needs(freshness).is_put_back,
                limits: *limits,
            })
        });
        rules.collect()
    })
}

#[cfg_attr(not(feature = "compiler"), expect(unused_variables, reason = "nothing is compiled"))]
fn coming<'scope>(scope: &'scope Scope<'scope, '_>, source: &'scope Source) -> Coming<'scope> {
    match source {
        Source::Precompiled(file) => {
            let file = Arc::clone(file);
            Box::new(|| Ok(RuleCode::Precompiled(file)))
        }
        #[cfg(feature = "compiler")]
        Source::Component(component) => {
            let compiling = scope.spawn(move || component.code());
            Box::new(|| {
                let code = compiling.join().map_err(|_| "the compiler panicked".to_owned())?;
                code.map(RuleCode::Compiled).map_err(|error| error.to_string())
            })
        }
    }
}

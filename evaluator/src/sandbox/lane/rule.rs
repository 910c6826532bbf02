//! A rule that every lane makes its own copy of.

use std::sync::Arc;
use std::thread::{self, Scope};

use wasmtime::Engine;

use crate::engine::{Freshness, Limits, Shape};
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

pub(super) enum RuleCode {
    #[cfg(feature = "compiler")]
    Compiled(Arc<Code>),
    Precompiled(Arc<CodeFile>),
}

impl Rule {
    pub(super) fn load(&self, engine: &Engine) -> Result<Compiled, RuleFailure> {
        let component = match &self.code {
            #[cfg(feature = "compiler")]
            RuleCode::Compiled(code) => {
                code.load(engine).map_err(|error| RuleFailure::Code { detail: format!("{error:#}") })?
            }
            RuleCode::Precompiled(file) => {
                file.load(engine).map_err(|error| RuleFailure::Code { detail: error.to_string() })?
            }
        };
        let kind = (self.shape.world, self.shape.version);
        Compiled::new(&component, kind, self.settings.as_deref(), self.resettable, self.limits)
    }
}

/// Code that is there, or that another thread is compiling.
type Coming<'a> = Box<dyn FnOnce() -> Result<RuleCode, String> + 'a>;

/// Compiles what has to be, every rule on a thread of its own.
pub(super) fn ready(
    prepared: &[(&Prepared, Limits)],
    freshness: Freshness,
) -> Result<Vec<Rule>, (Option<usize>, String)> {
    thread::scope(|scope| {
        let code: Vec<Coming<'_>> =
            prepared.iter().map(|(prepared, _)| coming(scope, &prepared.source)).collect();
        let rules = code.into_iter().zip(prepared).enumerate().map(|(index, (code, (prepared, limits)))| {
            let code = code().map_err(|detail| (Some(index), detail))?;
            Ok(Rule {
                code,
                shape: prepared.shape,
                settings: prepared.settings.clone(),
                resettable: prepared.resettable && freshness == Freshness::Reset,
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

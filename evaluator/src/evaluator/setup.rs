//! Making an evaluator: how many evaluations at the same time, and every rule compiled.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use super::beside::{Beside, Desk};
use super::{Evaluator, Shared};
use crate::engine::{Freshness, WASMTIME, fuel};
use crate::rule_set::{Binding, RuleSet};
use crate::sandbox::Lanes;

/// More lanes than this only cost memory: a handler rarely has as many processors.
const MOST_LANES: usize = 16;

/// How an evaluator is set up.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// Evaluations at the same time; each has memory of its own.
    pub lanes: NonZeroUsize,
    /// How an instance comes by its memory.
    pub freshness: Freshness,
    /// How [`Evaluator::beside`] has calls made. A rule may use its thread for tens of milliseconds, so in an
    /// asynchronous process this must be another than the reactor's, as `tokio::task::spawn_blocking` finds one. By
    /// default, it is the thread that asks.
    pub beside: Beside,
}

impl Default for Setup {
    /// For as many evaluations as there are processors, in a process that is not asynchronous.
    fn default() -> Self {
        let processors = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let most = NonZeroUsize::new(MOST_LANES).unwrap_or(NonZeroUsize::MIN);
        Self { lanes: processors.min(most), freshness: Freshness::default(), beside: |work| work() }
    }
}

/// Why an evaluator could not be made.
#[derive(Debug, thiserror::Error)]
pub enum EvaluatorError {
    /// Wasmtime could not be set up.
    #[error("could not set up the sandbox: {0}")]
    Engine(String),
    /// A rule could not be compiled, or cannot start within its limits.
    #[error("could not make {module} of rule `{rule}` ready: {detail}")]
    Compile {
        /// Id of the rule.
        rule: String,
        /// Its module.
        module: String,
        /// Wasmtime's words.
        detail: String,
    },
}

impl Evaluator {
    /// Compiles every rule, for as many threads as there are processors.
    ///
    /// # Errors
    ///
    /// Names the rule that does not compile.
    pub fn new(rule_set: RuleSet) -> Result<Self, EvaluatorError> {
        Self::with(rule_set, Setup::default())
    }

    /// Like [`Evaluator::new`], for this many evaluations at the same time.
    ///
    /// # Errors
    ///
    /// Names the rule that does not compile.
    pub fn with_lanes(rule_set: RuleSet, lanes: NonZeroUsize) -> Result<Self, EvaluatorError> {
        Self::with(rule_set, Setup { lanes, ..Setup::default() })
    }

    /// Like [`Evaluator::new`], set up in this way.
    ///
    /// # Errors
    ///
    /// Names the rule that does not compile.
    pub fn with(rule_set: RuleSet, setup: Setup) -> Result<Self, EvaluatorError> {
        let Setup { lanes, freshness, beside } = setup;
        let desk = Desk::new(lanes.get());
        let rules = rule_set.rules().iter();
        let prepared: Vec<_> = rules.map(|rule| (&rule.prepared, rule.binding.limits)).collect();
        let lanes = Lanes::new(&prepared, lanes, freshness).map_err(|(index, detail)| {
            match index.and_then(|index| rule_set.rules().get(index)) {
                Some(rule) => EvaluatorError::Compile {
                    rule: rule.binding.id().to_owned(),
                    module: rule.binding.module.clone(),
                    detail,
                },
                None => EvaluatorError::Engine(detail),
            }
        })?;
        let (host, rule_set_digest) = (host(), rule_set.digest().to_string());
        Ok(Self { shared: Arc::new(Shared { rule_set, lanes, host, rule_set_digest, desk, beside }) })
    }

    /// Reads, authenticates and loads all code that a first decision would otherwise have to wait for.
    ///
    /// Of use before a rule set takes over, and after the first answer of a process. Rules that were
    /// compiled here are ready anyway.
    ///
    /// # Errors
    ///
    /// Names the rule whose precompiled code is refused, or which cannot start within its limits.
    pub fn warm(&self) -> Result<(), EvaluatorError> {
        self.shared.lanes.warm().map_err(|(index, failure)| {
            let binding = self.rule_set().bindings().nth(index);
            EvaluatorError::Compile {
                rule: binding.map(Binding::id).unwrap_or_default().to_owned(),
                module: binding.map(Binding::module).unwrap_or_default().to_owned(),
                detail: failure.to_string(),
            }
        })
    }
}

/// Who decides: fuel figures depend on all that it names.
pub(super) fn host() -> String {
    format!("holdfast-evaluator {} wasmtime {WASMTIME} fuel {}", env!("CARGO_PKG_VERSION"), fuel::VERSION)
}

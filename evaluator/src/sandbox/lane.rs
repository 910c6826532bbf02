//! Lanes: each evaluates one rule at a time, with an engine and a pool of its own.
//!
//! Threads that share an engine slow each other down to less than one thread's speed, so there is
//! a lane per processor, and a thread keeps to its lane as long as that is free. A lane takes a
//! rule's code when the rule is first asked there: a start costs only what the first decision needs.

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, Scope};

use wasmtime::Engine;
#[cfg(feature = "compiler")]
use wasmtime::component::Component;

use crate::contract::{RequestParts, ReviewParts};
use crate::opinion::Opinion;

#[cfg(feature = "compiler")]
use super::calm::caught;
#[cfg(feature = "compiler")]
use super::code::Code;
use super::code::CodeFile;
use super::engine;
use super::evaluation::{Compiled, Door, Evaluation};
use super::failure::RuleFailure;
use super::limits::Limits;
use super::prepared::{Prepared, Source};
use super::review::Reviewed;
use super::ticker;
use super::world::World;

/// Every rule, for every lane.
pub(crate) struct Lanes {
    rules: Vec<Rule>,
    lanes: Vec<Lane>,
}

/// What all lanes make their own copy from.
struct Rule {
    code: RuleCode,
    world: World,
    settings: Option<String>,
    limits: Limits,
}

enum RuleCode {
    #[cfg(feature = "compiler")]
    Compiled(Code),
    Precompiled(Arc<CodeFile>),
}

struct Lane {
    /// Held during an evaluation: the pool has room for one.
    free: Mutex<()>,
    engine: Engine,
    rules: Vec<OnceLock<Compiled>>,
}

/// A lane that belongs to the caller until it is dropped.
pub(crate) struct Held<'a> {
    rules: &'a [Rule],
    lane: &'a Lane,
    _held: MutexGuard<'a, ()>,
}

impl Lanes {
    /// Compiles every rule that is not precompiled, once, on all processors.
    ///
    /// Precompiled code is neither read nor authenticated here, but when its rule is first asked, or by
    /// [`Lanes::warm`].
    ///
    /// # Errors
    ///
    /// Gives the index of the rule that does not compile or start, or none for a failing engine.
    pub(crate) fn new(
        prepared: &[(&Prepared, Limits)],
        count: NonZeroUsize,
    ) -> Result<Self, (Option<usize>, String)> {
        let failed = |error: wasmtime::Error| (None, format!("{error:#}"));
        let shapes: Vec<_> = prepared.iter().map(|(prepared, _)| prepared.shape).collect();
        let engines = (0..count.get()).map(|_| engine::evaluating(&shapes));
        let engines: Vec<Engine> = engines.collect::<wasmtime::Result<_>>().map_err(failed)?;
        let first = engines.first().ok_or_else(|| (None, "there is no lane".to_owned()))?;
        let rules = ready(first, prepared)?;
        ticker::start(&engines.iter().collect::<Vec<_>>()).map_err(|error| (None, error.to_string()))?;
        let lanes = engines.into_iter().map(|engine| Lane {
            free: Mutex::new(()),
            engine,
            rules: rules.iter().map(|_| OnceLock::new()).collect(),
        });
        let lanes = Self { lanes: lanes.collect(), rules };
        lanes.check()?;
        Ok(lanes)
    }

    /// A rule that can never start would protect by default at every decision, instead of being refused.
    fn check(&self) -> Result<(), (Option<usize>, String)> {
        let here = |rule: &Rule| !matches!(rule.code, RuleCode::Precompiled(_));
        let held = self.hold().ok_or_else(|| (None, "there is no lane".to_owned()))?;
        for (index, _) in self.rules.iter().enumerate().filter(|(_, rule)| here(rule)) {
            held.ready(index).map_err(|failure| (Some(index), failure.to_string()))?;
        }
        Ok(())
    }

    /// Loads every rule in every lane, so that no decision has to wait for it.
    ///
    /// # Errors
    ///
    /// Gives the index of the first rule whose code is not authentic, or which cannot start.
    pub(crate) fn warm(&self) -> Result<(), (usize, RuleFailure)> {
        for lane in &self.lanes {
            let _held = lane.free.lock().unwrap_or_else(PoisonError::into_inner);
            let held = Held { rules: &self.rules, lane, _held };
            for index in 0..self.rules.len() {
                held.ready(index).map_err(|failure| (index, failure))?;
            }
        }
        Ok(())
    }

    /// This thread's lane, or another that is free; waits when all are busy.
    pub(crate) fn hold(&self) -> Option<Held<'_>> {
        let own = thread_number() % self.lanes.len().max(1);
        let (before, from_own) = self.lanes.split_at_checked(own)?;
        let free = from_own.iter().chain(before).find_map(|lane| {
            let _held = lane.free.try_lock().ok()?;
            Some(Held { rules: &self.rules, lane, _held })
        });
        free.or_else(|| {
            let lane = from_own.first()?;
            let _held = lane.free.lock().unwrap_or_else(PoisonError::into_inner);
            Some(Held { rules: &self.rules, lane, _held })
        })
    }
}

impl Held<'_> {
    /// Evaluates the rule of this index; `None` if there is none.
    pub(crate) fn evaluate(&self, rule: usize, parts: &RequestParts<'_>) -> Option<Evaluation> {
        self.evaluate_through(Door::Cheapest, rule, parts)
    }

    /// The same, through this door.
    pub(crate) fn evaluate_through(
        &self,
        door: Door,
        rule: usize,
        parts: &RequestParts<'_>,
    ) -> Option<Evaluation> {
        self.rules.get(rule)?;
        Some(match self.ready(rule) {
            Ok(compiled) => compiled.evaluate(&self.lane.engine, parts, door),
            Err(failure) => Evaluation { heard: Err(failure), fuel: 0 },
        })
    }

    /// Whether the instance of this rule is put back to its first state instead of being made anew.
    pub(crate) fn stands(&self, rule: usize) -> Option<bool> {
        self.ready(rule).ok().map(Compiled::stands)
    }

    /// Asks the rule of this index about many requests at once; see [`Compiled::evaluate_many`].
    pub(crate) fn evaluate_many(
        &self,
        rule: usize,
        requests: &[&RequestParts<'_>],
    ) -> Option<Vec<Option<Opinion>>> {
        Some(self.ready(rule).ok()?.evaluate_many(&self.lane.engine, requests))
    }

    /// Lets the rule of this index review an operation; `None` if there is none.
    pub(crate) fn review(&self, rule: usize, parts: &ReviewParts<'_>) -> Option<Reviewed> {
        self.rules.get(rule)?;
        Some(match self.ready(rule) {
            Ok(compiled) => compiled.review(&self.lane.engine, parts),
            Err(failure) => Reviewed { heard: Err(failure), fuel: 0 },
        })
    }

    /// The rule, ready in this lane.
    fn ready(&self, index: usize) -> Result<&Compiled, RuleFailure> {
        let missing = || RuleFailure::Code { detail: format!("there is no rule {index}") };
        let cell = self.lane.rules.get(index).ok_or_else(missing)?;
        if let Some(ready) = cell.get() {
            return Ok(ready);
        }
        let compiled = self.rules.get(index).ok_or_else(missing)?.load(&self.lane.engine)?;
        Ok(cell.get_or_init(|| compiled))
    }
}

impl Rule {
    fn load(&self, engine: &Engine) -> Result<Compiled, RuleFailure> {
        let component = match &self.code {
            #[cfg(feature = "compiler")]
            RuleCode::Compiled(code) => {
                code.load(engine).map_err(|error| RuleFailure::Code { detail: format!("{error:#}") })?
            }
            RuleCode::Precompiled(file) => {
                file.load(engine).map_err(|error| RuleFailure::Code { detail: error.to_string() })?
            }
        };
        Compiled::new(&component, self.world, self.settings.as_deref(), self.limits)
    }
}

/// Code that is there, or that another thread is compiling.
type Coming<'a> = Box<dyn FnOnce() -> Result<RuleCode, String> + 'a>;

/// Compiles what has to be, every rule on a thread of its own.
fn ready(engine: &Engine, prepared: &[(&Prepared, Limits)]) -> Result<Vec<Rule>, (Option<usize>, String)> {
    thread::scope(|scope| {
        let code: Vec<Coming<'_>> =
            prepared.iter().map(|(prepared, _)| coming(scope, engine, &prepared.source)).collect();
        let rules = code.into_iter().zip(prepared).enumerate().map(|(index, (code, (prepared, limits)))| {
            let code = code().map_err(|detail| (Some(index), detail))?;
            Ok(Rule { code, world: prepared.world(), settings: prepared.settings.clone(), limits: *limits })
        });
        rules.collect()
    })
}

#[cfg_attr(not(feature = "compiler"), expect(unused_variables, reason = "nothing is compiled"))]
fn coming<'scope>(
    scope: &'scope Scope<'scope, '_>,
    engine: &'scope Engine,
    source: &'scope Source,
) -> Coming<'scope> {
    match source {
        Source::Precompiled(file) => {
            let file = Arc::clone(file);
            Box::new(|| Ok(RuleCode::Precompiled(file)))
        }
        #[cfg(feature = "compiler")]
        Source::Component(bytes) => {
            let compiling = scope.spawn(move || caught(|| Code::of(&Component::new(engine, bytes)?)));
            Box::new(|| {
                let code = compiling.join().map_err(|_| "the compiler panicked".to_owned())?;
                let code = code.map_err(|panic| format!("the compiler panicked: {panic}"))?;
                code.map(RuleCode::Compiled).map_err(|error| format!("{error:#}"))
            })
        }
    }
}

/// Numbers threads in the order in which they first evaluate something.
fn thread_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: Cell<Option<usize>> = const { Cell::new(None) };
    }
    NUMBER.with(|number| {
        number.get().unwrap_or_else(|| {
            let taken = NEXT.fetch_add(1, Ordering::Relaxed);
            number.set(Some(taken));
            taken
        })
    })
}

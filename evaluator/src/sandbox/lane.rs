//! Lanes: each evaluates one rule at a time, with an engine and a pool of its own.
//!
//! Threads that share an engine slow each other down to less than one thread's speed, so there is
//! a lane per processor, and a thread keeps to its lane as long as that is free.

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::contract::{RequestParts, ReviewParts};
use crate::opinion::Opinion;

use super::engine;
use super::evaluation::{Compiled, Door, Evaluation};
use super::limits::Limits;
use super::review::Reviewed;
use super::ticker;
use super::workshop::Prepared;

/// Every rule, compiled for every lane.
pub(crate) struct Lanes {
    lanes: Vec<Lane>,
}

struct Lane {
    /// Held during an evaluation: the pool has room for one.
    free: Mutex<()>,
    engine: Engine,
    rules: Vec<Compiled>,
}

/// A lane that belongs to the caller until it is dropped.
pub(crate) struct Held<'a> {
    lane: &'a Lane,
    _held: MutexGuard<'a, ()>,
}

impl Lanes {
    /// Compiles every rule once, on all processors, and copies the code into each lane.
    ///
    /// # Errors
    ///
    /// Gives the index of the rule that does not compile or start, or none for a failing engine.
    pub(crate) fn new(
        rules: &[(&Prepared, Limits)],
        count: NonZeroUsize,
    ) -> Result<Self, (Option<usize>, String)> {
        let failed = |error: wasmtime::Error| (None, format!("{error:#}"));
        let shapes: Vec<_> = rules.iter().map(|(prepared, _)| prepared.shape).collect();
        let first = engine::evaluating(&shapes).map_err(failed)?;
        let compiled = compile(&first, rules)?;
        let mut lanes = Vec::with_capacity(count.get());
        for index in 0..count.get() {
            let lane = if index == 0 {
                Lane::new(first.clone(), &compiled, rules)
            } else {
                engine::evaluating(&shapes).and_then(|engine| {
                    let copies: wasmtime::Result<Vec<_>> =
                        compiled.iter().map(|component| copy(component, &engine)).collect();
                    Lane::new(engine, &copies?, rules)
                })
            };
            lanes.push(lane.map_err(failed)?);
        }
        // A rule that can never start would protect by default at every decision, instead of being refused.
        for lane in lanes.iter().take(1) {
            for (index, rule) in lane.rules.iter().enumerate() {
                rule.check(&lane.engine).map_err(|failure| (Some(index), failure.to_string()))?;
            }
        }
        let engines: Vec<&Engine> = lanes.iter().map(|lane| &lane.engine).collect();
        ticker::start(&engines).map_err(|error| (None, error.to_string()))?;
        Ok(Self { lanes })
    }

    /// This thread's lane, or another that is free; waits when all are busy.
    pub(crate) fn hold(&self) -> Option<Held<'_>> {
        let own = thread_number() % self.lanes.len().max(1);
        let (before, from_own) = self.lanes.split_at_checked(own)?;
        let free = from_own.iter().chain(before).find_map(|lane| {
            let _held = lane.free.try_lock().ok()?;
            Some(Held { lane, _held })
        });
        free.or_else(|| {
            let lane = from_own.first()?;
            let _held = lane.free.lock().unwrap_or_else(PoisonError::into_inner);
            Some(Held { lane, _held })
        })
    }
}

impl Lane {
    fn new(engine: Engine, compiled: &[Component], rules: &[(&Prepared, Limits)]) -> wasmtime::Result<Self> {
        let rules = compiled.iter().zip(rules).map(|(component, (prepared, limits))| {
            Compiled::new(component, prepared.world(), prepared.settings.as_deref(), *limits)
        });
        Ok(Self { free: Mutex::new(()), engine, rules: rules.collect::<wasmtime::Result<_>>()? })
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
        let rule = self.lane.rules.get(rule)?;
        Some(rule.evaluate(&self.lane.engine, parts, door))
    }

    /// Asks the rule of this index about many requests at once; see [`Compiled::evaluate_many`].
    pub(crate) fn evaluate_many(
        &self,
        rule: usize,
        requests: &[&RequestParts<'_>],
    ) -> Option<Vec<Option<Opinion>>> {
        self.lane.rules.get(rule)?.evaluate_many(&self.lane.engine, requests)
    }

    /// Lets the rule of this index review an operation; `None` if there is none.
    pub(crate) fn review(&self, rule: usize, parts: &ReviewParts<'_>) -> Option<Reviewed> {
        let rule = self.lane.rules.get(rule)?;
        Some(rule.review(&self.lane.engine, parts))
    }
}

fn compile(
    engine: &Engine,
    rules: &[(&Prepared, Limits)],
) -> Result<Vec<Component>, (Option<usize>, String)> {
    thread::scope(|scope| {
        let compiling: Vec<_> = rules
            .iter()
            .map(|(prepared, _)| scope.spawn(|| Component::new(engine, &prepared.component)))
            .collect();
        let compiled = compiling.into_iter().enumerate().map(|(index, thread)| {
            let result = thread.join().map_err(|_| "the compiler panicked".to_owned());
            result
                .and_then(|compiled| compiled.map_err(|error| format!("{error:#}")))
                .map_err(|detail| (Some(index), detail))
        });
        compiled.collect()
    })
}

/// Native code for an engine of the same configuration.
#[expect(unsafe_code, reason = "loading native code cannot be checked by the compiler")]
fn copy(component: &Component, engine: &Engine) -> wasmtime::Result<Component> {
    let code = component.serialize()?;
    // SAFETY: the bytes come from `serialize` on the line above and were never out of our hands.
    unsafe { Component::deserialize(engine, code) }
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

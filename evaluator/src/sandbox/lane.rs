//! Lanes: each evaluates one rule at a time, with an engine and a pool of its own.
//!
//! Threads that share an engine slow each other down to less than one thread's speed, so there is
//! a lane per processor, and a thread keeps to its lane as long as that is free. A lane takes a
//! rule's code when the rule is first asked there: a start costs only what the first decision needs.

mod rule;
mod thread;

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::contract::{RequestParts, ReviewParts, VerifyParts};
use crate::engine::{self, Evaluating, Freshness, Limits, Needs, Reuse, Swaps};
use crate::opinion::Opinion;
use wasmtime::Engine;

use super::evaluation::{Compiled, EntryPoint, Evaluation};
use super::failure::RuleFailure;
use super::prepared::Prepared;
use super::review::Reviewed;
use super::ticker::{Bell, Clock};
use super::verify::Verified;

use rule::{Components, Rule, RuleCode, ready};
use thread::thread_number;

/// Every rule, for every lane.
pub(crate) struct Lanes {
    rules: Vec<Rule>,
    lanes: Vec<Lane>,
    swaps: Swaps,
    notices: Vec<String>,
    clock: Clock,
}

struct Lane {
    /// Held during an evaluation: the pool has room for one.
    free: Mutex<()>,
    bell: Bell,
    place: Place,
    /// Takes over, for good, when the kernel can no longer be believed; see [`Swaps`].
    careful: OnceLock<Place>,
}

/// An engine, and the rules that are ready for it.
struct Place {
    engine: Engine,
    asks_kernel: bool,
    rules: Vec<OnceLock<Compiled>>,
    components: Components,
}

/// A lane that belongs to the caller until it is dropped.
pub(crate) struct Held<'a> {
    lanes: &'a Lanes,
    lane: &'a Lane,
    _free: MutexGuard<'a, ()>,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.lane.bell.given_back();
    }
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
        freshness: Freshness,
    ) -> Result<Self, (Option<usize>, String)> {
        Self::watching(Swaps::of_this_machine(), prepared, count, freshness)
    }

    /// The same, told elsewhere whether there is anything to swap to.
    pub(super) fn watching(
        swaps: Swaps,
        prepared: &[(&Prepared, Limits)],
        count: NonZeroUsize,
        freshness: Freshness,
    ) -> Result<Self, (Option<usize>, String)> {
        let failed = |error: wasmtime::Error| (None, format!("{error:#}"));
        let needs: Vec<_> = prepared.iter().map(|(prepared, _)| prepared.needs(freshness)).collect();
        let reuse = freshness.reuse(&swaps);
        let evaluating = (0..count.get()).map(|_| engine::evaluating(&needs, reuse));
        let evaluating: Vec<Evaluating> = evaluating.collect::<wasmtime::Result<_>>().map_err(failed)?;
        let rules = ready(prepared, freshness)?;
        let clock = Clock::new();
        clock.start().map_err(|error| (None, error.to_string()))?;
        let notices =
            evaluating.iter().find_map(|evaluating| evaluating.notice.clone()).into_iter().collect();
        let lanes = evaluating.into_iter().map(|evaluating| {
            clock.advance(&evaluating.engine);
            Lane {
                free: Mutex::new(()),
                bell: clock.bell(),
                place: Place::new(evaluating, rules.len()),
                careful: OnceLock::new(),
            }
        });
        let lanes = Self { lanes: lanes.collect(), rules, swaps, notices, clock };
        lanes.check()?;
        Ok(lanes)
    }

    /// None at all, as if every engine had been lost.
    #[cfg(all(test, feature = "compiler"))]
    pub(crate) fn none() -> Self {
        let (swaps, clock) = (Swaps::of_this_machine(), Clock::new());
        Self { rules: Vec::new(), lanes: Vec::new(), swaps, notices: Vec::new(), clock }
    }

    /// How often each lane has been taken and given back.
    #[cfg(all(test, feature = "compiler"))]
    pub(super) fn uses(&self) -> Vec<u64> {
        self.clock.uses()
    }

    /// What is slower than it should be, and what to do about it.
    pub(crate) fn notices(&self) -> &[String] {
        &self.notices
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
            let held = self.held(lane, lane.free.lock().unwrap_or_else(PoisonError::into_inner));
            for index in 0..self.rules.len() {
                let prepared = held.ready(index).and_then(|(engine, compiled)| compiled.prepare(engine));
                prepared.map_err(|failure| (index, failure))?;
            }
        }
        Ok(())
    }

    /// This thread's lane, or another that is free; waits when all are busy.
    pub(crate) fn hold(&self) -> Option<Held<'_>> {
        let own = thread_number() % self.lanes.len().max(1);
        let (before, from_own) = self.lanes.split_at_checked(own)?;
        let free = from_own.iter().chain(before).find_map(|lane| {
            let free = lane.free.try_lock().ok()?;
            Some(self.held(lane, free))
        });
        free.or_else(|| {
            let lane = from_own.first()?;
            let free = lane.free.lock().unwrap_or_else(PoisonError::into_inner);
            Some(self.held(lane, free))
        })
    }

    fn held<'a>(&'a self, lane: &'a Lane, free: MutexGuard<'a, ()>) -> Held<'a> {
        lane.bell.taken();
        Held { lanes: self, lane, _free: free }
    }
}

impl Held<'_> {
    /// Evaluates the rule of this index; `None` if there is none.
    pub(crate) fn evaluate(&self, rule: usize, parts: &RequestParts<'_>) -> Option<Evaluation> {
        self.evaluate_through(EntryPoint::Cheapest, rule, parts)
    }

    /// The same, through this door.
    pub(crate) fn evaluate_through(
        &self,
        entry: EntryPoint,
        rule: usize,
        parts: &RequestParts<'_>,
    ) -> Option<Evaluation> {
        self.lanes.rules.get(rule)?;
        Some(match self.ready(rule) {
            Ok((engine, compiled)) => compiled.evaluate(engine, parts, entry),
            Err(failure) => Evaluation { heard: Err(failure), fuel: 0 },
        })
    }

    /// Whether the instance of this rule is put back to its first state instead of being made again.
    pub(crate) fn is_reset(&self, rule: usize) -> Option<bool> {
        self.ready(rule).ok().map(|(_, compiled)| compiled.is_reset())
    }

    /// How many instances of this rule that are put back have been made.
    pub(crate) fn made(&self, rule: usize) -> Option<usize> {
        self.ready(rule).ok().map(|(_, compiled)| compiled.made())
    }

    /// Whether the kernel is asked which pages an evaluation has touched.
    #[cfg(all(test, feature = "compiler"))]
    pub(super) fn asks_kernel(&self) -> Option<bool> {
        self.place().ok().map(|place| place.asks_kernel)
    }

    /// Asks the rule of this index about many requests at once; see [`Compiled::evaluate_many`].
    pub(crate) fn evaluate_many(
        &self,
        rule: usize,
        requests: &[&RequestParts<'_>],
    ) -> Option<Vec<Option<Opinion>>> {
        let (engine, compiled) = self.ready(rule).ok()?;
        Some(compiled.evaluate_many(engine, requests))
    }

    /// Lets the rule of this index review an operation; `None` if there is none.
    pub(crate) fn review(&self, rule: usize, parts: &ReviewParts<'_>) -> Option<Reviewed> {
        self.lanes.rules.get(rule)?;
        Some(match self.ready(rule) {
            Ok((engine, compiled)) => compiled.review(engine, parts),
            Err(failure) => Reviewed { heard: Err(failure), fuel: 0 },
        })
    }

    /// Lets the rule of this index judge what was restored; `None` if there is none.
    pub(crate) fn verify(&self, rule: usize, parts: &VerifyParts<'_>) -> Option<Verified> {
        self.lanes.rules.get(rule)?;
        Some(match self.ready(rule) {
            Ok((engine, compiled)) => compiled.verify(engine, parts),
            Err(failure) => Verified { heard: Err(failure), fuel: 0 },
        })
    }

    /// The rule, ready in this lane, and its engine.
    fn ready(&self, index: usize) -> Result<(&Engine, &Compiled), RuleFailure> {
        let missing = || RuleFailure::Code { detail: format!("there is no rule {index}") };
        let place = self.place()?;
        let cell = place.rules.get(index).ok_or_else(missing)?;
        if let Some(ready) = cell.get() {
            return Ok((&place.engine, ready));
        }
        let compiled = self.lanes.rules.get(index).ok_or_else(missing)?;
        let compiled = compiled.load(&place.engine, &place.components)?;
        Ok((&place.engine, cell.get_or_init(|| compiled)))
    }

    /// Where this lane evaluates. Asked before each evaluation, so that none begins in memory that the kernel
    /// may have been wrong about.
    fn place(&self) -> Result<&Place, RuleFailure> {
        let Lane { place, careful, .. } = self.lane;
        if !place.asks_kernel {
            return Ok(place);
        }
        match careful.get() {
            Some(careful) => Ok(careful),
            None if self.lanes.swaps.seen() => {
                let made = self.lanes.careful().map_err(|detail| RuleFailure::Machine { detail })?;
                Ok(careful.get_or_init(|| made))
            }
            None => Ok(place),
        }
    }
}

impl Lanes {
    fn careful(&self) -> Result<Place, String> {
        let needs: Vec<Needs> = self.rules.iter().map(Rule::needs).collect();
        let made = engine::evaluating(&needs, Reuse::WholePages).map_err(|error| format!("{error:#}"))?;
        self.clock.advance(&made.engine);
        Ok(Place::new(made, self.rules.len()))
    }
}

impl Place {
    fn new(evaluating: Evaluating, rules: usize) -> Self {
        let Evaluating { engine, asks_kernel, notice: _ } = evaluating;
        let rules = (0..rules).map(|_| OnceLock::new()).collect();
        Self { engine, asks_kernel, rules, components: Components::default() }
    }
}

//! Decides about many resources at once, for sweeps and diffs: outcomes without records, many
//! resources to a sandbox.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use holdfast_rule_set::Mode;

use crate::composition::{self, Answer};
use crate::contract::RequestParts;
use crate::engine::World;
use crate::evaluator::{Evaluator, Round};
use crate::expiry;
use crate::facts::{FactKey, Given};
use crate::model::{Decision, Fact, Outcome, Request};
use crate::opinion::{Opinion, Verdict};
use crate::record::{RuleOpinion, ShadowDifference};
use crate::rule_set::Binding;

/// Resources to a sandbox. Beyond this many, a fresh sandbox is a small part of the cost.
const TOGETHER: usize = 64;

/// Rules that are heeded, and those that are only asked.
const MODES: [Mode; 2] = [Mode::Enforce, Mode::Shadow];

/// What became of one request among many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// The outcome, and which rules say so.
    Decided(Box<Ruled>),
    /// Rules want these facts first, sorted.
    Wants(Vec<FactKey>),
}

/// An outcome, and the rules in force that say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruled {
    /// Whether, and how.
    pub outcome: Outcome,
    /// Ids of the rules whose opinion on *whether* is that of the outcome.
    pub rules: Vec<Arc<str>>,
    /// Ids of the rules in shadow that would change the outcome, were they enforced.
    pub shadows: Vec<Arc<str>>,
}

impl Ruled {
    /// Of a decision with its record.
    pub fn of(decision: Decision) -> Self {
        let verdict = match &decision.outcome {
            Outcome::Protect { .. } => "protect",
            Outcome::Exclude { .. } => "exclude",
            Outcome::NotCovered | Outcome::Hold { .. } => "",
        };
        let agrees = |opinion: &RuleOpinion| opinion.verdict == verdict && opinion.mode == Mode::Enforce;
        let agreeing = decision.record.opinions.into_iter().filter(agrees);
        let shadows = decision.record.shadow_differences.into_iter();
        Self {
            outcome: decision.outcome,
            rules: agreeing.map(|opinion| opinion.rule).collect(),
            shadows: shadows.map(|difference| difference.rule).collect(),
        }
    }

    fn of_opinions(
        (outcome, differences): (Outcome, Vec<ShadowDifference>),
        opinions: &[(&Binding, Opinion)],
    ) -> Self {
        let agrees = |opinion: &Opinion| {
            matches!(
                (&outcome, &opinion.verdict),
                (Outcome::Protect { .. }, Verdict::Protect(_))
                    | (Outcome::Exclude { .. }, Verdict::Exclude { .. })
            )
        };
        let agreeing =
            opinions.iter().filter(|(binding, opinion)| binding.mode() == Mode::Enforce && agrees(opinion));
        let rules = agreeing.map(|(binding, _)| Arc::clone(&binding.rank.id)).collect();
        let shadows = differences.into_iter().map(|difference| difference.rule).collect();
        Self { outcome, rules, shadows }
    }
}

impl Evaluator {
    /// The outcome for each request, equal to that of [`Evaluator::decide`], and in the same order.
    ///
    /// A rule that offers the packed door is given up to 64 resources in one fresh sandbox; where
    /// that fails, or a rule gives no opinion on a resource, the resource is decided alone. So many
    /// threads take part, this one among them; more than the evaluator has lanes only wait.
    pub fn decide_many<'a>(
        &self,
        requests: impl IntoIterator<Item = &'a Request>,
        threads: NonZeroUsize,
    ) -> Vec<Outcome> {
        let requests = requests.into_iter().collect();
        let modes = &[Mode::Enforce];
        self.each((requests, modes), threads, |ruled| ruled.outcome, |request| self.decide(request).outcome)
    }

    /// The same with the rules that say so and those in shadow that would not, for those who count what each rule does.
    pub fn decide_many_by_rule<'a>(
        &self,
        requests: impl IntoIterator<Item = &'a Request>,
        threads: NonZeroUsize,
    ) -> Vec<Ruled> {
        let requests = requests.into_iter().collect();
        self.each((requests, &MODES), threads, |ruled| ruled, |request| Ruled::of(self.decide(request)))
    }

    /// The same, but that rules may ask for facts, as in [`Evaluator::ask`].
    pub fn ask_many<'a>(
        &self,
        requests: impl IntoIterator<Item = &'a Request>,
        threads: NonZeroUsize,
    ) -> Vec<Answered> {
        self.each(
            (requests.into_iter().collect(), &MODES),
            threads,
            |ruled| Answered::Decided(Box::new(ruled)),
            |request| match self.ask(request) {
                Round::Decided(decision) => Answered::Decided(Box::new(Ruled::of(decision))),
                Round::Wants(keys) => Answered::Wants(keys),
            },
        )
    }

    /// What is said of each request: of those that are decided together, and of those that have to be asked about alone.
    fn each<T: Send>(
        &self,
        (requests, modes): (Vec<&Request>, &[Mode]),
        threads: NonZeroUsize,
        together: impl Fn(Ruled) -> T + Sync,
        alone: impl Fn(&Request) -> T + Sync,
    ) -> Vec<T> {
        let chunks: Vec<&[&Request]> = requests.chunks(TOGETHER).collect();
        let next = AtomicUsize::new(0);
        let done: Mutex<Vec<(usize, Vec<T>)>> = Mutex::new(Vec::with_capacity(chunks.len()));
        let work = || {
            while let Some((index, chunk)) = take(&next, &chunks) {
                let outcomes = self.chunk(chunk, modes).into_iter().zip(chunk);
                let said =
                    outcomes.map(|(outcome, request)| outcome.map_or_else(|| alone(request), &together));
                let said = said.collect();
                done.lock().unwrap_or_else(PoisonError::into_inner).push((index, said));
            }
        };
        thread::scope(|scope| {
            for _ in 1..threads.get().min(chunks.len()) {
                scope.spawn(work);
            }
            work();
        });
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_by_key(|(index, _)| *index);
        done.into_iter().flat_map(|(_, said)| said).collect()
    }

    /// The outcomes of requests that are decided together; none where one must be asked about alone.
    fn chunk(&self, requests: &[&Request], modes: &[Mode]) -> Vec<Option<Ruled>> {
        let asked = self.ask_together(requests, modes);
        let rule_set = self.rule_set();
        let outcomes = requests.iter().zip(asked).map(|(request, opinions)| {
            let opinions = opinions?;
            let answers: Vec<Answer<'_>> =
                opinions.iter().map(|(binding, opinion)| answer(binding, opinion)).collect();
            let resource_type = request.resource.resource_type.to_ascii_lowercase();
            let outcome =
                composition::outcome(rule_set.layers(), rule_set.defaults_of(&resource_type), &answers);
            Some(Ruled::of_opinions(outcome, &opinions))
        });
        outcomes.collect()
    }

    /// What each rule of these modes says of each request; none where a request must be decided alone.
    fn ask_together(&self, requests: &[&Request], modes: &[Mode]) -> Vec<Option<Vec<(&Binding, Opinion)>>> {
        let Some(lane) = self.shared.lanes.hold() else {
            return requests.iter().map(|_| None).collect();
        };
        let bare: Vec<RequestParts<'_>> =
            requests.iter().map(|request| RequestParts::showing(request, &[]).without_evidence()).collect();
        let mut asked: Vec<Option<Vec<_>>> = requests.iter().map(|_| Some(Vec::new())).collect();
        for (index, binding) in self.rules_of(modes) {
            let informed = informed(binding, requests);
            let mut places = Vec::with_capacity(requests.len());
            let mut shown = Vec::with_capacity(requests.len());
            for (place, (request, bare)) in requests.iter().zip(&bare).enumerate() {
                if binding.is_asked_about(&request.resource.resource_type, request.workload.as_ref()) {
                    match &informed {
                        None => shown.push(bare),
                        Some(informed) => shown.extend(informed.get(place).and_then(Option::as_ref)),
                    }
                    places.push(place);
                }
            }
            // A rule whose facts are missing fails, and what that means is decided alone.
            let complete = shown.len() == places.len() && !shown.is_empty();
            let answers = complete.then(|| lane.evaluate_many(index, &shown)).flatten();
            let mut answers = answers.unwrap_or_default().into_iter();
            for place in places {
                let heard = answers.next().flatten().zip(requests.get(place));
                let heard = heard.and_then(|(said, request)| expiry::heed(said, &request.event_time).ok());
                if let Some(opinions) = asked.get_mut(place) {
                    *opinions = opinions.take().zip(heard).map(|(mut opinions, opinion)| {
                        opinions.push((binding, opinion));
                        opinions
                    });
                }
            }
        }
        asked
    }

    fn rules_of(&self, modes: &[Mode]) -> impl Iterator<Item = (usize, &Binding)> {
        let bindings = self.rule_set().bindings().enumerate();
        bindings.filter(|(_, binding)| binding.world == World::Rule && modes.contains(&binding.mode()))
    }
}

/// Each request with the facts that the rule declares; none for a rule that declares none.
fn informed<'a>(binding: &Binding, requests: &[&'a Request]) -> Option<Vec<Option<RequestParts<'a>>>> {
    if binding.fact_kinds.is_empty() {
        return None;
    }
    let informed = requests.iter().map(|request| {
        let given = Given::of(&request.facts);
        let declared = binding.fact_kinds.iter().map(|kind| FactKey::about(*kind, &request.resource));
        let facts: Option<Vec<&Fact>> = declared.map(|key| given.get(&key)).collect();
        Some(RequestParts::showing(request, &facts?).without_evidence())
    });
    Some(informed.collect())
}

fn answer<'a>(binding: &'a Binding, opinion: &'a Opinion) -> Answer<'a> {
    Answer { rank: &binding.rank, on_error: binding.on_error(), heard: Ok(opinion) }
}

fn take<'a>(next: &AtomicUsize, chunks: &[&'a [&'a Request]]) -> Option<(usize, &'a [&'a Request])> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    chunks.get(index).map(|chunk| (index, *chunk))
}

//! Asks every rule that speaks of a resource, and composes what they say.

mod asking;
mod canonical;
mod declared;
mod reviewing;
mod verifying;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use holdfast_rule_set::{Decides, Digest, FactKind, OnError};
use serde::Serialize;
use serde_json::{Value, json};

use crate::composition::{self, Answer};
use crate::engine::{Freshness, WASMTIME, World, fuel};
use crate::facts::FactKey;
use crate::model::{Decision, Labels, Request, Resource, ReviewRequest, TargetWorkload, VerifyRequest};
use crate::opinion::{Opinion, Verdict};
use crate::record::{DecisionRecord, Digests, Reason, RuleOpinion};
use crate::review::Review;
use crate::rule_set::{Binding, RuleSet};
use crate::sandbox::{Held, Lanes, RuleFailure};
use crate::summary::summary;
use crate::verification::Verification;

use asking::{Asked, Question};
use canonical::Canonical;
use declared::declared_facts;

/// More lanes than this only cost memory: a handler rarely has as many processors.
const MOST_LANES: usize = 16;

/// Decides with one rule set. Cheap to clone; all clones share compiled rules.
#[derive(Clone)]
pub struct Evaluator {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    rule_set: RuleSet,
    pub(crate) lanes: Lanes,
    host: String,
    blocking: Blocking,
}

/// Makes a call that keeps its thread for as long as the slowest rule takes.
pub type Blocking = fn(&mut dyn FnMut());

/// How an evaluator is set up.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// Evaluations at the same time; each has memory of its own.
    pub lanes: NonZeroUsize,
    /// How an instance comes by its memory.
    pub freshness: Freshness,
    /// How calls are made that may take long. A rule may use its thread for tens of milliseconds, so in an
    /// asynchronous process this must free the reactor first, as `tokio::task::block_in_place` does. By
    /// default a call is made where it stands.
    pub blocking: Blocking,
}

impl Default for Setup {
    /// For as many evaluations as there are processors, in a process that is not asynchronous.
    fn default() -> Self {
        let processors = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let most = NonZeroUsize::new(MOST_LANES).unwrap_or(NonZeroUsize::MIN);
        Self { lanes: processors.min(most), freshness: Freshness::default(), blocking: |call| call() }
    }
}

/// What asking the rules came to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "made once a decision, and a decision is the rule")]
pub enum Round {
    /// They have what they need.
    Decided(Decision),
    /// They want these facts first; sorted, each once, none of them in the request.
    Wants(Vec<FactKey>),
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
        let Setup { lanes, freshness, blocking } = setup;
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
        let host = host();
        Ok(Self { shared: Arc::new(Shared { rule_set, lanes, host, blocking }) })
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

    /// What is slower than it should be, and what to do about it; empty where all is well.
    pub fn notices(&self) -> &[String] {
        self.shared.lanes.notices()
    }

    /// The rule set that it decides with.
    pub fn rule_set(&self) -> &RuleSet {
        &self.shared.rule_set
    }

    /// Whether any rule decides about protecting this type, compared without case.
    ///
    /// A type that is not covered needs no look at the resource: the outcome is `NotCovered`.
    pub fn covers(&self, resource_type: &str) -> bool {
        self.rules_for(World::Rule, resource_type, None)
            .any(|(_, binding)| binding.decides() == Decides::WhetherAndHow)
    }

    /// Whether the rule set calls a resource important, by its type and, once they are known, its tags.
    pub fn is_important(&self, resource_type: &str, tags: Option<&BTreeMap<String, String>>) -> bool {
        self.rule_set().is_important(resource_type, tags)
    }

    /// The facts that rules declare they need about this resource, sorted.
    pub fn facts_for(&self, resource: &Resource) -> Vec<FactKey> {
        self.declared(World::Rule, resource)
    }

    /// The facts that rules declare they need to review an operation on this resource, sorted.
    pub fn facts_for_review(&self, resource: &Resource) -> Vec<FactKey> {
        self.declared(World::Review, resource)
    }

    /// Decides about one resource, or says which facts the rules want first.
    ///
    /// The caller adds each wanted fact to the request ([`FactKey::with`]; without a value where there
    /// is nothing to be found) and asks again. That ends: each rule gets the facts that it declares,
    /// and then at most [`FACT_ROUNDS`](crate::FACT_ROUNDS) times what it asks for; after that it has
    /// failed. If a fact cannot be had, [`Evaluator::decide`] decides without it.
    pub fn ask(&self, request: &Request) -> Round {
        self.blocking(|| self.ask_here(request))
    }

    fn ask_here(&self, request: &Request) -> Round {
        let asked = self.question(request);
        let wants: BTreeSet<&FactKey> = asked.iter().flat_map(Asked::wants).collect();
        if wants.is_empty() {
            return Round::Decided(self.composed(request, asked));
        }
        Round::Wants(wants.into_iter().cloned().collect())
    }

    /// Decides about one resource. The same request gives the same decision, byte for byte, unless the
    /// machine is overloaded: a fault of the machine holds the decision.
    ///
    /// A rule that fails takes part by its `on-error`; the others are not affected. A rule that wants a
    /// fact which the request lacks has failed.
    pub fn decide(&self, request: &Request) -> Decision {
        self.blocking(|| self.composed(request, self.question(request)))
    }

    /// Asks every rule that judges operations, and composes a ruling. A rule that fails denies.
    pub fn review(&self, request: &ReviewRequest) -> Review {
        self.blocking(|| reviewing::review(self, request))
    }

    /// The facts that rules declare they need to judge a restore of this resource, sorted.
    pub fn facts_for_verification(&self, resource: &Resource) -> Vec<FactKey> {
        self.declared(World::Verify, resource)
    }

    /// Asks every rule that judges restores, and composes what they find. A rule that fails tells nothing, so the
    /// restore is at best inconclusive.
    pub fn verify(&self, request: &VerifyRequest) -> Verification {
        self.blocking(|| verifying::verify(self, request))
    }

    /// Makes a call as [`Setup::blocking`] says.
    fn blocking<T>(&self, call: impl Fn() -> T) -> T {
        let mut done = None;
        (self.shared.blocking)(&mut || done = Some(call()));
        // Whoever makes calls and leaves one out gets it made here.
        done.unwrap_or_else(call)
    }

    fn question(&self, request: &Request) -> Vec<Asked<'_>> {
        let question = Question::new(request);
        let lane = self.shared.lanes.hold();
        let workload = request.workload.as_ref();
        let rules = self.rules_for(World::Rule, &request.resource.resource_type, workload);
        rules.map(|(index, binding)| put(&question, lane.as_ref(), index, binding)).collect()
    }

    /// Rules of a world that speak of a type, with their indexes, in evaluation order.
    pub(crate) fn rules_for(
        &self,
        world: World,
        resource_type: &str,
        workload: Option<&TargetWorkload>,
    ) -> impl Iterator<Item = (usize, &Binding)> {
        let bindings = self.rule_set().bindings().enumerate();
        bindings.filter(move |(_, binding)| {
            binding.world == world && binding.is_asked_about(resource_type, workload)
        })
    }

    fn declared(&self, world: World, resource: &Resource) -> Vec<FactKey> {
        let kinds: BTreeSet<FactKind> = self
            .rules_for(world, &resource.resource_type, None)
            .flat_map(|(_, binding)| binding.fact_kinds.iter().copied())
            .collect();
        let mut keys: Vec<FactKey> = kinds.into_iter().map(|kind| FactKey::about(kind, resource)).collect();
        keys.sort();
        keys
    }

    fn composed(&self, request: &Request, asked: Vec<Asked<'_>>) -> Decision {
        let rule_set = self.rule_set();
        let failures: Vec<Option<String>> =
            asked.iter().map(|asked| asked.heard.as_ref().err().map(RuleFailure::to_string)).collect();
        let answers: Vec<Answer<'_>> =
            asked.iter().zip(&failures).map(|(asked, failure)| answer(asked, failure.as_deref())).collect();
        let resource_type = request.resource.resource_type.to_ascii_lowercase();
        let defaults = rule_set.defaults_of(&resource_type);
        let composition = composition::compose(rule_set.layers(), defaults, &answers);
        let record = DecisionRecord {
            summary: summary(&composition, &answers),
            opinions: answers.iter().zip(&asked).map(|(answer, asked)| recorded(answer, asked)).collect(),
            winners: composition.winners,
            conflicts: composition.conflicts,
            counterfactuals: composition.counterfactuals,
            shadow_differences: composition.shadow_differences,
            digests: self.digests(&Canonical::of(request)),
        };
        let labels = composition::labels(&answers);
        Decision { outcome: composition.outcome, labels, record }
    }

    fn digests(&self, input: &impl Serialize) -> Digests {
        let rule_set = self.rule_set();
        Digests {
            input: Digest::of(&serde_json::to_vec(input).unwrap_or_default()).to_string(),
            rule_set: rule_set.digest().to_string(),
            rule_set_revision: rule_set.revision(),
            host: self.shared.host.clone(),
        }
    }
}

impl fmt::Debug for Evaluator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Evaluator({:?})", self.rule_set())
    }
}

/// Who decides: fuel figures depend on all that it names.
fn host() -> String {
    format!("holdfast-evaluator {} wasmtime {WASMTIME} fuel {}", env!("CARGO_PKG_VERSION"), fuel::VERSION)
}

/// Asks the rule of this index. A rule that cannot be asked must not be passed over: without its word, the
/// resource might seem to be nobody's. It has failed, by a fault of the machine, and the decision is held.
fn put<'a>(
    question: &Question<'_>,
    lane: Option<&Held<'_>>,
    index: usize,
    binding: &'a Binding,
) -> Asked<'a> {
    lane.and_then(|lane| question.put(lane, index, binding)).unwrap_or_else(|| {
        let detail = "there is no sandbox for it".to_owned();
        Asked { binding, heard: Err(RuleFailure::Machine { detail }), fuel: 0 }
    })
}

/// A fault of the machine says nothing of the resource: whatever the binding's `on-error`, the
/// decision is held, and made anew by the next sweep.
fn answer<'a>(asked: &'a Asked<'a>, failure: Option<&'a str>) -> Answer<'a> {
    let rank = &asked.binding.rank;
    let faulted = asked.heard.as_ref().is_err_and(RuleFailure::is_fault);
    Answer {
        rank,
        on_error: if faulted { OnError::Hold } else { rank.on_error },
        heard: asked.heard.as_ref().map_err(|_| failure.unwrap_or_default()),
    }
}

fn recorded(answer: &Answer<'_>, asked: &Asked<'_>) -> RuleOpinion {
    let binding = asked.binding;
    let (verdict, said) = match answer.heard {
        Ok(opinion) => said(opinion),
        Err(failure) => ("indeterminate", json!({ "failure": failure, "on-error": binding.on_error() })),
    };
    let reasons = answer.heard.map_or_else(|_| Vec::new(), |opinion| opinion.reasons.clone());
    let labels = answer.heard.map_or_else(|_| Labels::new(), |opinion| opinion.labels.clone());
    RuleOpinion { labels, ..opinion_of(binding, verdict, said, reasons, asked.fuel) }
}

fn opinion_of(binding: &Binding, verdict: &str, said: Value, reasons: Vec<Reason>, fuel: u64) -> RuleOpinion {
    RuleOpinion {
        rule: binding.id().to_owned(),
        module: format!("{} {}", binding.manifest.name, binding.manifest.version),
        mode: binding.mode().to_string(),
        layer: binding.layer.clone(),
        priority: binding.priority(),
        verdict: verdict.to_owned(),
        said,
        labels: Labels::new(),
        reasons,
        fuel,
    }
}

fn said(opinion: &Opinion) -> (&'static str, Value) {
    match &opinion.verdict {
        Verdict::Abstain => ("abstain", Value::Null),
        Verdict::Protect(protection) => ("protect", serde_json::to_value(protection).unwrap_or_default()),
        Verdict::Exclude { kind, until } => ("exclude", json!({ "kind": kind, "until": until })),
        Verdict::Expired { kind, until } => ("expired", json!({ "kind": kind, "until": until })),
        Verdict::NeedFacts(keys) => ("need-facts", json!({ "facts": keys })),
    }
}

#[cfg(test)]
mod tests;

//! Asks every rule that speaks of a resource, and composes what they say.

mod asking;
mod beside;
mod canonical;
mod declared;
mod recording;
mod reviewing;
mod rounds;
mod setup;
mod verifying;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use holdfast_rule_set::{Decides, FactKind};

use crate::engine::World;
use crate::facts::FactKey;
use crate::model::{Decision, Request, Resource, ReviewRequest, TargetWorkload, VerifyRequest};
use crate::review::Review;
use crate::rule_set::{Binding, RuleSet};
use crate::sandbox::{Held, Lanes, RuleFailure};
use crate::verification::Verification;

pub use beside::{Beside, Work};
pub use rounds::Rounds;
pub use setup::{EvaluatorError, Setup};

use asking::{Asked, Question};
use beside::Desk;
use declared::declared_facts;
use recording::opinion_of;
use rounds::Kept;

/// Decides with one rule set. Cheap to clone; all clones share compiled rules.
#[derive(Clone)]
pub struct Evaluator {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    rule_set: RuleSet,
    pub(crate) lanes: Lanes,
    host: String,
    /// As records have it.
    rule_set_digest: String,
    desk: Arc<Desk>,
    beside: Beside,
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

impl Evaluator {
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
        let asked = self.question(request, &[]);
        let wants = Asked::wanted(&asked);
        if wants.is_empty() { Round::Decided(self.composed(request, asked)) } else { Round::Wants(wants) }
    }

    /// Decides about one resource. The same request gives the same decision, byte for byte, unless the
    /// machine is overloaded: a fault of the machine holds the decision.
    ///
    /// A rule that fails takes part by its `on-error`; the others are not affected. A rule that wants a
    /// fact which the request lacks has failed.
    pub fn decide(&self, request: &Request) -> Decision {
        self.composed(request, self.question(request, &[]))
    }

    /// Asks every rule that judges operations, and composes a ruling. A rule that fails denies.
    pub fn review(&self, request: &ReviewRequest) -> Review {
        reviewing::review(self, request)
    }

    /// The facts that rules declare they need to judge a restore of this resource, sorted.
    pub fn facts_for_verification(&self, resource: &Resource) -> Vec<FactKey> {
        self.declared(World::Verify, resource)
    }

    /// Asks every rule that judges restores, and composes what they find. A rule that fails tells nothing, so the
    /// restore is at best inconclusive.
    pub fn verify(&self, request: &VerifyRequest) -> Verification {
        verifying::verify(self, request)
    }

    /// Asks every rule of which it is not known what it says.
    fn question<'a>(&'a self, request: &'a Request, kept: &'a [Kept]) -> Vec<Asked<'a>> {
        let question = Question::new(request);
        let lane = self.shared.lanes.hold();
        let workload = request.workload.as_ref();
        let rules = self.rules_for(World::Rule, &request.resource.resource_type, workload);
        let ask = |(index, binding)| {
            Kept::again(kept, (index, binding), &question.given)
                .unwrap_or_else(|| put(&question, lane.as_ref(), index, binding))
        };
        rules.map(ask).collect()
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
}

impl fmt::Debug for Evaluator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Evaluator({:?})", self.rule_set())
    }
}

/// Asks the rule of this index. A rule that cannot be asked must not be passed over: without its word, the
/// resource might seem to be nobody's. It has failed, by a fault of the machine, and the decision is held.
fn put<'a>(
    question: &Question<'a>,
    lane: Option<&Held<'_>>,
    index: usize,
    binding: &'a Binding,
) -> Asked<'a> {
    lane.and_then(|lane| question.put(lane, index, binding)).unwrap_or_else(|| {
        let heard = Err(RuleFailure::no_sandbox());
        Asked { rule: index, binding, heard, fuel: 0, shown: Vec::new() }
    })
}

#[cfg(test)]
mod tests;

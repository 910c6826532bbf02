//! Asks every rule that speaks of a resource, and composes what they say.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use serde::Serialize;
use serde_json::{Value, json};

use crate::composition::{self, Answer, Standing};
use crate::contract::RequestParts;
use crate::digest::Digest;
use crate::model::{Decision, Fact, Request, Resource};
use crate::opinion::{Opinion, Verdict};
use crate::record::{DecisionRecord, Digests, RuleOpinion};
use crate::rule_set::{Binding, Decides, OnError, RuleSet};
use crate::sandbox::{Evaluation, Lanes, RuleFailure};
use crate::summary::summary;

/// Fuel figures depend on it; a test holds it against the lock file.
const WASMTIME: &str = "48.0.8";

/// More lanes than this only cost memory: a handler rarely has as many processors.
const MOST_LANES: usize = 16;

/// Decides with one rule set. Cheap to clone; all clones share compiled rules.
#[derive(Clone)]
pub struct Evaluator {
    shared: Arc<Shared>,
}

struct Shared {
    rule_set: RuleSet,
    lanes: Lanes,
    host: String,
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
        let processors = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let most = NonZeroUsize::new(MOST_LANES).unwrap_or(NonZeroUsize::MIN);
        Self::with_lanes(rule_set, processors.min(most))
    }

    /// Like [`Evaluator::new`], for this many evaluations at the same time.
    ///
    /// # Errors
    ///
    /// Names the rule that does not compile.
    pub fn with_lanes(rule_set: RuleSet, lanes: NonZeroUsize) -> Result<Self, EvaluatorError> {
        let rules = rule_set.rules().iter();
        let prepared: Vec<_> = rules.map(|rule| (&rule.prepared, rule.binding.limits)).collect();
        let lanes = Lanes::new(&prepared, lanes).map_err(|(index, detail)| {
            match index.and_then(|index| rule_set.rules().get(index)) {
                Some(rule) => EvaluatorError::Compile {
                    rule: rule.binding.id().to_owned(),
                    module: rule.binding.module.clone(),
                    detail,
                },
                None => EvaluatorError::Engine(detail),
            }
        })?;
        let host = format!("holdfast-evaluator {} wasmtime {WASMTIME}", env!("CARGO_PKG_VERSION"));
        Ok(Self { shared: Arc::new(Shared { rule_set, lanes, host }) })
    }

    /// The rule set that it decides with.
    pub fn rule_set(&self) -> &RuleSet {
        &self.shared.rule_set
    }

    /// Whether any rule decides about protecting this type, compared without case.
    ///
    /// A type that is not covered needs no look at the resource: the outcome is `NotCovered`.
    pub fn covers(&self, resource_type: &str) -> bool {
        self.rule_set()
            .bindings()
            .any(|binding| binding.decides() == Decides::WhetherAndHow && binding.speaks_of(resource_type))
    }

    /// Decides about one resource. The same request gives the same decision, byte for byte, unless the
    /// machine is overloaded: a fault of the machine holds the decision.
    ///
    /// A rule that fails takes part by its `on-error`; the others are not affected.
    pub fn decide(&self, request: &Request) -> Decision {
        let rule_set = self.rule_set();
        let asked = self.ask(request);
        let failures: Vec<Option<String>> = asked
            .iter()
            .map(|(_, evaluation)| evaluation.heard.as_ref().err().map(RuleFailure::to_string))
            .collect();
        let standings: Vec<Standing> =
            asked.iter().map(|(binding, asked)| standing(binding, asked)).collect();
        let answers: Vec<Answer<'_>> = asked
            .iter()
            .zip(&failures)
            .zip(&standings)
            .map(|(((_, evaluation), failure), standing)| Answer {
                standing,
                heard: match &evaluation.heard {
                    Ok(opinion) => Ok(opinion),
                    Err(_) => Err(failure.as_deref().unwrap_or_default()),
                },
            })
            .collect();
        let resource_type = request.resource.resource_type.to_ascii_lowercase();
        let defaults = rule_set.defaults_of(&resource_type);
        let composition = composition::compose(&rule_set.algorithms(), defaults, &answers);
        let record = DecisionRecord {
            summary: summary(&composition, &answers),
            opinions: answers
                .iter()
                .zip(&asked)
                .map(|(answer, (binding, evaluation))| recorded(answer, binding, evaluation.fuel))
                .collect(),
            winners: composition.winners,
            conflicts: composition.conflicts,
            counterfactuals: composition.counterfactuals,
            digests: self.digests(request),
        };
        Decision { outcome: composition.outcome, record }
    }

    /// Fuel that the first rule burns on this request, evaluated and not composed; for benchmarks.
    #[doc(hidden)]
    pub fn evaluate_first(&self, request: &Request) -> Option<u64> {
        let parts = RequestParts::of(request);
        let evaluation = self.shared.lanes.hold()?.evaluate(0, &parts)?;
        evaluation.heard.is_ok().then_some(evaluation.fuel)
    }

    fn ask(&self, request: &Request) -> Vec<(&Binding, Evaluation)> {
        let parts = RequestParts::of(request);
        let Some(lane) = self.shared.lanes.hold() else {
            return Vec::new();
        };
        let rules = self.rule_set().rules().iter().enumerate();
        rules
            .filter(|(_, rule)| rule.binding.speaks_of(&request.resource.resource_type))
            .filter_map(|(index, rule)| Some((&rule.binding, lane.evaluate(index, &parts)?)))
            .collect()
    }

    fn digests(&self, request: &Request) -> Digests {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Canonical<'a> {
            resource: &'a Resource,
            facts: Vec<&'a Fact>,
            event_time: &'a str,
        }
        let mut facts: Vec<&Fact> = request.facts.iter().collect();
        facts.sort();
        let input = Canonical { resource: &request.resource, facts, event_time: &request.event_time };
        let rule_set = self.rule_set();
        Digests {
            input: Digest::of(&serde_json::to_vec(&input).unwrap_or_default()).to_string(),
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

fn recorded(answer: &Answer<'_>, binding: &Binding, fuel: u64) -> RuleOpinion {
    let (verdict, said) = match answer.heard {
        Ok(opinion) => said(opinion),
        Err(failure) => ("indeterminate", json!({ "failure": failure, "on-error": binding.on_error() })),
    };
    RuleOpinion {
        rule: binding.id().to_owned(),
        module: format!("{} {}", binding.manifest.name, binding.manifest.version),
        mode: binding.mode().to_string(),
        layer: binding.layer.clone(),
        priority: binding.priority(),
        verdict: verdict.to_owned(),
        said,
        reasons: answer.heard.map_or_else(|_| Vec::new(), |opinion| opinion.reasons.clone()),
        fuel,
    }
}

fn said(opinion: &Opinion) -> (&'static str, Value) {
    match &opinion.verdict {
        Verdict::Abstain => ("abstain", Value::Null),
        Verdict::Protect(protection) => ("protect", serde_json::to_value(protection).unwrap_or_default()),
        Verdict::Exclude { kind, until } => ("exclude", json!({ "kind": kind, "until": until })),
        Verdict::NeedFacts(keys) => ("need-facts", json!({ "facts": keys })),
    }
}

/// A rule's standing in this decision. A fault of the machine says nothing of the resource: whatever the
/// binding's `on-error`, the decision is held, and made anew by the next sweep.
fn standing(binding: &Binding, evaluation: &Evaluation) -> Standing {
    let faulted = evaluation.heard.as_ref().is_err_and(RuleFailure::is_fault);
    let on_error = if faulted { OnError::Hold } else { binding.standing.on_error };
    Standing { on_error, ..binding.standing.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stated_wasmtime_is_the_locked_one() -> anyhow::Result<()> {
        let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock");
        let lock = std::fs::read_to_string(lock)?;
        let entry = format!("name = \"wasmtime\"\nversion = \"{WASMTIME}\"\n");
        assert!(lock.contains(&entry), "Cargo.lock has another wasmtime than {WASMTIME}");
        Ok(())
    }
}

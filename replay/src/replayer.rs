//! Decides a recorded request again, with the rule set that decided it then.

use std::collections::BTreeMap;

use holdfast_evaluator::{Decision, Digests, Evaluator};
use serde::Serialize;
use serde_json::Value;

use crate::entry::{BrokenEntry, Recorded};
use crate::pointer::first_difference;

/// What came of one recorded decision.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// The decision made now has the same canonical bytes, fuel included.
    Equal,
    /// It has not.
    Different(Box<Difference>),
    /// It agrees but for fuel, which another version of the evaluator burnt.
    OtherHost {
        /// Who decided it.
        host: String,
    },
    /// The rule set that decided it is not at hand.
    UnknownRuleSet {
        /// Its digest.
        digest: String,
        /// The revision that it stated.
        revision: u64,
    },
    /// The document cannot be read.
    Broken(BrokenEntry),
}

/// The first place at which a decision made again differs from the recorded one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// JSON pointer into the decision.
    pub pointer: String,
    /// What is recorded there; none if it is missing.
    pub recorded: Option<Value>,
    /// What was decided now; none if it is missing.
    pub decided: Option<Value>,
}

/// Decides again with whichever rule set a record names.
#[derive(Debug)]
pub struct Replayer {
    by_digest: BTreeMap<String, Evaluator>,
}

impl Replayer {
    /// Replays with these rule sets.
    pub fn new(evaluators: impl IntoIterator<Item = Evaluator>) -> Self {
        let keyed = evaluators.into_iter().map(|one| (one.rule_set().digest().to_string(), one));
        Self { by_digest: keyed.collect() }
    }

    /// Decides the request of the document at `path` again and compares.
    pub fn replay(&self, path: &str, document: &[u8]) -> Finding {
        let recorded = match Recorded::read(path, document) {
            Ok(recorded) => recorded,
            Err(broken) => return Finding::Broken(broken),
        };
        self.again(&recorded).unwrap_or_else(Finding::Broken)
    }

    fn again(&self, recorded: &Recorded<'_>) -> Result<Finding, BrokenEntry> {
        let text = recorded.decision_text();
        let Digests { rule_set, rule_set_revision, .. } = recorded.digests()?;
        match self.by_digest.get(&rule_set) {
            Some(evaluator) => compare(text, &evaluator.decide(&recorded.request)),
            None => Ok(Finding::UnknownRuleSet { digest: rule_set, revision: rule_set_revision }),
        }
    }
}

fn form(error: serde_json::Error) -> BrokenEntry {
    BrokenEntry::Form(error.to_string())
}

/// The ledger writes canonical JSON: keys sorted, no blanks. Equal bytes are an equal decision.
fn compare(text: &str, decided: &Decision) -> Result<Finding, BrokenEntry> {
    let mut decided = serde_json::to_value(decided).map_err(form)?;
    let written = decided.to_string();
    if written == text {
        return Ok(Finding::Equal);
    }
    let mut recorded: Value = serde_json::from_str(text).map_err(form)?;
    let host = host_of(&recorded).filter(|host| Some(host) != host_of(&decided).as_ref());
    if host.is_some() {
        without_fuel(&mut recorded);
        without_fuel(&mut decided);
    }
    Ok(match (first_difference(&recorded, &decided), host) {
        (Some((pointer, recorded, decided)), _) => Finding::Different(Box::new(Difference {
            pointer,
            recorded: recorded.cloned(),
            decided: decided.cloned(),
        })),
        (None, Some(host)) => Finding::OtherHost { host },
        // Another order of keys has the same length; a name that is there twice has not.
        (None, None) if text.len() == written.len() => Finding::Equal,
        (None, None) => return Err(BrokenEntry::Rewritten),
    })
}

fn host_of(decision: &Value) -> Option<String> {
    decision.pointer("/record/digests/host")?.as_str().map(str::to_owned)
}

/// Takes out what depends on the version of evaluator and Wasmtime.
fn without_fuel(decision: &mut Value) {
    if let Some(host) = decision.pointer_mut("/record/digests/host") {
        *host = Value::Null;
    }
    let opinions = decision.pointer_mut("/record/opinions").and_then(Value::as_array_mut);
    for fuel in opinions.into_iter().flatten().filter_map(|opinion| opinion.get_mut("fuel")) {
        *fuel = Value::Null;
    }
}

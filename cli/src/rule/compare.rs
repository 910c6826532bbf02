//! Holds what a rule said against what a case expects.

use holdfast_evaluator::FactKind;
use serde_json::Value;

use super::cases::{Exclude, Expect, Verdict};
use super::judge::Heard;
use crate::page::count;

/// One thing that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Difference {
    /// Such as `protection.retention.min-days`.
    pub(crate) field: String,
    pub(crate) expected: String,
    pub(crate) found: String,
}

impl Expect {
    /// The verdict that is stated, or that follows from what else is stated.
    pub(crate) fn implied_verdict(&self) -> Option<Verdict> {
        let implied = [
            (self.protection.is_some(), Verdict::Protect),
            (self.exclude.is_some(), Verdict::Exclude),
            (self.facts.is_some(), Verdict::NeedFacts),
            (self.approval.is_some(), Verdict::NeedsApproval),
            (self.failure.is_some(), Verdict::Indeterminate),
            (self.issues.is_some(), Verdict::Refused),
        ];
        let implied = implied.into_iter().find_map(|(holds, verdict)| holds.then_some(verdict));
        self.verdict.or(implied)
    }

    /// Whether nothing is expected, so that the case could never fail.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is stated, in the order in which a person writes it.
    pub(crate) fn stated(&self) -> Vec<(&'static str, Value)> {
        const ORDER: [&str; 9] = [
            "verdict",
            "protection",
            "exclude",
            "facts",
            "approval",
            "failure",
            "issues",
            "reasons",
            "message",
        ];
        let stated = serde_json::to_value(self).unwrap_or_default();
        ORDER.iter().filter_map(|name| Some((*name, stated.get(*name)?.clone()))).collect()
    }

    /// What was heard, as an expectation; a message is kept if it was part of the old one.
    pub(crate) fn of(heard: &Heard, old: Option<&Self>) -> Self {
        let said = heard.opinion().map(|opinion| opinion.said.to_json());
        let said = said.as_ref();
        let codes: Vec<String> = heard.codes().into_iter().map(str::to_owned).collect();
        let message = heard.opinion().and_then(|opinion| opinion.reasons.first());
        let verdict = heard.verdict();
        Self {
            verdict: Some(verdict),
            protection: said
                .filter(|said| {
                    verdict == Verdict::Protect && said.as_object().is_some_and(|fields| !fields.is_empty())
                })
                .and_then(|said| serde_json::from_value(said.clone()).ok()),
            exclude: said.filter(|_| verdict == Verdict::Exclude).map(|said| Exclude {
                kind: said.get("kind").and_then(|kind| serde_json::from_value(kind.clone()).ok()),
                until: said.get("until").and_then(Value::as_str).map(str::to_owned),
            }),
            failure: heard.failure().map(str::to_owned),
            issues: match heard {
                Heard::Refused(issues) => Some(issues.iter().map(|issue| issue.pointer.clone()).collect()),
                Heard::Opinion(_) | Heard::Wants { .. } | Heard::NotAsked => None,
            },
            facts: match heard {
                Heard::Wants { keys, .. } => Some(keys.iter().map(|key| key.kind).collect()),
                Heard::Opinion(_) | Heard::Refused(_) | Heard::NotAsked => None,
            },
            approval: said
                .filter(|_| verdict == Verdict::NeedsApproval)
                .and_then(|said| serde_json::from_value(said.clone()).ok()),
            reasons: heard.opinion().filter(|_| heard.failure().is_none()).map(|_| codes),
            message: message
                .filter(|_| old.is_some_and(|old| old.message.is_some()))
                .map(|reason| reason.message.clone()),
        }
    }
}

/// Everything in which what was heard departs from what was expected.
pub(crate) fn differences(expect: &Expect, fuel: Option<u64>, heard: &Heard) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut unless = |holds: bool, field: &str, expected: String, heard: String| {
        if !holds {
            found.push(Difference { field: field.to_owned(), expected, found: heard });
        }
    };
    let verdict = heard.verdict();
    if let Some(expected) = expect.implied_verdict() {
        unless(expected == verdict, "verdict", expected.to_string(), described(heard));
    }
    if let Some(expected) = &expect.failure {
        let text = heard.failure().unwrap_or("no failure");
        unless(text.contains(expected.as_str()), "failure", format!("… {expected} …"), text.to_owned());
    }
    if let Some(expected) = &expect.reasons {
        let codes = heard.codes();
        unless(*expected == codes, "reasons", list(expected), list(&codes));
    }
    if let Some(expected) = &expect.message {
        let messages: Vec<&str> = heard
            .opinion()
            .map(|opinion| opinion.reasons.iter().map(|reason| reason.message.as_str()).collect())
            .unwrap_or_default();
        let holds = messages.iter().any(|message| message.contains(expected.as_str()));
        unless(holds, "message", format!("… {expected} …"), messages.join("; "));
    }
    if let (Some(expected), Heard::Refused(issues)) = (&expect.issues, heard) {
        let pointers: Vec<&str> = issues.iter().map(|issue| issue.pointer.as_str()).collect();
        unless(*expected == pointers, "issues", list(expected), list(&pointers));
    }
    if let (Some(expected), Heard::Wants { keys, .. }) = (&expect.facts, heard) {
        let found: Vec<FactKind> = keys.iter().map(|key| key.kind).collect();
        unless(*expected == found, "facts", kinds(expected), kinds(&found));
    }
    if let Some(budget) = fuel {
        let fuel = heard.fuel();
        unless(fuel <= budget, "fuel", format!("at most {}", count(budget)), count(fuel));
    }
    let said = &heard.opinion().map_or(Value::Null, |opinion| opinion.said.to_json());
    if let (Some(expected), Verdict::Protect) = (&expect.protection, verdict) {
        let expected = serde_json::to_value(expected).unwrap_or_default();
        subset("protection", &expected, Some(said), &mut found);
    }
    if let (Some(expected), Verdict::NeedsApproval) = (&expect.approval, verdict) {
        let expected = serde_json::to_value(expected).unwrap_or_default();
        subset("approval", &expected, Some(said), &mut found);
    }
    if let (Some(expected), Verdict::Exclude | Verdict::Expired) = (&expect.exclude, verdict) {
        let expected = serde_json::to_value(expected).unwrap_or_default();
        subset("exclude", &expected, Some(said), &mut found);
    }
    found
}

/// Every field that is expected has to be there with the expected value.
fn subset(field: &str, expected: &Value, found: Option<&Value>, differences: &mut Vec<Difference>) {
    if let (Value::Object(expected), Some(Value::Object(found))) = (expected, found) {
        for (name, value) in expected {
            subset(&format!("{field}.{name}"), value, found.get(name), differences);
        }
        return;
    }
    if found != Some(expected) {
        differences.push(Difference {
            field: field.to_owned(),
            expected: plain(expected),
            found: found.map_or_else(|| "not stated".to_owned(), plain),
        });
    }
}

/// The verdict, with the failure or the refusal that explains it.
fn described(heard: &Heard) -> String {
    let verdict = heard.verdict();
    match heard {
        Heard::Refused(issues) => {
            let issues: Vec<String> = issues.iter().map(ToString::to_string).collect();
            format!("{verdict}: the settings do not fit: {}", issues.join("; "))
        }
        Heard::Wants { keys, .. } => {
            let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
            format!("{verdict}: the case gives no {}; state it under `facts`", keys.join(", "))
        }
        Heard::NotAsked => format!("{verdict}: the manifest does not speak of this"),
        Heard::Opinion(_) => match heard.failure() {
            Some(failure) => format!("{verdict}: {failure}"),
            None => verdict.to_string(),
        },
    }
}

fn kinds(kinds: &[FactKind]) -> String {
    list(&kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>())
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn list<T: AsRef<str>>(items: &[T]) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    format!("[{}]", items.join(", "))
}

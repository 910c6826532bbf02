//! Facts: pieces of context that the host fetches and gives to rules as data.
//!
//! A rule has facts in one of two ways. Kinds that its manifest declares are in every request, about
//! the resource at hand. Others it asks for with `need-facts`, at most [`FACT_ROUNDS`] times. It sees
//! no fact that it did not ask for, so what is fetched for one rule changes no other.

mod given;
#[cfg(test)]
mod tests;

use std::fmt;

use holdfast_rule_set::{FactKind, UnknownFactKind};
use serde::{Deserialize, Serialize};

use crate::model::{Fact, Resource};

pub(crate) use given::Given;

/// How often a rule may ask for facts, besides those that its manifest declares.
pub const FACT_ROUNDS: usize = 3;

/// How many facts a rule may ask for at a time.
pub const FACT_KEYS: usize = 32;

/// Names a fact: its kind, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FactKey {
    /// The kind.
    pub kind: FactKind,
    /// A subscription id, an ARM id or a region, as the kind says. Spelt as the resource spells it
    /// where it is about the resource itself, else in lower case.
    pub scope: String,
}

/// Why a rule did not get the facts that it asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FactsRefused {
    /// The caller has not fetched them.
    #[error("it needs facts that it was not given: {}", listed(.0))]
    NotGiven(Vec<FactKey>),
    /// It asked for what it had been given.
    #[error("it asks again for facts that it was given: {}", listed(.0))]
    AskedAgain(Vec<FactKey>),
    /// It does not come to an end.
    #[error("after {FACT_ROUNDS} rounds it still needs facts: {}", listed(.0))]
    Rounds(Vec<FactKey>),
    /// It asks without saying for what.
    #[error("it needs facts, but names none")]
    Nothing,
    /// It asks for too many.
    #[error("it asks for {found} facts at once: the limit is {FACT_KEYS}")]
    TooMany {
        /// Number.
        found: usize,
    },
    /// There is no such kind.
    #[error("it asks for an {0}")]
    Unknown(UnknownFactKind),
    /// The scope is of the wrong form, or not the business of a rule about this resource.
    #[error("it may not read {kind} of `{scope}`: the scope must be {expected}")]
    OutOfScope {
        /// Kind.
        kind: FactKind,
        /// What it asked about.
        scope: String,
        /// What would do.
        expected: String,
    },
}

impl FactKey {
    /// The fact of this kind about a resource.
    pub fn about(kind: FactKind, resource: &Resource) -> Self {
        let scope = match kind {
            FactKind::Creator | FactKind::Locks | FactKind::Machine | FactKind::Protection => {
                resource.id.clone()
            }
            FactKind::ResourceGroupTags => {
                format!("/subscriptions/{}/resourceGroups/{}", resource.subscription, resource.resource_group)
            }
            FactKind::SubscriptionTags => resource.subscription.clone(),
            FactKind::Vaults => resource.location.clone(),
        };
        Self { kind, scope }
    }

    /// The fact, with what the host found: canonical JSON, or nothing.
    pub fn with(self, value: Option<String>) -> Fact {
        Fact { kind: self.kind.name().to_owned(), scope: self.scope, value }
    }

    /// Reads a key that a rule asks for, if a rule about this resource may ask for it.
    pub(crate) fn asked(kind: &str, scope: &str, resource: &Resource) -> Result<Self, FactsRefused> {
        let kind = kind.parse::<FactKind>().map_err(FactsRefused::Unknown)?;
        let own = Self::about(kind, resource);
        if own.scope.eq_ignore_ascii_case(scope) {
            return Ok(own);
        }
        let subscription = &resource.subscription;
        let (admitted, expected) = match kind {
            FactKind::Creator | FactKind::Locks | FactKind::Machine | FactKind::Protection => (
                below(scope, subscription).is_some_and(is_resource),
                format!("the ARM id of a resource in subscription {subscription}"),
            ),
            FactKind::ResourceGroupTags => (
                below(scope, subscription).is_some_and(is_group),
                format!("the ARM id of a resource group in subscription {subscription}"),
            ),
            FactKind::SubscriptionTags => (false, format!("the resource's subscription, {subscription}")),
            FactKind::Vaults => (is_region(scope), "the name of a region, such as westeurope".to_owned()),
        };
        if !admitted {
            return Err(FactsRefused::OutOfScope { kind, scope: scope.to_owned(), expected });
        }
        Ok(Self { kind, scope: scope.to_ascii_lowercase() })
    }
}

impl fmt::Display for FactKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} of {}", self.kind, self.scope)
    }
}

/// What follows `/subscriptions/<subscription>/resourceGroups/`.
fn below<'a>(scope: &'a str, subscription: &str) -> Option<&'a str> {
    let mut rest = scope;
    for expected in ["/subscriptions/", subscription, "/resourcegroups/"] {
        let (head, tail) = rest.split_at_checked(expected.len())?;
        if !head.eq_ignore_ascii_case(expected) {
            return None;
        }
        rest = tail;
    }
    Some(rest)
}

fn is_segment(text: &str) -> bool {
    let forbidden = |char: char| char.is_control() || matches!(char, '/' | '\\' | '?' | '#' | '%');
    !text.is_empty() && text != "." && text != ".." && !text.contains(forbidden)
}

fn is_group(rest: &str) -> bool {
    is_segment(rest)
}

/// `<group>/providers/<namespace>/<type>/<name>`, with any number of further types and names.
fn is_resource(rest: &str) -> bool {
    let segments: Vec<&str> = rest.split('/').collect();
    let providers = segments.get(1).is_some_and(|word| word.eq_ignore_ascii_case("providers"));
    providers && segments.len() >= 5 && segments.len() % 2 == 1 && segments.into_iter().all(is_segment)
}

fn is_region(scope: &str) -> bool {
    !scope.is_empty() && scope.len() <= 64 && scope.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn listed(keys: &[FactKey]) -> String {
    let texts: Vec<String> = keys.iter().map(FactKey::to_string).collect();
    texts.join(", ")
}

//! Facts: pieces of context that the host fetches and gives to rules as data.
//!
//! A rule has facts in one of two ways. Kinds that its manifest declares are in every request, about
//! the resource at hand. Others it asks for with `need-facts`, at most [`FACT_ROUNDS`] times. It sees
//! no fact that it did not ask for, so what is fetched for one rule changes no other.

mod given;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::model::{Fact, Resource};

pub(crate) use given::Given;

/// How often a rule may ask for facts, besides those that its manifest declares.
pub const FACT_ROUNDS: usize = 3;

/// How many facts a rule may ask for at a time.
pub const FACT_KEYS: usize = 32;

/// A kind of fact that the host can fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactKind {
    /// Who made the resource. Scope: ARM id of the resource.
    Creator,
    /// Resource locks that apply. Scope: ARM id of the resource.
    Locks,
    /// How the resource is protected at present. Scope: ARM id of the resource.
    Protection,
    /// Tags of a resource group. Scope: ARM id of the group.
    ResourceGroupTags,
    /// Tags of the subscription. Scope: subscription id.
    SubscriptionTags,
    /// Vaults of a region, with their policies and load. Scope: name of the region.
    Vaults,
}

/// The text names no kind of fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is no kind of fact; known are: {}", FactKind::names())]
pub struct UnknownFactKind {
    found: String,
}

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
    #[error("it asks for a fact that nobody can fetch: {0}")]
    Unknown(UnknownFactKind),
    /// The scope is of the wrong form, or not the business of a rule about this resource.
    #[error("it asks for {kind} of `{scope}`, which nobody may fetch: the scope must be {expected}")]
    OutOfScope {
        /// Kind.
        kind: FactKind,
        /// What it asked about.
        scope: String,
        /// What would do.
        expected: String,
    },
}

impl FactKind {
    /// Every kind, in the order of their names.
    pub const ALL: [Self; 6] = [
        Self::Creator,
        Self::Locks,
        Self::Protection,
        Self::ResourceGroupTags,
        Self::SubscriptionTags,
        Self::Vaults,
    ];

    /// Such as `resource-group-tags`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Creator => "creator",
            Self::Locks => "locks",
            Self::Protection => "protection",
            Self::ResourceGroupTags => "resource-group-tags",
            Self::SubscriptionTags => "subscription-tags",
            Self::Vaults => "vaults",
        }
    }

    /// What it tells, for people.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Creator => "who made the resource",
            Self::Locks => "locks that apply to the resource",
            Self::Protection => "how the resource is protected at present",
            Self::ResourceGroupTags => "tags of the resource group",
            Self::SubscriptionTags => "tags of the subscription",
            Self::Vaults => "vaults of the region, with their policies and load",
        }
    }

    /// The fact of this kind about a resource.
    pub fn about(self, resource: &Resource) -> FactKey {
        let scope = match self {
            Self::Creator | Self::Locks | Self::Protection => resource.id.clone(),
            Self::ResourceGroupTags => {
                format!("/subscriptions/{}/resourceGroups/{}", resource.subscription, resource.resource_group)
            }
            Self::SubscriptionTags => resource.subscription.clone(),
            Self::Vaults => resource.location.clone(),
        };
        FactKey { kind: self, scope }
    }

    fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// The key, if a rule about this resource may ask for it.
    fn key(self, scope: &str, resource: &Resource) -> Result<FactKey, FactsRefused> {
        let own = self.about(resource);
        if own.scope.eq_ignore_ascii_case(scope) {
            return Ok(own);
        }
        let subscription = &resource.subscription;
        let (admitted, expected) = match self {
            Self::Creator | Self::Locks | Self::Protection => (
                below(scope, subscription).is_some_and(is_resource),
                format!("the ARM id of a resource in subscription {subscription}"),
            ),
            Self::ResourceGroupTags => (
                below(scope, subscription).is_some_and(is_group),
                format!("the ARM id of a resource group in subscription {subscription}"),
            ),
            Self::SubscriptionTags => (false, format!("the resource's subscription, {subscription}")),
            Self::Vaults => (is_region(scope), "the name of a region, such as westeurope".to_owned()),
        };
        if !admitted {
            return Err(FactsRefused::OutOfScope { kind: self, scope: scope.to_owned(), expected });
        }
        Ok(FactKey { kind: self, scope: scope.to_ascii_lowercase() })
    }
}

impl FactKey {
    /// The fact, with what the host found: canonical JSON, or nothing.
    pub fn with(self, value: Option<String>) -> Fact {
        Fact { kind: self.kind.name().to_owned(), scope: self.scope, value }
    }

    /// Reads a key that a rule asks for.
    pub(crate) fn asked(kind: &str, scope: &str, resource: &Resource) -> Result<Self, FactsRefused> {
        kind.parse::<FactKind>().map_err(FactsRefused::Unknown)?.key(scope, resource)
    }
}

impl FromStr for FactKind {
    type Err = UnknownFactKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|kind| kind.name() == text);
        known.ok_or_else(|| UnknownFactKind { found: text.to_owned() })
    }
}

impl fmt::Display for FactKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
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

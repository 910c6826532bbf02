//! The facts of a request in one order, and those of them that one rule sees.

use crate::model::Fact;

use super::{FactKey, FactsRefused};

/// The facts of a request: sorted, and each key once.
pub(crate) struct Given<'a> {
    facts: Vec<&'a Fact>,
}

impl<'a> Given<'a> {
    /// Puts facts in one order. Of several about the same thing, the first in that order counts.
    pub(crate) fn of(facts: &'a [Fact]) -> Self {
        let mut facts: Vec<&Fact> = facts.iter().collect();
        facts.sort();
        facts.dedup_by(|later, earlier| (&later.kind, &later.scope) == (&earlier.kind, &earlier.scope));
        Self { facts }
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[&'a Fact] {
        &self.facts
    }

    /// The fact of the same key as this one.
    pub(crate) fn like(&self, fact: &Fact) -> Option<&'a Fact> {
        self.find(&fact.kind, &fact.scope)
    }

    /// The fact of this key; scopes are compared without case.
    pub(crate) fn get(&self, key: &FactKey) -> Option<&'a Fact> {
        self.find(key.kind.name(), &key.scope)
    }

    /// All of these facts, or those that are missing.
    pub(crate) fn each(
        &self,
        keys: impl IntoIterator<Item = FactKey>,
    ) -> Result<Vec<&'a Fact>, FactsRefused> {
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for key in keys {
            match self.get(&key) {
                Some(fact) => found.push(fact),
                None => missing.push(key),
            }
        }
        if missing.is_empty() { Ok(found) } else { Err(FactsRefused::NotGiven(missing)) }
    }

    fn find(&self, kind: &str, scope: &str) -> Option<&'a Fact> {
        let is_it = |fact: &&Fact| fact.kind == kind && fact.scope.eq_ignore_ascii_case(scope);
        self.facts.iter().copied().find(is_it)
    }
}

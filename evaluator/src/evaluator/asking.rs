//! Asks each rule in a fresh sandbox, with the facts that it is to see, until it has an opinion.

use std::collections::BTreeSet;

use crate::contract::RequestParts;
use crate::expiry;
use crate::facts::{FACT_KEYS, FACT_ROUNDS, FactKey, FactsRefused, Given};
use crate::model::{Fact, Request};
use crate::opinion::{AskedFact, Opinion, Verdict};
use crate::rule_set::Binding;
use crate::sandbox::{Held, RuleFailure};

/// A rule, and what it said in the end.
pub(super) struct Asked<'a> {
    /// Its index.
    pub(super) rule: usize,
    pub(super) binding: &'a Binding,
    pub(super) heard: Result<Opinion, RuleFailure>,
    /// Over all rounds.
    pub(super) fuel: u64,
    /// The facts that it was shown in the end.
    pub(super) shown: Vec<&'a Fact>,
}

impl Asked<'_> {
    /// What all of these would go on with: sorted, each once.
    pub(super) fn wanted(all: &[Asked<'_>]) -> Vec<FactKey> {
        let wants: BTreeSet<&FactKey> = all.iter().flat_map(Asked::wants).collect();
        wants.into_iter().cloned().collect()
    }

    /// Facts that would have to be fetched for it to go on.
    fn wants(&self) -> &[FactKey] {
        let Err(RuleFailure::Facts(refused)) = &self.heard else { return &[] };
        match refused.as_ref() {
            FactsRefused::NotGiven(keys) => keys,
            _ => &[],
        }
    }
}

/// What all rules are asked about.
pub(super) struct Question<'a> {
    request: &'a Request,
    pub(super) given: Given<'a>,
    /// For rules that see no facts: most.
    bare: RequestParts<'a>,
}

impl<'a> Question<'a> {
    pub(super) fn new(request: &'a Request) -> Self {
        Self { request, given: Given::of(&request.facts), bare: RequestParts::showing(request, &[]) }
    }

    /// Asks the rule of this index; `None` if there is none.
    pub(super) fn put(&self, lane: &Held<'_>, index: usize, binding: &'a Binding) -> Option<Asked<'a>> {
        let asked = |heard, fuel, shown| Some(Asked { rule: index, binding, heard, fuel, shown });
        let declared = binding.fact_kinds.iter().map(|kind| FactKey::about(*kind, &self.request.resource));
        let mut shown = match self.given.each(declared) {
            Ok(facts) => facts,
            Err(refused) => return asked(Err(refused.into()), 0, Vec::new()),
        };
        let mut fuel = 0;
        for round in 0..=FACT_ROUNDS {
            let evaluation = match shown.as_slice() {
                [] => lane.evaluate(index, &self.bare)?,
                shown => lane.evaluate(index, &RequestParts::showing(self.request, shown))?,
            };
            fuel += evaluation.fuel;
            let keys = match evaluation.heard {
                Ok(Opinion { verdict: Verdict::NeedFacts(keys), .. }) => keys,
                Ok(opinion) => return asked(expiry::heed(opinion, &self.request.event_time), fuel, shown),
                Err(failure) => return asked(Err(failure), fuel, shown),
            };
            match self.further(&keys, &shown, round) {
                Ok(facts) => shown.extend(facts),
                Err(refused) => return asked(Err(refused.into()), fuel, shown),
            }
            shown.sort();
        }
        None
    }

    /// What a rule asks for beyond what it was shown.
    fn further(
        &self,
        keys: &[AskedFact],
        shown: &[&'a Fact],
        round: usize,
    ) -> Result<Vec<&'a Fact>, FactsRefused> {
        if keys.is_empty() {
            return Err(FactsRefused::Nothing);
        }
        if keys.len() > FACT_KEYS {
            return Err(FactsRefused::TooMany { found: keys.len() });
        }
        let resource = &self.request.resource;
        let keys: Result<Vec<FactKey>, _> =
            keys.iter().map(|key| FactKey::asked(&key.kind, &key.scope, resource)).collect();
        let mut keys = keys?;
        keys.sort();
        keys.dedup();
        if round == FACT_ROUNDS {
            return Err(FactsRefused::Rounds(keys));
        }
        let is_shown = |key: &FactKey| self.given.get(key).is_some_and(|fact| shown.contains(&fact));
        let (known, new): (Vec<_>, Vec<_>) = keys.into_iter().partition(is_shown);
        if new.is_empty() {
            return Err(FactsRefused::AskedAgain(known));
        }
        self.given.each(new)
    }
}

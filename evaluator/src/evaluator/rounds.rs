//! One question in rounds: what a rule has said stays said while the facts that it saw are the same.

use crate::facts::Given;
use crate::model::{Decision, Fact, Request};
use crate::opinion::Opinion;
use crate::rule_set::Binding;
use crate::sandbox::RuleFailure;

use super::asking::Asked;
use super::{Evaluator, Round};

/// A request to which facts are added until the rules have decided about it.
///
/// A rule answers by what it is shown and by nothing else, so only rules that want further facts are asked again.
#[derive(Debug)]
pub struct Rounds {
    evaluator: Evaluator,
    request: Request,
    kept: Vec<Kept>,
}

/// What a rule has said.
#[derive(Debug)]
pub(super) struct Kept {
    rule: usize,
    heard: Result<Opinion, RuleFailure>,
    fuel: u64,
    /// All that it was shown.
    shown: Vec<Fact>,
}

impl Rounds {
    /// Nothing is asked yet.
    pub fn about(evaluator: &Evaluator, request: Request) -> Self {
        Self { evaluator: evaluator.clone(), request, kept: Vec::new() }
    }

    /// The request, with the facts that it was given.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The same, when no more is asked.
    pub fn into_request(self) -> Request {
        self.request
    }

    /// Adds facts.
    pub fn give(&mut self, facts: impl IntoIterator<Item = Fact>) {
        self.request.facts.extend(facts);
    }

    /// What [`Evaluator::ask`] says of the request with the facts that it has.
    pub fn ask(&mut self) -> Round {
        let asked = self.evaluator.question(&self.request, &self.kept);
        let wants = Asked::wanted(&asked);
        if wants.is_empty() {
            return Round::Decided(self.evaluator.composed(&self.request, asked));
        }
        let kept = asked.into_iter().filter_map(Kept::of);
        self.kept = kept.collect();
        Round::Wants(wants)
    }

    /// What [`Evaluator::decide`] says of it: who still wants a fact has failed.
    pub fn decide(&self) -> Decision {
        self.evaluator.composed(&self.request, self.evaluator.question(&self.request, &self.kept))
    }
}

impl Kept {
    /// Nothing is kept of a rule that wants more, nor of one that the machine failed: it may do better.
    fn of(asked: Asked<'_>) -> Option<Self> {
        let Asked { rule, heard, fuel, shown, .. } = asked;
        match &heard {
            Err(RuleFailure::Facts(_)) => None,
            Err(failure) if failure.is_fault() => None,
            _ => Some(Self { rule, heard, fuel, shown: shown.into_iter().cloned().collect() }),
        }
    }

    /// What the rule of this index would say again, if that is known.
    pub(super) fn again<'a>(
        kept: &'a [Self],
        (rule, binding): (usize, &'a Binding),
        given: &Given<'_>,
    ) -> Option<Asked<'a>> {
        let kept = kept.iter().find(|kept| kept.rule == rule)?;
        let same = kept.shown.iter().all(|fact| given.like(fact) == Some(fact));
        same.then(|| Asked {
            rule,
            binding,
            heard: kept.heard.clone(),
            fuel: kept.fuel,
            shown: kept.shown.iter().collect(),
        })
    }
}

#[cfg(all(test, feature = "compiler"))]
mod tests {
    use holdfast_rule_set::ExclusionKind;

    use super::*;
    use crate::engine::Limits;
    use crate::model::Labels;
    use crate::opinion::Verdict;
    use crate::rule_set::RuleSet;
    use crate::sandbox::tests::{forge::Forged, request};

    fn fact(scope: &str, value: &str) -> Fact {
        Fact { kind: "vaults".to_owned(), scope: scope.to_owned(), value: Some(value.to_owned()) }
    }

    /// What is said of the rule once these facts are there. It abstains, but has excluded when it saw others.
    fn verdict(
        heard: Result<Opinion, RuleFailure>,
        shown: &[Fact],
        there: &[Fact],
    ) -> anyhow::Result<String> {
        let module = Forged::default().component()?;
        let rule_set = RuleSet::of_module(&module, serde_json::json!({}), Limits::default())?;
        let mut rounds = Rounds::about(&Evaluator::new(rule_set)?, request());
        rounds.kept.extend(Kept::of(Asked {
            rule: 0,
            binding: rounds
                .evaluator
                .clone()
                .rule_set()
                .bindings()
                .next()
                .ok_or_else(|| anyhow::anyhow!("none"))?,
            heard,
            fuel: 7,
            shown: shown.iter().collect(),
        }));
        rounds.give(there.iter().cloned());
        match rounds.ask() {
            Round::Decided(decision) => {
                assert_eq!(decision, rounds.decide());
                let said = decision.record.opinions.first();
                Ok(said.map(|said| format!("{} {}", said.verdict, said.fuel == 7)).unwrap_or_default())
            }
            Round::Wants(keys) => anyhow::bail!("it wants {keys:?}"),
        }
    }

    fn excludes() -> Result<Opinion, RuleFailure> {
        let verdict = Verdict::Exclude { kind: ExclusionKind::Other, until: None };
        Ok(Opinion { verdict, labels: Labels::new(), reasons: Vec::new() })
    }

    #[test]
    fn a_rule_that_would_see_the_same_is_not_asked_again() -> anyhow::Result<()> {
        let (seen, other) = (fact("westeurope", "[]"), fact("eastus", "[1]"));
        assert_eq!(verdict(excludes(), &[], &[])?, "exclude true");
        assert_eq!(verdict(excludes(), &[], std::slice::from_ref(&other))?, "exclude true");
        let shown = std::slice::from_ref(&seen);
        assert_eq!(verdict(excludes(), shown, &[other.clone(), seen.clone()])?, "exclude true");
        let spent = Err(RuleFailure::Fuel { limit: 1 });
        assert_eq!(verdict(spent, shown, &[other, seen.clone()])?, "indeterminate true");
        Ok(())
    }

    #[test]
    fn a_rule_that_would_see_something_else_is_asked_again() -> anyhow::Result<()> {
        let seen = fact("westeurope", "[]");
        let shown = std::slice::from_ref(&seen);
        assert_eq!(verdict(excludes(), shown, &[fact("westeurope", "[1]")])?, "abstain false");
        assert_eq!(verdict(excludes(), shown, &[])?, "abstain false");
        // Of two that are about the same, the first in order is shown.
        assert_eq!(verdict(excludes(), shown, &[seen.clone(), fact("WESTEUROPE", "[]")])?, "abstain false");
        Ok(())
    }

    #[test]
    fn a_rule_that_the_machine_failed_is_asked_again() -> anyhow::Result<()> {
        let machine = Err(RuleFailure::Machine { detail: String::new() });
        assert_eq!(verdict(machine, &[], &[])?, "abstain false");
        Ok(())
    }
}

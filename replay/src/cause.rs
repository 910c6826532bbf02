//! Because of which rule a decision differs from another one.

use std::collections::BTreeSet;
use std::fmt;

use holdfast_evaluator::{DecisionRecord, Mode, RuleOpinion, Said};
use serde::Serialize;

/// A rule that made a difference, and what is new about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Cause {
    /// Binding id, or `defaults`.
    pub rule: String,
    /// What is new about it.
    pub shift: Shift,
}

/// What is new about a rule, from one decision to the other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case", tag = "what")]
pub enum Shift {
    /// It was not asked before.
    Added,
    /// It is not asked any more.
    Removed,
    /// Its mode is another.
    Mode {
        /// Before.
        from: String,
        /// Now.
        to: String,
    },
    /// Its verdict is another.
    Verdict {
        /// Before.
        from: String,
        /// Now.
        to: String,
    },
    /// Its verdict is the same, with other values.
    Says,
    /// Its verdict is the same, for other reasons.
    Reasons,
    /// Its layer or priority is another.
    Rank,
    /// It is as before, but other rules, layers or defaults are not.
    HeardOtherwise,
}

impl fmt::Display for Shift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added => f.write_str("new"),
            Self::Removed => f.write_str("gone"),
            Self::Mode { from, to } | Self::Verdict { from, to } => write!(f, "{from} -> {to}"),
            Self::Says => f.write_str("other values"),
            Self::Reasons => f.write_str("other reasons"),
            Self::Rank => f.write_str("other priority"),
            Self::HeardOtherwise => f.write_str("same answer, but other rules changed"),
        }
    }
}

/// The two records that are compared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Records<'a> {
    pub(crate) old: &'a DecisionRecord,
    pub(crate) new: &'a DecisionRecord,
}

/// What a rule brings to a decision; none if it abstains or is in shadow.
type Voice<'a> = (&'a str, &'a Said, &'a str, i32);

impl<'a> Records<'a> {
    /// Rules that made *whether* another: of those whose voice is another, the ones without which
    /// either decision would have been another.
    pub(crate) fn of_whether(self) -> Vec<Cause> {
        let shifted: BTreeSet<&str> =
            self.rules().filter(|rule| self.voice_before(rule) != self.voice_now(rule)).collect();
        let decisive: BTreeSet<&str> = self.both(|record| {
            let mattering = record
                .counterfactuals
                .iter()
                .filter(|without| without.changes.iter().any(|change| change == "whether"));
            mattering.map(|without| &*without.without)
        });
        let both: BTreeSet<&str> = shifted.intersection(&decisive).copied().collect();
        self.causes([both, shifted, decisive])
    }

    /// Rules that gave another reason for the same *whether*: of those whose reasons are others, the ones
    /// that either summary quotes.
    pub(crate) fn of_reason(self) -> Vec<Cause> {
        let gives = |record: &'a DecisionRecord, rule: &str| {
            opinion(record, rule).map(|one| (&one.mode, &one.verdict, &one.reasons))
        };
        let shifted: BTreeSet<&str> =
            self.rules().filter(|rule| gives(self.old, rule) != gives(self.new, rule)).collect();
        let is_quoted = |rule: &&&str| {
            let quoted = format!("({rule})");
            [self.old, self.new].iter().any(|record| record.summary.contains(&quoted))
        };
        let quoted = shifted.iter().filter(is_quoted).copied().collect();
        self.causes([quoted, shifted, BTreeSet::new()])
    }

    /// Rules that made this field of *how* another: of those whose value or rank is another, the ones
    /// that won it in either decision, else those that were overridden.
    pub(crate) fn of_field(self, field: &str) -> Vec<Cause> {
        let winners = self.both(|record| {
            record.winners.get(field).into_iter().flat_map(|winner| winner.rules.iter().map(AsRef::as_ref))
        });
        let overridden = self.both(|record| {
            let lost = record.winners.get(field).into_iter();
            lost.flat_map(|winner| winner.overridden.iter().map(AsRef::as_ref))
        });
        let stated = |voice: Option<Voice<'a>>| {
            let (_, said, layer, priority) = voice?;
            Some((said.to_json().get(field)?.clone(), layer, priority))
        };
        let shifted = |rules: &BTreeSet<&'a str>| -> BTreeSet<&'a str> {
            let is_shifted = |rule: &&&str| stated(self.voice_before(rule)) != stated(self.voice_now(rule));
            rules.iter().filter(is_shifted).copied().collect()
        };
        self.causes([shifted(&winners), shifted(&overridden), winners])
    }

    /// The first of these that is not empty.
    fn causes(self, candidates: [BTreeSet<&str>; 3]) -> Vec<Cause> {
        let found = candidates.into_iter().find(|rules| !rules.is_empty()).unwrap_or_default();
        found.into_iter().map(|rule| Cause { rule: rule.to_owned(), shift: self.shift(rule) }).collect()
    }

    fn shift(self, rule: &str) -> Shift {
        let (old, new) = match (opinion(self.old, rule), opinion(self.new, rule)) {
            (Some(old), Some(new)) => (old, new),
            (None, Some(_)) => return Shift::Added,
            (Some(_), None) => return Shift::Removed,
            (None, None) => return Shift::HeardOtherwise,
        };
        if old.mode != new.mode {
            let (from, to) = (old.mode.to_string(), new.mode.to_string());
            return Shift::Mode { from, to };
        }
        if old.verdict != new.verdict {
            let (from, to) = (old.verdict.to_string(), new.verdict.to_string());
            return Shift::Verdict { from, to };
        }
        if old.said != new.said {
            Shift::Says
        } else if (&old.layer, old.priority) != (&new.layer, new.priority) {
            Shift::Rank
        } else if old.reasons != new.reasons {
            Shift::Reasons
        } else {
            Shift::HeardOtherwise
        }
    }

    fn rules(self) -> impl Iterator<Item = &'a str> {
        self.old.opinions.iter().chain(&self.new.opinions).map(|opinion| &*opinion.rule)
    }

    fn both<I: Iterator<Item = &'a str>>(self, of: impl Fn(&'a DecisionRecord) -> I) -> BTreeSet<&'a str> {
        of(self.old).chain(of(self.new)).collect()
    }

    fn voice_before(self, rule: &str) -> Option<Voice<'a>> {
        voice(opinion(self.old, rule)?)
    }

    fn voice_now(self, rule: &str) -> Option<Voice<'a>> {
        voice(opinion(self.new, rule)?)
    }
}

fn opinion<'a>(record: &'a DecisionRecord, rule: &str) -> Option<&'a RuleOpinion> {
    record.opinions.iter().find(|opinion| *opinion.rule == *rule)
}

fn voice(opinion: &RuleOpinion) -> Option<Voice<'_>> {
    // An exclusion whose time has come counts as abstaining.
    let is_silent = matches!(&*opinion.verdict, "abstain" | "expired" | "need-facts");
    let is_heard = opinion.mode == Mode::Enforce && !is_silent;
    is_heard.then_some((&opinion.verdict, &opinion.said, &opinion.layer, opinion.priority))
}

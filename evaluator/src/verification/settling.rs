//! Turns what all rules found into one finding. Pure: the order in which they come is irrelevant.

use holdfast_rule_set::{Mode, Rank};

use crate::opinion::{Assessment, RuleFinding};

use super::{Fault, Finding};

/// What a rule answered: what it found, or how it failed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Assessed<'a> {
    pub(crate) rank: &'a Rank,
    pub(crate) heard: Result<&'a Assessment, &'a str>,
}

/// Settles over all assessments; shadow rules take no part.
pub(crate) fn settle(assessed: &[Assessed<'_>]) -> Finding {
    let mut heeded: Vec<&Assessed<'_>> =
        assessed.iter().filter(|assessed| assessed.rank.mode == Mode::Enforce).collect();
    heeded.sort_by(|one, other| one.rank.order().cmp(&other.rank.order()));
    let faults = |wanted: RuleFinding| -> Vec<Fault> {
        let fault = |assessed: &&Assessed<'_>| fault(assessed, wanted);
        heeded.iter().filter_map(fault).collect()
    };
    let failed = faults(RuleFinding::Failed);
    if !failed.is_empty() {
        return Finding::Failed { faults: failed };
    }
    let lacking = faults(RuleFinding::Inconclusive);
    let passed = |assessed: &&Assessed<'_>| {
        assessed.heard.is_ok_and(|assessment| assessment.finding == RuleFinding::Passed)
    };
    if lacking.is_empty() && heeded.iter().any(passed) {
        return Finding::Passed;
    }
    Finding::Inconclusive { faults: lacking }
}

fn fault(assessed: &Assessed<'_>, wanted: RuleFinding) -> Option<Fault> {
    let (code, message) = match assessed.heard {
        Err(failure) if wanted == RuleFinding::Inconclusive => {
            ("failed".to_owned(), format!("the rule failed: {failure}"))
        }
        Ok(assessment) if assessment.finding == wanted => match assessment.reasons.first() {
            Some(reason) => (reason.code.clone(), reason.message.clone()),
            None => ("none".to_owned(), "the rule gave no reason".to_owned()),
        },
        Ok(_) | Err(_) => return None,
    };
    Some(Fault { rule: assessed.rank.id.to_string(), code, message })
}

#[cfg(test)]
mod tests {
    use holdfast_rule_set::{Decides, OnError};
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    type Said = (Rank, Result<Assessment, String>);

    fn said() -> impl Strategy<Value = Vec<Said>> {
        let finding = prop_oneof![
            Just(RuleFinding::Abstain),
            Just(RuleFinding::Passed),
            Just(RuleFinding::Failed),
            Just(RuleFinding::Inconclusive)
        ];
        let heard = prop_oneof![
            5 => finding.prop_map(|finding| Ok(Assessment { finding, reasons: Vec::new() })),
            1 => Just(Err("it trapped".to_owned())),
        ];
        let mode = prop_oneof![4 => Just(Mode::Enforce), 1 => Just(Mode::Shadow)];
        vec((0..3_usize, 0..3_i32, mode, heard), 0..6).prop_map(|said| {
            let rank = |index: usize, layer, priority, mode| Rank {
                id: format!("rule-{index}").into(),
                layer,
                priority,
                mode,
                decides: Decides::default(),
                on_error: OnError::default(),
            };
            let numbered = said.into_iter().enumerate();
            numbered
                .map(|(index, (layer, priority, mode, heard))| (rank(index, layer, priority, mode), heard))
                .collect()
        })
    }

    fn settled(said: &[Said]) -> Finding {
        let assessed: Vec<Assessed<'_>> = said
            .iter()
            .map(|(rank, heard)| Assessed { rank, heard: heard.as_ref().map_err(String::as_str) })
            .collect();
        settle(&assessed)
    }

    proptest! {
        #[test]
        fn the_order_of_the_rules_is_irrelevant(said in said()) {
            let reversed: Vec<Said> = said.iter().rev().cloned().collect();
            prop_assert_eq!(settled(&said), settled(&reversed));
        }

        #[test]
        fn the_worst_that_an_enforced_rule_finds_is_what_holds(said in said()) {
            let enforced: Vec<_> = said.iter().filter(|(rank, _)| rank.mode == Mode::Enforce).collect();
            let finds = |finding| {
                enforced.iter().any(|(_, heard)| heard.as_ref().is_ok_and(|heard| heard.finding == finding))
            };
            let breaks = enforced.iter().any(|(_, heard)| heard.is_err());
            let expected = if finds(RuleFinding::Failed) {
                "failed"
            } else if finds(RuleFinding::Inconclusive) || breaks || !finds(RuleFinding::Passed) {
                "inconclusive"
            } else {
                "passed"
            };
            let found = match settled(&said) {
                Finding::Passed => "passed",
                Finding::Failed { faults } => {
                    prop_assert!(!faults.is_empty());
                    "failed"
                }
                Finding::Inconclusive { .. } => "inconclusive",
            };
            prop_assert_eq!(found, expected);
        }
    }
}

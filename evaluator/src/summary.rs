//! The one sentence that a person sees first.

use holdfast_rule_set::DEFAULTS;

use crate::composition::{Answer, Composition};
use crate::model::Outcome;
use crate::opinion::Verdict;

/// The outcome, the reason that decided it, then the reasons behind each field.
pub(crate) fn summary(composition: &Composition, answers: &[Answer<'_>]) -> String {
    let outcome = match &composition.outcome {
        Outcome::Protect { .. } => "protect".to_owned(),
        Outcome::Exclude { kind, .. } => {
            let kind = serde_json::to_value(kind).unwrap_or_default();
            format!("exclude ({})", kind.as_str().unwrap_or("other"))
        }
        Outcome::Hold { reason } => return format!("hold: {reason}"),
        Outcome::NotCovered => {
            let said: Vec<String> =
                answers.iter().filter(|answer| abstained(answer)).filter_map(reason).take(1).collect();
            return match said.first() {
                Some(said) => format!("not covered: {said}"),
                None => "not covered: no rule speaks of it".to_owned(),
            };
        }
    };
    let mut rules: Vec<&str> = composition.decided_by.iter().map(AsRef::as_ref).collect();
    for winner in composition.winners.values() {
        for rule in &winner.rules {
            if **rule != *DEFAULTS && !rules.contains(&&**rule) {
                rules.push(rule);
            }
        }
    }
    let reasons: Vec<String> = rules
        .iter()
        .filter_map(|rule| answers.iter().find(|answer| *answer.rank.id == **rule))
        .filter_map(reason)
        .collect();
    format!("{outcome}: {}", reasons.join("; "))
}

fn abstained(answer: &Answer<'_>) -> bool {
    matches!(answer.heard, Ok(opinion) if opinion.verdict == Verdict::Abstain)
}

/// Such as `tag env=prod (select)`.
fn reason(answer: &Answer<'_>) -> Option<String> {
    let id = &answer.rank.id;
    match answer.heard {
        Ok(opinion) => match opinion.reasons.first() {
            Some(reason) => Some(format!("{} ({id})", reason.message)),
            None => Some(format!("no reason given ({id})")),
        },
        Err(failure) => Some(format!("{id} failed ({failure}); its default applies")),
    }
}

//! Turns the judgements of all rules into one ruling. Pure: the order in which they come is irrelevant.

use std::collections::BTreeSet;

use crate::composition::Standing;
use crate::record::{Conflict, Reason, ShadowDifference};
use crate::rule_set::Mode;

use super::{Denial, OperationKind, ReviewDefaults, Ruling};

/// What a rule says of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub(crate) verdict: Verdict,
    pub(crate) reasons: Vec<Reason>,
}

/// The judgement without its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Abstain,
    Allow,
    Deny,
    NeedsApproval { roles: Vec<String>, within_hours: u32 },
}

/// What a rule answered: its judgement, or how it failed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judged<'a> {
    pub(crate) standing: &'a Standing,
    pub(crate) heard: Result<&'a Judgement, &'a str>,
}

/// The ruling, with what explains it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) ruling: Ruling,
    /// The rules whose word it is, highest rank first; empty when the rule set's default holds.
    pub(crate) decided_by: Vec<String>,
    pub(crate) conflicts: Vec<Conflict>,
    pub(crate) shadow_differences: Vec<ShadowDifference>,
}

/// Settles over all judgements; shadow rules take no part, but for what would differ with them.
pub(crate) fn settle(defaults: &ReviewDefaults, operation: OperationKind, judged: &[Judged<'_>]) -> Settled {
    let mut ranked: Vec<Judged<'_>> = judged.to_vec();
    ranked.sort_by(|one, other| one.standing.rank().cmp(&other.standing.rank()));
    let settle_with = |shadow: Option<&Standing>| {
        let heeded = ranked.iter().filter(|judged| {
            judged.standing.mode == Mode::Enforce || shadow.is_some_and(|one| one.id == judged.standing.id)
        });
        strictest(defaults, operation, &heeded.copied().collect::<Vec<_>>())
    };
    let mut settled = settle_with(None);
    let shadows = ranked.iter().filter(|judged| judged.standing.mode == Mode::Shadow);
    settled.shadow_differences = shadows
        .filter(|shadow| settle_with(Some(shadow.standing)).ruling != settled.ruling)
        .map(|shadow| ShadowDifference {
            rule: shadow.standing.id.clone(),
            changes: vec!["ruling".to_owned()],
        })
        .collect();
    settled
}

/// Over heeded judgements, sorted by rank.
fn strictest(defaults: &ReviewDefaults, operation: OperationKind, heeded: &[Judged<'_>]) -> Settled {
    let by = |wanted: fn(&Verdict) -> bool| -> Vec<String> {
        let saying = heeded.iter().filter(|judged| judged.heard.is_ok_and(|said| wanted(&said.verdict)));
        saying.map(|judged| judged.standing.id.clone()).collect()
    };
    let settled = |ruling, decided_by| Settled {
        ruling,
        decided_by,
        conflicts: Vec::new(),
        shadow_differences: Vec::new(),
    };
    let denials: Vec<Denial> = heeded.iter().filter_map(denial).collect();
    if !denials.is_empty() {
        let rules = denials.iter().map(|denial| denial.rule.clone()).collect();
        return settled(Ruling::Deny { reasons: denials }, rules);
    }
    let approvals: Vec<Approval<'_>> = heeded.iter().filter_map(approval).collect();
    if let Some((ruling, conflicts)) = agreed(&approvals) {
        let rules = approvals.iter().map(|approval| approval.standing.id.clone()).collect();
        return Settled { conflicts, ..settled(ruling, rules) };
    }
    let allowing = by(|verdict| *verdict == Verdict::Allow);
    if allowing.is_empty() {
        return settled(defaults.ruling(operation), Vec::new());
    }
    settled(Ruling::Allow, allowing)
}

fn denial(judged: &Judged<'_>) -> Option<Denial> {
    let (code, message) = match judged.heard {
        Err(failure) => ("failed".to_owned(), format!("the rule failed, so it denies: {failure}")),
        Ok(Judgement { verdict: Verdict::Deny, reasons }) => match reasons.first() {
            Some(reason) => (reason.code.clone(), reason.message.clone()),
            None => ("none".to_owned(), "the rule gave no reason".to_owned()),
        },
        Ok(_) => return None,
    };
    Some(Denial { rule: judged.standing.id.clone(), code, message })
}

struct Approval<'a> {
    standing: &'a Standing,
    roles: BTreeSet<&'a str>,
    within_hours: u32,
}

fn approval<'a>(judged: &Judged<'a>) -> Option<Approval<'a>> {
    let Ok(Judgement { verdict: Verdict::NeedsApproval { roles, within_hours }, .. }) = judged.heard else {
        return None;
    };
    let roles = roles.iter().map(String::as_str).collect();
    Some(Approval { standing: judged.standing, roles, within_hours: *within_hours })
}

/// One approval that satisfies every rule: roles that all accept, within the shortest time. Where no
/// role is accepted by all, the higher rank's stay, and that is flagged.
fn agreed(approvals: &[Approval<'_>]) -> Option<(Ruling, Vec<Conflict>)> {
    let within_hours = approvals.iter().map(|approval| approval.within_hours).min()?;
    let mut roles: Option<(&Standing, BTreeSet<&str>)> = None;
    let mut conflicts = Vec::new();
    for approval in approvals.iter().filter(|approval| !approval.roles.is_empty()) {
        let Some((first, accepted)) = &mut roles else {
            roles = Some((approval.standing, approval.roles.clone()));
            continue;
        };
        let shared: BTreeSet<&str> = accepted.intersection(&approval.roles).copied().collect();
        if shared.is_empty() {
            conflicts.push(Conflict {
                field: "approval".to_owned(),
                rules: vec![first.id.clone(), approval.standing.id.clone()],
                resolution: format!("the roles of `{}` stay: no role would satisfy both", first.id),
            });
        } else {
            *accepted = shared;
        }
    }
    let roles = roles.map(|(_, accepted)| accepted).unwrap_or_default();
    let roles = roles.into_iter().map(str::to_owned).collect();
    Some((Ruling::NeedsApproval { roles, within_hours }, conflicts))
}

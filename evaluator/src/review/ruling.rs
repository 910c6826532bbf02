//! Turns the judgements of all rules into one ruling. Pure: the order in which they come is irrelevant.

use std::collections::BTreeSet;
use std::sync::Arc;

use holdfast_rule_set::{DEFAULTS, DefaultRuling, Mode, OperationKind, Rank, ReviewDefaults};

use crate::opinion::{Judgement, ReviewVerdict};
use crate::record::{Conflict, ShadowDifference};

use super::{Denial, Ruling};

/// What a rule answered: its judgement, or how it failed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judged<'a> {
    pub(crate) rank: &'a Rank,
    pub(crate) heard: Result<&'a Judgement, &'a str>,
}

/// The ruling, with what explains it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) ruling: Ruling,
    /// The rules whose word it is, highest rank first; empty when the rule set's default holds.
    pub(crate) decided_by: Vec<Arc<str>>,
    pub(crate) conflicts: Vec<Conflict>,
    pub(crate) shadow_differences: Vec<ShadowDifference>,
}

/// Settles over all judgements; shadow rules take no part, but for what would differ with them.
pub(crate) fn settle(defaults: &ReviewDefaults, operation: OperationKind, judged: &[Judged<'_>]) -> Settled {
    let mut ranked: Vec<Judged<'_>> = judged.to_vec();
    ranked.sort_by(|one, other| one.rank.order().cmp(&other.rank.order()));
    let settle_with = |shadow: Option<&Rank>| {
        let heeded = ranked.iter().filter(|judged| {
            judged.rank.mode == Mode::Enforce || shadow.is_some_and(|one| one.id == judged.rank.id)
        });
        strictest(defaults, operation, &heeded.copied().collect::<Vec<_>>())
    };
    let mut settled = settle_with(None);
    let shadows = ranked.iter().filter(|judged| judged.rank.mode == Mode::Shadow);
    settled.shadow_differences = shadows
        .filter(|shadow| settle_with(Some(shadow.rank)).ruling != settled.ruling)
        .map(|shadow| ShadowDifference { rule: shadow.rank.id.clone(), changes: vec!["ruling".into()] })
        .collect();
    settled
}

/// Over heeded judgements, sorted by rank.
fn strictest(defaults: &ReviewDefaults, operation: OperationKind, heeded: &[Judged<'_>]) -> Settled {
    let by = |wanted: fn(&ReviewVerdict) -> bool| -> Vec<Arc<str>> {
        let saying = heeded.iter().filter(|judged| judged.heard.is_ok_and(|said| wanted(&said.verdict)));
        saying.map(|judged| judged.rank.id.clone()).collect()
    };
    let settled = |ruling, decided_by| Settled {
        ruling,
        decided_by,
        conflicts: Vec::new(),
        shadow_differences: Vec::new(),
    };
    let denials: Vec<Denial> = heeded.iter().filter_map(denial).collect();
    if !denials.is_empty() {
        let rules = denials.iter().map(|denial| denial.rule.as_str().into()).collect();
        return settled(Ruling::Deny { reasons: denials }, rules);
    }
    let approvals: Vec<Approval<'_>> = heeded.iter().filter_map(approval).collect();
    if let Some((ruling, conflicts)) = agreed(&approvals) {
        let rules = approvals.iter().map(|approval| approval.rank.id.clone()).collect();
        return Settled { conflicts, ..settled(ruling, rules) };
    }
    let allowing = by(|verdict| *verdict == ReviewVerdict::Allow);
    if allowing.is_empty() {
        return settled(by_default(defaults, operation), Vec::new());
    }
    settled(Ruling::Allow, allowing)
}

/// What holds where no rule speaks.
fn by_default(defaults: &ReviewDefaults, operation: OperationKind) -> Ruling {
    match defaults.of(operation) {
        DefaultRuling::Allow => Ruling::Allow,
        DefaultRuling::Deny => Ruling::Deny {
            reasons: vec![Denial {
                rule: DEFAULTS.to_owned(),
                code: "default".to_owned(),
                message: format!("no rule allows {}, and the rule set denies it", operation.name()),
            }],
        },
        DefaultRuling::NeedsApproval => Ruling::NeedsApproval {
            roles: defaults.approver_roles.clone(),
            within_hours: defaults.within_hours,
        },
    }
}

fn denial(judged: &Judged<'_>) -> Option<Denial> {
    let (code, message) = match judged.heard {
        Err(failure) => ("failed".to_owned(), format!("the rule failed, so it denies: {failure}")),
        Ok(Judgement { verdict: ReviewVerdict::Deny, reasons }) => match reasons.first() {
            Some(reason) => (reason.code.clone(), reason.message.clone()),
            None => ("none".to_owned(), "the rule gave no reason".to_owned()),
        },
        Ok(_) => return None,
    };
    Some(Denial { rule: judged.rank.id.to_string(), code, message })
}

struct Approval<'a> {
    rank: &'a Rank,
    roles: BTreeSet<&'a str>,
    within_hours: u32,
}

fn approval<'a>(judged: &Judged<'a>) -> Option<Approval<'a>> {
    let Ok(Judgement { verdict: ReviewVerdict::NeedsApproval { roles, within_hours }, .. }) = judged.heard
    else {
        return None;
    };
    let roles = roles.iter().map(String::as_str).collect();
    Some(Approval { rank: judged.rank, roles, within_hours: *within_hours })
}

/// One approval that satisfies every rule: roles that all accept, within the shortest time. Where no
/// role is accepted by all, the higher rank's stay, and that is flagged.
fn agreed(approvals: &[Approval<'_>]) -> Option<(Ruling, Vec<Conflict>)> {
    let within_hours = approvals.iter().map(|approval| approval.within_hours).min()?;
    let mut roles: Option<(&Rank, BTreeSet<&str>)> = None;
    let mut conflicts = Vec::new();
    for approval in approvals.iter().filter(|approval| !approval.roles.is_empty()) {
        let Some((first, accepted)) = &mut roles else {
            roles = Some((approval.rank, approval.roles.clone()));
            continue;
        };
        let shared: BTreeSet<&str> = accepted.intersection(&approval.roles).copied().collect();
        if shared.is_empty() {
            conflicts.push(Conflict {
                field: "approval".into(),
                rules: vec![first.id.clone(), approval.rank.id.clone()],
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

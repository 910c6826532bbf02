//! Judges operations: which are allowed, denied, or need a second person, by what they would do, to
//! which resource, and on whose behalf.
//!
//! Settings are a list of clauses. A clause matches when all that it states matches: `operations`,
//! `types`, `locations`, `tags` (tag name to accepted values, `*` for any), `caller-has` (one of
//! these roles) and `caller-lacks` (none of these roles). The first clause that matches gives the
//! ruling; where none does, the rule abstains. Names are compared without case. Of a resource that was
//! deleted before anything was recorded of it, nobody knows the tags: a clause that asks for them then
//! counts as matched if it denies or asks for approval, and not if it allows.
//!
//! ```toml
//! [[rule.settings.clauses]]
//! operations = ["stop-and-delete"]
//! tags = { env = ["prod"] }
//! ruling = "deny"
//! because = "production backups are never deleted by hand"
//!
//! [[rule.settings.clauses]]
//! operations = ["stop-and-delete", "suspend"]
//! ruling = "needs-approval"
//! approver-roles = ["admin"]
//! within-hours = 8
//! ```
//!
//! Reason codes: `clause-allows`, `clause-denies`, `clause-asks-approval`, `no-clause-matches` (abstain).

mod clause;
mod settings;

use holdfast_rule_sdk::{Issue, Judgement, Manifest, Review, ReviewRequest, review_rule, tag_pointer};

use crate::clause::{Matched, UNKNOWN_TAGS, ruling};
pub use crate::settings::{Clause, RulingKind, Settings};

/// The rule.
pub struct Guard;

impl Review for Guard {
    type Settings = Settings;

    fn manifest() -> Manifest {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Manifest {
            name: "guard".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "denies operations, or has them approved, by kind, resource and caller".into(),
            resource_types: Vec::new(),
            workloads: vec![],
            fact_kinds: Vec::new(),
            settings_schema: include_str!("settings.schema.json").into(),
            reason_codes: owned(&[
                "clause-allows",
                "clause-denies",
                "clause-asks-approval",
                "no-clause-matches",
            ]),
        }
    }

    fn check(settings: &Settings) -> Vec<Issue> {
        settings.issues()
    }

    fn review(settings: &Settings, request: &ReviewRequest) -> Judgement {
        let Some((clause, matched)) = ruling(&settings.clauses, request) else {
            let operation = request.operation.kind.name();
            return Judgement::abstain()
                .because("no-clause-matches", format!("no clause is about this {operation}"))
                .seen("/operation/kind", operation);
        };
        let (judgement, code) = match clause.ruling {
            RulingKind::Allow => (Judgement::allow(), "clause-allows"),
            RulingKind::Deny => (Judgement::deny(), "clause-denies"),
            RulingKind::NeedsApproval => {
                let roles = clause.approver_roles.clone().unwrap_or_default();
                (Judgement::needs_approval(roles, clause.hours()), "clause-asks-approval")
            }
        };
        let message = match &clause.because {
            Some(because) if matched.unknown_tags => format!("{because}; {UNKNOWN_TAGS}"),
            Some(because) => because.clone(),
            None => matched.words(request),
        };
        seen(judgement.because(code, message), &matched, request)
    }
}

review_rule!(Guard);

fn seen(judgement: Judgement, matched: &Matched<'_>, request: &ReviewRequest) -> Judgement {
    let mut judgement = judgement.seen("/operation/kind", request.operation.kind.name());
    if matched.by_type {
        judgement = judgement.seen("/target/type", &request.target.type_);
    }
    if matched.by_location {
        judgement = judgement.seen("/target/location", &request.target.location);
    }
    if matched.unknown_tags {
        judgement = judgement.seen("/target/body", &request.target.body);
    }
    for (name, value) in &matched.tags {
        judgement = judgement.seen(tag_pointer(name), *value);
    }
    if matched.by_caller {
        judgement = judgement.seen("/caller/roles", request.caller.roles.join(","));
    }
    judgement
}

#[cfg(test)]
mod tests;

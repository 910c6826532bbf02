//! Protects or excludes resources by conditions on any field, with the conditions that Azure
//! Policy's built-in backup policies are made of.
//!
//! Settings are a list of cases. The first case whose `when` holds decides: it protects, with
//! whatever it says of how, or it excludes. If none holds, the rule abstains and says what the
//! nearest case missed.
//!
//! ```toml
//! [[rule.settings.case]]
//! name = "central vault"
//! [rule.settings.case.when]
//! all = [
//!     { field = "location", in = ["westeurope", "northeurope"] },
//!     { tag = "env", equals = "prod" },
//!     { field = "id", not-contains = "/resourceGroups/databricks-rg-" },
//!     { body = "/properties/isHnsEnabled", not-equals = true },
//! ]
//! [rule.settings.case.protect]
//! policy-id = "/subscriptions/…/providers/Microsoft.DataProtection/backupVaults/bv/backupPolicies/gold"
//! snapshot-resource-group = "rg-snapshots-{location}"
//! ```
//!
//! # Conditions
//!
//! A condition is one of these:
//!
//! | written | holds when |
//! | --- | --- |
//! | `all = [..]` | each of the conditions holds; `[]` always holds |
//! | `any = [..]` | one of the conditions holds; `[]` never holds |
//! | `not = {..}` | the condition does not hold |
//! | `is = "name"` | the condition under `[rule.settings.define.name]` holds |
//! | `image = ["publisher:offer:sku"]` | a virtual machine's marketplace image is one of these; `*` is a wildcard within a part |
//! | `field`, `tag` or `body`, with tests | every test of the field holds |
//!
//! `field` is `id`, `type`, `name`, `location`, `resource-group`, `subscription`, `sku` (its name)
//! or `kind`. `tag` names a tag. `body` is a JSON pointer into the ARM body, such as
//! `/properties/enabledProtocols`; the body is read only if a test asks for it.
//!
//! | test | holds when the field |
//! | --- | --- |
//! | `equals`, `in` | equals the text, one of the texts |
//! | `contains` | contains the text, or one of the texts |
//! | `like` | is like the text, or one of the texts, where `*` stands for any characters |
//! | `under` | is an ARM id at or below the scope, or one of the scopes |
//! | `exists = true` | is there, if only with an empty text |
//! | `not-equals`, `not-in`, `not-contains`, `not-like`, `not-under`, `exists = false` | does not; a missing field satisfies these |
//!
//! Case never counts, neither in values nor in names of tags and fields. Locations are compared
//! without blanks. Truths and numbers are compared as texts: `true` and `"true"` are equal.
//!
//! # How to protect
//!
//! `protect` may hold `policy-id` (an existing policy, which names its vault too), or `vault` (name
//! or ARM id), `vault-tags` and `policy` (name); `retention`, `schedule`, `tier`, `redundancy`,
//! `snapshot-resource-group`. Names may hold `{location}`, `{name}`, `{resource-group}`,
//! `{subscription}` and `{resource-group-guid}`, which is what the ARM template function `guid` gives
//! for the id of the resource group; the name of a vault is cut to 50 characters. `exclude` holds
//! `kind` and, if it is to end, `until`.
//!
//! # Reasons
//!
//! `case-protects` and `case-excludes` name the case, with each field that made it hold as evidence.
//! An abstaining rule says what the nearest case missed: `type-differs`, `location-differs`,
//! `tag-differs`, `image-differs`, `scope-differs`, `field-differs`, or `no-case-holds` where nothing
//! was tested.

mod action;
mod body;
mod clause;
mod compare;
mod compile;
mod field;
mod form;
mod guid;
mod settings;
mod template;
mod text;

use holdfast_rule_sdk::{Issue, Manifest, Opinion, Request, Rule, rule};

pub use settings::Settings;

use action::Action;
use clause::{Miss, MissKind, Trail};
use field::{Field, View};
use settings::Case;

/// At most this many fields are given as evidence.
const EVIDENCE: usize = 16;
/// At most this many characters of a field are shown.
const SHOWN: usize = 200;

/// The rule; see the crate's documentation.
pub struct Conditions;

impl Rule for Conditions {
    type Settings = Settings;

    fn manifest() -> Manifest {
        let codes = [
            "case-protects",
            "case-excludes",
            "type-differs",
            "location-differs",
            "tag-differs",
            "image-differs",
            "scope-differs",
            "field-differs",
            "no-case-holds",
        ];
        Manifest {
            name: "conditions".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "protects or excludes by conditions on any field".into(),
            resource_types: Vec::new(),
            workloads: vec![],
            fact_kinds: Vec::new(),
            settings_schema: include_str!("settings.schema.json").into(),
            reason_codes: codes.map(String::from).into(),
        }
    }

    /// Conditions are kept as they are written until it is known how deep they are nested.
    fn read(settings: &str) -> Result<Settings, Issue> {
        let issue = |error: serde_json::Error| Issue { pointer: String::new(), message: error.to_string() };
        serde_json::from_str(settings).map_err(issue)
    }

    fn check(settings: &Settings) -> Vec<Issue> {
        settings.issues.clone()
    }

    fn evaluate(settings: &Settings, request: &Request<'_>) -> Opinion {
        let view = View::new(request.target, &settings.places);
        let mut nearest: Option<(Miss<'_>, &Case)> = None;
        for case in &settings.cases {
            let mut trail = Trail::default();
            if case.when.test(&view, &mut trail) {
                return decided(case, &trail.seen, &view, request);
            }
            if let Some(miss) = trail.miss
                && nearest.is_none_or(|(best, _)| miss.depth > best.depth)
            {
                nearest = Some((miss, case));
            }
        }
        match nearest {
            Some((miss, case)) => missed(miss, case, &view),
            None => Opinion::abstain().because("no-case-holds", "no case holds for any resource"),
        }
    }
}

rule!(Conditions);

fn decided(case: &Case, seen: &[&Field], view: &View<'_>, request: &Request<'_>) -> Opinion {
    let code = match case.action {
        Action::Protect(_) => "case-protects",
        Action::Exclude(..) => "case-excludes",
    };
    let mut opinion = case.action.opinion(&request.target).because(code, &case.name);
    if request.explain {
        for (index, field) in seen.iter().enumerate().take(EVIDENCE) {
            if !seen.iter().take(index).any(|earlier| earlier == field) {
                opinion = opinion.seen(field.pointer(), shown(view.get(field)));
            }
        }
    }
    opinion
}

fn missed(miss: Miss<'_>, case: &Case, view: &View<'_>) -> Opinion {
    let code = match (miss.kind, miss.field) {
        (MissKind::Image, _) => "image-differs",
        (MissKind::Scope, _) => "scope-differs",
        (MissKind::Field, Field::Type) => "type-differs",
        (MissKind::Field, Field::Location) => "location-differs",
        (MissKind::Field, Field::Tag(_)) => "tag-differs",
        (MissKind::Field, _) => "field-differs",
    };
    let value = shown(view.get(miss.field));
    let message = format!("{}: {} is {value}", case.name, miss.field.label());
    Opinion::abstain().because(code, message).seen(miss.field.pointer(), value)
}

fn shown(text: Option<&str>) -> String {
    match text {
        None => "(none)".to_owned(),
        Some(text) if text.len() <= SHOWN => text.to_owned(),
        Some(text) => text.chars().take(SHOWN).collect(),
    }
}

#[cfg(test)]
mod tests;

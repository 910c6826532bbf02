//! Selects what is protected and what is left out on purpose, by tag, type and location.
//!
//! Settings are two lists of clauses. A clause matches when all that it states matches: `types`,
//! `locations` and `tags` (tag name to accepted values, `*` for any). The first `exclude` clause
//! that matches excludes; else the first `protect` clause that matches protects; else the rule
//! abstains and says what was missing. An `exclude` clause may say `until` when it holds (UTC); from
//! then on it is passed over. Types, tag names and tag values are compared without case. With
//! `inherit-tags`, the tags of the resource group or the subscription count where the resource has
//! none of a name; the rule asks for them as facts. An `exclude` clause with `machine = "protected"` holds for a
//! disk whose machine is backed up by the rules, with this disk: that, too, is a fact.
//!
//! ```toml
//! [[rule.settings.exclude]]
//! kind = "opted-out"
//! tags = { backup = ["off"] }
//! until = 2026-12-31T00:00:00Z
//!
//! [[rule.settings.protect]]
//! types = ["Microsoft.Compute/disks"]
//! locations = ["westeurope"]
//! tags = { env = ["prod", "staging"] }
//! ```
//!
//! Reason codes: `tag-asks` and `listed` (protect), `tag-excludes`, `excluded` and `machine-protected` (exclude),
//! `location-not-listed`, `no-tag-asks` and `type-not-listed` (abstain).

mod clause;
mod inherit;
mod machine;
mod settings;

use std::iter;

use holdfast_rule_sdk::{
    AzResource, Exclusion, FactKey, Failure, Manifest, Opinion, Protection, Reason, Request, Rule, TagRef,
    Text, Verdict, rule,
};

pub use clause::{Accepted, Clause, ExcludeClause, Kind, MachineIs};
pub use inherit::Source;
pub use settings::Settings;

use clause::Miss;
use inherit::{Inherited, Tag, Tagged};
use machine::Machine;

/// The rule; see the crate's documentation.
pub struct Select;

impl Rule for Select {
    type Settings = Settings;

    fn manifest() -> Manifest {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Manifest {
            name: "select".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "protects or leaves out resources by tag, type and location".into(),
            resource_types: Vec::new(),
            workloads: vec![],
            fact_kinds: Vec::new(),
            settings_schema: include_str!("settings.schema.json").into(),
            reason_codes: owned(&[
                "tag-asks",
                "listed",
                "tag-excludes",
                "excluded",
                "machine-protected",
                "location-not-listed",
                "no-tag-asks",
                "type-not-listed",
            ]),
        }
    }

    fn evaluate(settings: &Settings, request: &Request<'_>) -> Opinion {
        match find(settings, request) {
            Ok(finding) => finding.into(),
            Err(_) => Opinion::abstain(),
        }
    }

    fn try_evaluate(settings: &Settings, request: &Request<'_>) -> Result<Opinion, Failure> {
        match find(settings, request) {
            Ok(finding) => Ok(finding.into()),
            Err(failure) => Err(failure),
        }
    }
}

/// An opinion before it is one: those are large, and every move of one is paid for.
struct Finding {
    says: Says,
    reasons: Vec<Reason>,
}

enum Says {
    Abstain,
    Protect,
    Exclude(Exclusion),
    NeedFacts(Vec<FactKey>),
}

impl From<Says> for Verdict {
    #[inline]
    fn from(says: Says) -> Self {
        match says {
            Says::Abstain => Self::Abstain,
            Says::Protect => Self::Protect(Protection::default()),
            Says::Exclude(exclusion) => Self::Exclude(exclusion),
            Says::NeedFacts(keys) => Self::NeedFacts(keys),
        }
    }
}

impl From<Finding> for Opinion {
    #[inline]
    fn from(Finding { says, reasons }: Finding) -> Self {
        Self { verdict: says.into(), labels: Vec::new(), reasons }
    }
}

impl Finding {
    fn wanted(keys: Vec<FactKey>) -> Self {
        Self { says: Says::NeedFacts(keys), reasons: Vec::new() }
    }
}

fn find(settings: &Settings, request: &Request<'_>) -> Result<Finding, Failure> {
    if settings.inherit_tags.is_empty() {
        return judge(settings, request, &Tagged::new(&request.target, &[]));
    }
    match Inherited::of(&settings.inherit_tags, request)? {
        Inherited::Wanted(keys) => Ok(Finding::wanted(keys)),
        Inherited::Known(inherited) => judge(settings, request, &Tagged::new(&request.target, &inherited)),
    }
}

fn judge(settings: &Settings, request: &Request<'_>, tagged: &Tagged<'_>) -> Result<Finding, Failure> {
    for exclude in settings.exclude.iter().filter(|exclude| !exclude.has_expired(request.event_time)) {
        let Ok(by) = exclude.clause.test(tagged) else { continue };
        let reasons = match Machine::of(exclude, request)? {
            Machine::No => continue,
            Machine::Wanted(key) => return Ok(Finding::wanted(vec![key])),
            Machine::Protected(machine) => vec![machine::explain(&machine, request)],
            Machine::NotAsked => explain(["tag-excludes", "excluded"], by, &exclude.clause, tagged, request),
        };
        let exclusion = Exclusion { kind: exclude.kind.into(), until: exclude.until.clone() };
        return Ok(Finding { says: Says::Exclude(exclusion), reasons });
    }
    Ok(protecting(settings, request, tagged))
}

fn protecting(settings: &Settings, request: &Request<'_>, tagged: &Tagged<'_>) -> Finding {
    let target = &request.target;
    let mut nearest = Miss::Type;
    for protect in &settings.protect {
        match protect.test(tagged) {
            Ok(by) => {
                let reasons = explain(["tag-asks", "listed"], by, protect, tagged, request);
                return Finding { says: Says::Protect, reasons };
            }
            Err(miss) => nearest = nearest.max(miss),
        }
    }
    let (code, message, pointer, value) = match nearest {
        Miss::Location => (
            "location-not-listed",
            Text::of(&["location ", target.location, " is not listed"]),
            "/target/location",
            target.location,
        ),
        Miss::Tags => {
            ("no-tag-asks", Text::constant("no tag asks for protection"), "/target/type", target.type_)
        }
        Miss::Type => {
            let message = Text::of(&["type ", target.type_, " is not listed"]);
            ("type-not-listed", message, "/target/type", target.type_)
        }
    };
    let mut reason = Reason::new(code, message);
    reason.add_evidence(Text::constant(pointer), value);
    Finding { says: Says::Abstain, reasons: vec![reason] }
}

rule!(Select);

/// Names the tags by which a clause matched or, for a clause without tags, the type and the location.
fn explain(
    [by_tag, by_place]: [&'static str; 2],
    first: Option<Tag<'_>>,
    clause: &Clause,
    tagged: &Tagged<'_>,
    request: &Request<'_>,
) -> Vec<Reason> {
    let Some(first) = first else { return vec![listed(by_place, &request.target)] };
    let mut reasons = Vec::with_capacity(1);
    let reason = reasons.push_mut(Reason::new(by_tag, Text::new()));
    reason.message.put(&["tag ", first.name, "=", first.value]);
    tell_source(&mut reason.message, &first);
    for tag in clause.others(tagged) {
        [", ", tag.name, "=", tag.value].into_iter().for_each(|part| reason.message.push_str(part));
        tell_source(&mut reason.message, &tag);
    }
    if request.explain {
        for Tag { name, value, of } in iter::once(first).chain(clause.others(tagged)) {
            match of {
                None => reason.add_tag(TagRef { name, value }),
                Some(source) => reason.add_evidence(source.pointer(request), value),
            };
        }
    }
    reasons
}

fn tell_source(message: &mut Text, tag: &Tag<'_>) {
    if let Some(source) = tag.of {
        message.push_str(" of ");
        message.push_str(source.told());
    }
}

fn listed(by_place: &'static str, target: &AzResource<'_>) -> Reason {
    let mut reason = Reason::new(by_place, Text::of(&["every ", target.type_, " here"]));
    reason
        .add_evidence(Text::constant("/target/type"), target.type_)
        .add_evidence(Text::constant("/target/location"), target.location);
    reason
}

#[cfg(test)]
mod tests;

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

use holdfast_rule_sdk::{Failure, Manifest, Opinion, Protection, Request, Rule, Text, rule, tag_pointer};

pub use clause::{Accepted, Clause, ExcludeClause, Kind, MachineIs};
pub use inherit::Source;
pub use settings::Settings;

use clause::{Matched, Miss};
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
        Self::try_evaluate(settings, request).unwrap_or_else(|_| Opinion::abstain())
    }

    fn try_evaluate(settings: &Settings, request: &Request<'_>) -> Result<Opinion, Failure> {
        if settings.inherit_tags.is_empty() {
            return judge(settings, request, &Tagged::new(request.target, &[]));
        }
        match Inherited::of(&settings.inherit_tags, request)? {
            Inherited::Wanted(keys) => Ok(Opinion::need_facts(keys)),
            Inherited::Known(inherited) => judge(settings, request, &Tagged::new(request.target, &inherited)),
        }
    }
}

fn judge(settings: &Settings, request: &Request<'_>, tagged: &Tagged<'_>) -> Result<Opinion, Failure> {
    for exclude in settings.exclude.iter().filter(|exclude| !exclude.has_expired(request.event_time)) {
        let Ok(matched) = exclude.clause.test(tagged) else { continue };
        let opinion = || match &exclude.until {
            Some(until) => Opinion::exclude_until(exclude.kind.into(), until),
            None => Opinion::exclude(exclude.kind.into()),
        };
        match Machine::of(exclude, request)? {
            Machine::No => {}
            Machine::Wanted(key) => return Ok(Opinion::need_facts(vec![key])),
            Machine::Protected(machine) => return Ok(machine::explain(opinion(), &machine, request)),
            Machine::NotAsked => {
                let mut opinion = opinion();
                explain(&mut opinion, "tag-excludes", "excluded", &matched, request);
                return Ok(opinion);
            }
        }
    }
    Ok(protecting(settings, request, tagged))
}

fn protecting(settings: &Settings, request: &Request<'_>, tagged: &Tagged<'_>) -> Opinion {
    let target = &request.target;
    let mut nearest = Miss::Type;
    for protect in &settings.protect {
        match protect.test(tagged) {
            Ok(matched) => {
                let mut opinion = Opinion::protect(Protection::default());
                explain(&mut opinion, "tag-asks", "listed", &matched, request);
                return opinion;
            }
            Err(miss) => nearest = nearest.max(miss),
        }
    }
    let (code, message, pointer, value) = match nearest {
        Miss::Location => (
            "location-not-listed",
            words(&["location ", target.location, " is not listed"]),
            "/target/location",
            target.location,
        ),
        Miss::Tags => {
            ("no-tag-asks", Text::constant("no tag asks for protection"), "/target/type", target.type_)
        }
        Miss::Type => {
            let message = words(&["type ", target.type_, " is not listed"]);
            ("type-not-listed", message, "/target/type", target.type_)
        }
    };
    let mut opinion = Opinion::abstain();
    opinion.add_reason(code, message).add_evidence(Text::constant(pointer), value);
    opinion
}

/// Texts one behind the other.
fn words(parts: &[&str]) -> Text {
    let mut text = Text::new();
    parts.iter().for_each(|part| text.push_str(part));
    text
}

rule!(Select);

/// Names the tags that matched or, for a clause without tags, the type and the location.
fn explain(
    opinion: &mut Opinion,
    by_tag: &'static str,
    by_place: &'static str,
    matched: &Matched<'_>,
    request: &Request<'_>,
) {
    let target = &request.target;
    if matched.is_empty() {
        opinion
            .add_reason(by_place, words(&["every ", target.type_, " here"]))
            .add_evidence(Text::constant("/target/type"), target.type_)
            .add_evidence(Text::constant("/target/location"), target.location);
        return;
    }
    let mut message = Text::from("tag ");
    for (index, Tag { name, value, of }) in matched.tags().enumerate() {
        if index > 0 {
            message.push_str(", ");
        }
        message.push_str(name);
        message.push('=');
        message.push_str(value);
        if let Some(source) = of {
            message.push_str(" of ");
            message.push_str(source.told());
        }
    }
    let reason = opinion.add_reason(by_tag, message);
    if request.explain {
        for tag in matched.tags() {
            match tag.of {
                None => reason.add_evidence(tag_pointer(tag.name), tag.value),
                Some(source) => reason.add_evidence(source.pointer(request), tag.value),
            };
        }
    }
}

#[cfg(test)]
mod tests;

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

use holdfast_rule_sdk::{Failure, Manifest, Opinion, Protection, Request, Rule, rule, tag_pointer};

pub use clause::{Clause, ExcludeClause, Kind, MachineIs};
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
                return Ok(explain(opinion(), "tag-excludes", "excluded", &matched, request));
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
                let opinion = Opinion::protect(Protection::default());
                return explain(opinion, "tag-asks", "listed", &matched, request);
            }
            Err(miss) => nearest = nearest.max(miss),
        }
    }
    let (code, message, pointer, value) = match nearest {
        Miss::Location => (
            "location-not-listed",
            format!("location {} is not listed", target.location),
            "/target/location",
            target.location,
        ),
        Miss::Tags => ("no-tag-asks", "no tag asks for protection".to_owned(), "/target/type", target.type_),
        Miss::Type => {
            ("type-not-listed", format!("type {} is not listed", target.type_), "/target/type", target.type_)
        }
    };
    Opinion::abstain().because(code, message).seen(pointer, value)
}

rule!(Select);

/// Names the tags that matched or, for a clause without tags, the type and the location.
fn explain(
    opinion: Opinion,
    by_tag: &str,
    by_place: &str,
    matched: &Matched<'_>,
    request: &Request<'_>,
) -> Opinion {
    let target = &request.target;
    if matched.tags.is_empty() {
        return opinion
            .because(by_place, format!("every {} here", target.type_))
            .seen("/target/type", target.type_)
            .seen("/target/location", target.location);
    }
    let mut message = String::with_capacity(64);
    message.push_str("tag ");
    for (index, Tag { name, value, of }) in matched.tags.iter().enumerate() {
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
    let opinion = opinion.because(by_tag, message);
    if !request.explain {
        return opinion;
    }
    matched.tags.iter().fold(opinion, |opinion, tag| match tag.of {
        None => opinion.seen(tag_pointer(tag.name), tag.value),
        Some(source) => opinion.seen(source.pointer(request), tag.value),
    })
}

#[cfg(test)]
mod tests;

//! Decides how long recovery points are kept, and how often they are taken, by a tier tag.
//!
//! Settings name the tag, the tiers, and the tier of resources without the tag. A schedule is
//! stated per resource type, since Azure Backup takes different periods for each: disks from
//! hourly to daily, PostgreSQL flexible servers weekly, blobs continuously (so none is stated).
//!
//! ```toml
//! [rule.settings]
//! tag = "tier"
//! default = "silver"
//!
//! [rule.settings.tiers.silver]
//! min-days = 14
//! schedules = { "Microsoft.Compute/disks" = { every = "P1D", at = "02:00" } }
//! ```
//!
//! The rule says nothing about *whether* a resource is protected: bind it with `decides = "how"`.
//!
//! Reason codes: `tier-tag`, `default-tier`, `unknown-tier`, and `no-tier` (abstain).

mod settings;

use holdfast_rule_sdk::{
    Issue, Manifest, Opinion, Protection, Request, Retention, Rule, Schedule, rule, tag_pointer,
};

pub use settings::{Settings, TierSettings, Timing};

/// The rule; see the crate's documentation.
pub struct RetentionByTier;

impl Rule for RetentionByTier {
    type Settings = Settings;

    fn manifest() -> Manifest {
        let codes = ["tier-tag", "default-tier", "unknown-tier", "no-tier"];
        Manifest {
            name: "retention".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "decides retention and schedule by a tier tag".into(),
            resource_types: Vec::new(),
            workloads: vec![],
            fact_kinds: Vec::new(),
            settings_schema: include_str!("settings.schema.json").into(),
            reason_codes: codes.map(String::from).into(),
        }
    }

    fn check(settings: &Settings) -> Vec<Issue> {
        settings.issues()
    }

    fn evaluate(settings: &Settings, request: &Request<'_>) -> Opinion {
        let target = &request.target;
        let asked = target.tag(&settings.tag);
        if let Some((name, tier)) = asked.and_then(|name| settings.tier(name)) {
            let why = format!("{} because {}={name}", tier.keep(), settings.tag);
            return Opinion::protect(how(tier, target.type_))
                .because("tier-tag", why)
                .seen(tag_pointer(&settings.tag), name);
        }
        let default = settings.default.as_deref().and_then(|name| settings.tier(name));
        match (asked, default) {
            (None, Some((name, tier))) => Opinion::protect(how(tier, target.type_))
                .because("default-tier", format!("{} by default ({name})", tier.keep())),
            (Some(unknown), Some((name, tier))) => Opinion::protect(how(tier, target.type_))
                .because(
                    "unknown-tier",
                    format!("{} by default ({name}): {}={unknown} is unknown", tier.keep(), settings.tag),
                )
                .seen(tag_pointer(&settings.tag), unknown),
            (_, None) => {
                Opinion::abstain().because("no-tier", format!("tag {} names no known tier", settings.tag))
            }
        }
    }
}

rule!(RetentionByTier);

fn how(tier: &TierSettings, resource_type: &str) -> Protection {
    Protection {
        retention: Some(Retention { min_days: tier.min_days, max_days: tier.max_days }),
        schedule: tier.schedule(resource_type).map(|timing| Schedule {
            every: timing.every.clone(),
            at: timing.at.clone(),
            ..Schedule::default()
        }),
        ..Protection::default()
    }
}

#[cfg(test)]
mod tests;

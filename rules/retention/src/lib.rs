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
    Issue, Manifest, Opinion, Protection, Reason, Request, Retention, Rule, Schedule, TagRef, Text, Verdict,
    joined, rule,
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
        let tag = settings.tag.as_str();
        if let Some((name, tier)) = asked.and_then(|name| settings.tier(name)) {
            let mut reason = Reason::new("tier-tag", Text::of(&[&tier.keeps, " because ", tag, "=", name]));
            reason.add_tag(TagRef { name: tag, value: name });
            return protecting(tier, target.type_, reason);
        }
        let default = settings.default.as_deref().and_then(|name| settings.tier(name));
        match (asked, default) {
            (None, Some((name, tier))) => {
                let message = Text::of(&[&tier.keeps, " by default (", name, ")"]);
                protecting(tier, target.type_, Reason::new("default-tier", message))
            }
            (Some(unknown), Some((name, tier))) => {
                let words = [&tier.keeps, " by default (", name, "): ", tag, "=", unknown, " is unknown"];
                let mut reason = Reason::new("unknown-tier", Text::of(&words));
                reason.add_tag(TagRef { name: tag, value: unknown });
                protecting(tier, target.type_, reason)
            }
            (_, None) => {
                Opinion::abstain().because("no-tier", Text::of(&["tag ", tag, " names no known tier"]))
            }
        }
    }
}

rule!(RetentionByTier);

fn protecting(tier: &TierSettings, resource_type: &str, reason: Reason) -> Opinion {
    let how = Protection {
        retention: Some(Retention { min_days: tier.min_days, max_days: tier.max_days }),
        schedule: tier.schedule(resource_type).map(|timing| Schedule {
            every: joined(&[&timing.every]),
            at: timing.at.as_deref().map(|at| joined(&[at])),
            ..Schedule::default()
        }),
        ..Protection::default()
    };
    Opinion { verdict: Verdict::Protect(how), labels: Vec::new(), reasons: vec![reason] }
}

#[cfg(test)]
mod tests;

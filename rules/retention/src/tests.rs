//! The rule, run natively.

use holdfast_rule_sdk::{Verdict, owned};

use super::*;

const DISK: &str = "Microsoft.Compute/disks";

fn settings() -> anyhow::Result<Settings> {
    Ok(serde_json::from_value(serde_json::json!({
        "tag": "tier",
        "default": "silver",
        "tiers": {
            "gold": { "min-days": 30, "schedules": { "Microsoft.Compute/disks": { "every": "PT4H" } } },
            "silver": { "min-days": 14, "max-days": 20 },
        },
    }))?)
}

fn request(resource_type: &str, tags: &[(&str, &str)]) -> owned::Request {
    owned::Request {
        target: owned::AzResource {
            id: String::new(),
            type_: resource_type.into(),
            name: "one".into(),
            location: "westeurope".into(),
            resource_group: "rg".into(),
            subscription: "s".into(),
            tags: tags
                .iter()
                .map(|(name, value)| owned::Tag { name: (*name).into(), value: (*value).into() })
                .collect(),
            sku: None,
            kind: None,
            body: "{}".into(),
        },
        workload: String::new(),
        labels: vec![],
        facts: vec![],
        event_time: "2026-01-01T00:00:00Z".into(),
        explain: true,
    }
}

fn said(opinion: &Opinion) -> anyhow::Result<(&Protection, &str, &str)> {
    let Verdict::Protect(protection) = &opinion.verdict else {
        anyhow::bail!("expected a protection, got {:?}", opinion.verdict);
    };
    let reason = opinion.reasons.first().ok_or_else(|| anyhow::anyhow!("no reason"))?;
    Ok((protection, &reason.code, &reason.message))
}

#[test]
fn the_tag_names_the_tier() -> anyhow::Result<()> {
    let opinion = RetentionByTier::evaluate(&settings()?, &request(DISK, &[("Tier", "Gold")]).view());
    let (protection, code, message) = said(&opinion)?;
    assert_eq!(code, "tier-tag");
    assert_eq!(message, "keep 30 days because tier=gold");
    assert_eq!(protection.schedule.as_ref().map(|schedule| schedule.every.as_str()), Some("PT4H"));
    Ok(())
}

#[test]
fn a_type_without_schedule_gets_none() -> anyhow::Result<()> {
    let blobs = request("Microsoft.Storage/storageAccounts", &[("tier", "gold")]);
    let opinion = RetentionByTier::evaluate(&settings()?, &blobs.view());
    let (protection, ..) = said(&opinion)?;
    assert_eq!(protection.schedule, None);
    assert_eq!(protection.retention.map(|range| (range.min_days, range.max_days)), Some((Some(30), None)));
    Ok(())
}

#[test]
fn an_unknown_or_absent_tier_falls_back_to_the_default() -> anyhow::Result<()> {
    let opinion = RetentionByTier::evaluate(&settings()?, &request(DISK, &[("tier", "platinum")]).view());
    let (_, code, message) = said(&opinion)?;
    assert_eq!(code, "unknown-tier");
    assert_eq!(message, "keep 14 to 20 days by default (silver): tier=platinum is unknown");
    let opinion = RetentionByTier::evaluate(&settings()?, &request(DISK, &[]).view());
    let (_, code, _) = said(&opinion)?;
    assert_eq!(code, "default-tier");
    Ok(())
}

#[test]
fn without_a_default_the_rule_abstains() -> anyhow::Result<()> {
    let settings = Settings { default: None, ..settings()? };
    let opinion = RetentionByTier::evaluate(&settings, &request(DISK, &[]).view());
    assert_eq!(opinion.verdict, Verdict::Abstain);
    Ok(())
}

#[test]
fn contradictory_settings_are_refused_with_pointers() -> anyhow::Result<()> {
    let mut settings = settings()?;
    settings.default = Some("bronze".into());
    for tier in settings.tiers.values_mut() {
        tier.max_days = Some(1);
    }
    let pointers: Vec<_> = RetentionByTier::check(&settings).into_iter().map(|issue| issue.pointer).collect();
    assert_eq!(pointers, ["/default", "/tiers/gold/max-days", "/tiers/silver/max-days"]);
    Ok(())
}

//! The rule, run natively.

use holdfast_rule_sdk::{ExclusionKind, Verdict, owned};

use super::*;

fn settings() -> anyhow::Result<Settings> {
    Ok(serde_json::from_value(serde_json::json!({
        "exclude": [
            { "kind": "opted-out", "tags": { "backup": ["off"] } },
            { "kind": "ephemeral", "tags": { "env": ["sandbox"] } },
        ],
        "protect": [
            { "types": ["Microsoft.Compute/disks"], "locations": ["westeurope"],
              "tags": { "env": ["prod", "staging"] } },
            { "types": ["Microsoft.Storage/storageAccounts"], "locations": ["westeurope"] },
        ],
    }))?)
}

fn request(resource_type: &str, location: &str, tags: &[(&str, &str)]) -> owned::Request {
    owned::Request {
        target: owned::AzResource {
            id: format!("/subscriptions/s/resourceGroups/rg/providers/{resource_type}/one"),
            type_: resource_type.into(),
            name: "one".into(),
            location: location.into(),
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

fn opinion(
    resource_type: &str,
    location: &str,
    tags: &[(&str, &str)],
) -> anyhow::Result<(Verdict, String, String)> {
    let opinion = Select::evaluate(&settings()?, &request(resource_type, location, tags).view());
    let reason = opinion.reasons.first().ok_or_else(|| anyhow::anyhow!("no reason"))?;
    Ok((opinion.verdict, reason.code.to_string(), reason.message.to_string()))
}

const DISK: &str = "Microsoft.Compute/disks";

#[test]
fn a_tag_asks_for_protection_whatever_its_case() -> anyhow::Result<()> {
    let (verdict, code, message) = opinion(DISK, "westeurope", &[("Env", "PROD")])?;
    assert_eq!(verdict, Verdict::Protect(Protection::default()));
    assert_eq!(code, "tag-asks");
    assert_eq!(message, "tag Env=PROD");
    Ok(())
}

#[test]
fn an_exclusion_comes_before_a_protection() -> anyhow::Result<()> {
    let (verdict, code, _) = opinion(DISK, "westeurope", &[("backup", "off"), ("env", "prod")])?;
    let Verdict::Exclude(exclusion) = verdict else {
        anyhow::bail!("expected an exclusion, got {verdict:?}");
    };
    assert_eq!(exclusion.kind, ExclusionKind::OptedOut);
    assert_eq!(code, "tag-excludes");
    Ok(())
}

#[test]
fn a_clause_without_tags_protects_by_type_and_location() -> anyhow::Result<()> {
    let (verdict, code, _) = opinion("Microsoft.Storage/storageAccounts", "westeurope", &[])?;
    assert_eq!(verdict, Verdict::Protect(Protection::default()));
    assert_eq!(code, "listed");
    Ok(())
}

#[test]
fn abstaining_says_what_was_missing() -> anyhow::Result<()> {
    for (resource_type, location, tags, expected) in [
        (DISK, "eastasia", vec![("env", "prod")], "location-not-listed"),
        (DISK, "westeurope", vec![("env", "test")], "no-tag-asks"),
        (DISK, "westeurope", vec![], "no-tag-asks"),
        ("Microsoft.Web/sites", "westeurope", vec![], "type-not-listed"),
    ] {
        let (verdict, code, _) = opinion(resource_type, location, &tags)?;
        assert_eq!(verdict, Verdict::Abstain);
        assert_eq!(code, expected);
    }
    Ok(())
}

#[test]
fn evidence_points_into_the_request() -> anyhow::Result<()> {
    let opinion = Select::evaluate(&settings()?, &request(DISK, "westeurope", &[("env", "prod")]).view());
    let evidence: Vec<_> = opinion
        .reasons
        .iter()
        .flat_map(|reason| &reason.evidence)
        .map(|evidence| (evidence.pointer.as_str(), evidence.value.as_str()))
        .collect();
    assert_eq!(evidence, [("/target/tags/env", "prod")]);
    Ok(())
}

#[test]
fn every_reason_code_is_in_the_manifest() -> anyhow::Result<()> {
    let known = Select::manifest().reason_codes;
    for (location, tags) in [("westeurope", vec![("env", "prod")]), ("x", vec![("env", "prod")])] {
        let (_, code, _) = opinion(DISK, location, &tags)?;
        assert!(known.contains(&code), "{code} is not in the manifest");
    }
    Ok(())
}

#[test]
fn an_exclusion_holds_until_its_time_has_come() -> anyhow::Result<()> {
    let settings: Settings = serde_json::from_value(serde_json::json!({
        "exclude": [{ "kind": "ephemeral", "tags": { "env": ["prod"] }, "until": "2026-06-30T12:00:00Z" }],
        "protect": [{ "tags": { "env": ["prod"] } }],
    }))?;
    let mut asked = request(DISK, "westeurope", &[("env", "prod")]);
    for (event_time, excluded) in [
        ("2026-01-01T00:00:00Z", true),
        ("2026-06-30T11:59:59Z", true),
        ("2026-06-30T11:59:59.999999Z", true),
        ("2026-06-30T12:00:00Z", false),
        ("2026-06-30T12:00:00.000001Z", false),
        ("2027-01-01T00:00:00Z", false),
    ] {
        asked.event_time = event_time.into();
        let verdict = Select::evaluate(&settings, &asked.view()).verdict;
        let expected = if excluded {
            let until = Some("2026-06-30T12:00:00Z".into());
            Verdict::Exclude(holdfast_rule_sdk::Exclusion { kind: ExclusionKind::Ephemeral, until })
        } else {
            Verdict::Protect(Protection::default())
        };
        assert_eq!(verdict, expected, "at {event_time}");
    }
    Ok(())
}

fn inheriting() -> anyhow::Result<Settings> {
    Ok(serde_json::from_value(serde_json::json!({
        "inherit-tags": ["resource-group", "subscription"],
        "exclude": [{ "kind": "opted-out", "tags": { "backup": ["off"] } }],
        "protect": [{ "tags": { "env": ["prod"] } }],
    }))?)
}

fn fact(kind: &str, scope: &str, value: Option<&str>) -> owned::Fact {
    let key = holdfast_rule_sdk::FactKey { kind: kind.into(), scope: scope.into() };
    owned::Fact { key, value: value.map(str::to_owned) }
}

fn inherited(
    own: &[(&str, &str)],
    group: Option<&str>,
    subscription: Option<&str>,
) -> anyhow::Result<(Verdict, String)> {
    let mut asked = request(DISK, "westeurope", own);
    asked.facts = vec![
        fact("resource-group-tags", "/subscriptions/s/resourceGroups/RG", group),
        fact("subscription-tags", "s", subscription),
    ];
    let opinion = Select::try_evaluate(&inheriting()?, &asked.view())
        .map_err(|failure| anyhow::anyhow!("{failure:?}"))?;
    Ok((
        opinion.verdict,
        opinion.reasons.first().map(|reason| reason.message.to_string()).unwrap_or_default(),
    ))
}

#[test]
fn tags_come_from_the_group_and_then_the_subscription() -> anyhow::Result<()> {
    let protect = Verdict::Protect(Protection::default());
    let by_group = "tag Env=prod of its resource group";
    for (own, group, subscription, verdict, message) in [
        (&[][..], Some(r#"{"Env":"prod"}"#), None, &protect, by_group),
        (&[], Some("{}"), Some(r#"{"env":"prod"}"#), &protect, "tag env=prod of its subscription"),
        (&[], Some(r#"{"Env":"prod"}"#), Some(r#"{"env":"test"}"#), &protect, by_group),
        (&[("ENV", "prod")], Some(r#"{"env":"test"}"#), None, &protect, "tag ENV=prod"),
        (
            &[("env", "test")],
            Some(r#"{"env":"prod"}"#),
            None,
            &Verdict::Abstain,
            "no tag asks for protection",
        ),
    ] {
        let found = inherited(own, group, subscription)?;
        assert_eq!((&found.0, found.1.as_str()), (verdict, message), "{own:?} {group:?} {subscription:?}");
    }
    let (verdict, _) = inherited(&[("env", "prod")], Some(r#"{"backup":"off"}"#), None)?;
    assert!(matches!(verdict, Verdict::Exclude(_)), "a group opts out for what is in it: {verdict:?}");
    Ok(())
}

#[test]
fn inherited_tags_are_asked_for_and_must_be_readable() -> anyhow::Result<()> {
    let asked = request(DISK, "westeurope", &[("env", "prod")]);
    let opinion = Select::try_evaluate(&inheriting()?, &asked.view());
    let Ok(Opinion { verdict: Verdict::NeedFacts(keys), .. }) = opinion else {
        anyhow::bail!("expected a wish for facts, got {opinion:?}");
    };
    let keys: Vec<_> = keys.iter().map(|key| (key.kind.as_str(), key.scope.as_str())).collect();
    let group = "/subscriptions/s/resourceGroups/rg";
    assert_eq!(keys, [("resource-group-tags", group), ("subscription-tags", "s")]);
    assert!(inherited(&[], Some("[1]"), None).is_err());
    Ok(())
}

fn with_its_machine(body: &str, found: Option<Option<&str>>) -> anyhow::Result<Verdict> {
    let settings: Settings = serde_json::from_value(serde_json::json!({
        "exclude": [{ "kind": "protected-elsewhere", "types": [DISK], "machine": "protected" }],
        "protect": [{ "tags": { "env": ["prod"] } }],
    }))?;
    let mut asked = request(DISK, "westeurope", &[("env", "prod")]);
    asked.target.body = body.to_owned();
    let id = asked.target.id.clone();
    asked.facts.extend(found.map(|value| fact("machine", &id, value)));
    let opinion = Select::try_evaluate(&settings, &asked.view());
    Ok(opinion.map_err(|failure| anyhow::anyhow!("{failure:?}"))?.verdict)
}

#[test]
fn a_disk_is_left_out_where_its_machine_is_backed_up_with_it() -> anyhow::Result<()> {
    let attached = r#"{"managedBy":"/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web"}"#;
    let protect = Verdict::Protect(Protection::default());
    for free in ["{}", r#"{"managedBy":""}"#, r#"{"managedBy":null}"#] {
        assert_eq!(with_its_machine(free, None)?, protect, "{free}");
    }
    let Verdict::NeedFacts(keys) = with_its_machine(attached, None)? else {
        anyhow::bail!("the machine has to be asked for");
    };
    assert_eq!(keys.iter().map(|key| key.kind.as_str()).collect::<Vec<_>>(), ["machine"]);
    assert_eq!(with_its_machine(attached, Some(None))?, protect, "the machine is gone");
    let unprotected = r#"{"id":"/m/web","protects":false,"reason":"the rules exclude it"}"#;
    assert_eq!(with_its_machine(attached, Some(Some(unprotected)))?, protect);
    let protected = r#"{"id":"/m/web","protects":true}"#;
    let Verdict::Exclude(exclusion) = with_its_machine(attached, Some(Some(protected)))? else {
        anyhow::bail!("the machine's backups hold the disk");
    };
    assert_eq!(exclusion.kind, ExclusionKind::ProtectedElsewhere);
    assert!(with_its_machine(attached, Some(Some("[]"))).is_err());
    Ok(())
}

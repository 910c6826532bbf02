//! The rule, run natively.

use holdfast_rule_sdk::{Verdict, owned};

use super::*;

const DISK: &str = "Microsoft.Compute/disks";

fn settings() -> anyhow::Result<Settings> {
    Ok(serde_json::from_value(serde_json::json!({
        "default": { "vault": "bv-{location}", "snapshot-resource-group": "rg-snapshots-{location}" },
        "locations": { "eastus": { "vault-tags": { "purpose": "backup" } } },
    }))?)
}

fn request(resource_type: &str, location: &str) -> owned::Request {
    owned::Request {
        target: owned::AzResource {
            id: String::new(),
            type_: resource_type.into(),
            name: "one".into(),
            location: location.into(),
            resource_group: "rg".into(),
            subscription: "s".into(),
            tags: vec![],
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

fn protection(opinion: Opinion) -> anyhow::Result<Protection> {
    match opinion.verdict {
        Verdict::Protect(protection) => Ok(protection),
        other => anyhow::bail!("expected a protection, got {other:?}"),
    }
}

#[test]
fn names_are_filled_with_the_location() -> anyhow::Result<()> {
    let opinion = Placement::evaluate(&settings()?, &request(DISK, "westeurope").view());
    let message = opinion.reasons.first().map(|reason| reason.message.clone());
    assert_eq!(message.as_deref(), Some("vault bv-westeurope, snapshots in rg-snapshots-westeurope"));
    let protection = protection(opinion)?;
    assert_eq!(protection.vault, Some(VaultChoice::Named("bv-westeurope".into())));
    assert_eq!(protection.snapshot_resource_group.as_deref(), Some("rg-snapshots-westeurope"));
    Ok(())
}

#[test]
fn a_name_holds_the_location_anywhere_any_number_of_times() {
    for (pattern, name) in [
        ("", ""),
        ("bv", "bv"),
        ("{location}", "west"),
        ("{location}-bv", "west-bv"),
        ("bv-{location}-{location}", "bv-west-west"),
    ] {
        assert_eq!(Pattern::from(pattern.to_owned()).name("west"), name, "{pattern}");
    }
}

#[test]
fn machines_shares_and_databases_in_machines_go_into_a_recovery_services_vault() -> anyhow::Result<()> {
    let mut settings = settings()?;
    for resource_type in [
        "Microsoft.Compute/virtualMachines",
        "microsoft.storage/storageaccounts/fileservices/shares",
        "Microsoft.Compute/virtualMachines/sqlInstances/databases",
        "Microsoft.Compute/virtualMachines/hanaSystems/databases",
    ] {
        let request = request(resource_type, "westeurope");
        // None is named: the only one of the region is taken, and never a Backup vault.
        assert_eq!(protection(Placement::evaluate(&settings, &request.view()))?.vault, None);
        let place = settings.default.as_mut().ok_or_else(|| anyhow::anyhow!("a default"))?;
        place.recovery_services_vault = Some("rsv-{location}".to_owned().into());
        let chosen = protection(Placement::evaluate(&settings, &request.view()))?.vault;
        assert_eq!(chosen, Some(VaultChoice::Named("rsv-westeurope".into())));
        settings.default.as_mut().ok_or_else(|| anyhow::anyhow!("a default"))?.recovery_services_vault = None;
    }
    Ok(())
}

#[test]
fn only_types_with_snapshots_get_a_snapshot_group() -> anyhow::Result<()> {
    let storage = request("Microsoft.Storage/storageAccounts", "westeurope");
    let protection = protection(Placement::evaluate(&settings()?, &storage.view()))?;
    assert_eq!(protection.snapshot_resource_group, None);
    Ok(())
}

#[test]
fn a_mapped_location_replaces_the_default() -> anyhow::Result<()> {
    let opinion = Placement::evaluate(&settings()?, &request(DISK, "eastus").view());
    let protection = protection(opinion)?;
    let Some(VaultChoice::Selector(tags)) = protection.vault else {
        anyhow::bail!("expected a selector, got {:?}", protection.vault);
    };
    assert_eq!(tags.first().map(|tag| tag.value.as_str()), Some("backup"));
    assert_eq!(protection.snapshot_resource_group, None);
    Ok(())
}

#[test]
fn an_unmapped_location_without_default_abstains() -> anyhow::Result<()> {
    let settings = Settings { default: None, ..settings()? };
    let opinion = Placement::evaluate(&settings, &request(DISK, "westeurope").view());
    assert_eq!(opinion.verdict, Verdict::Abstain);
    Ok(())
}

#[test]
fn unknown_placeholders_and_two_ways_to_choose_are_refused() -> anyhow::Result<()> {
    let settings: Settings = serde_json::from_value(serde_json::json!({
        "default": { "vault": "bv-{region}", "vault-tags": { "a": "b" } },
    }))?;
    let pointers: Vec<_> = Placement::check(&settings).into_iter().map(|issue| issue.pointer).collect();
    assert_eq!(pointers, ["/default/vault-tags", "/default/vault"]);
    Ok(())
}

//! What two instances create within a minute, each by what it knows: what the first one made stays as it is.

use std::collections::BTreeMap;

use holdfast_azure::ArmClient;
use holdfast_evaluator::{NewImmutability, Redundancy, SoftDelete};
use holdfast_protection::ResourceId;
use holdfast_protection::family::Family;
use holdfast_protection::ports::{Arm as _, Azure as _};
use holdfast_protection::roles::{Role, RoleGrant};
use holdfast_protection::snapshot_group::GroupSpec;
use holdfast_protection::vault::VaultSpec;
use holdfast_simulator::{Config, Estate, Running, Simulator};
use serde_json::json;

use crate::failing_server::client_of;

const GROUPS: &str = "/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10/resourceGroups";

fn id(below: &str) -> ResourceId {
    format!("{GROUPS}/{below}").parse().unwrap()
}

fn backup_vault() -> ResourceId {
    id("rg-app/providers/Microsoft.DataProtection/backupVaults/bv1")
}

async fn azure() -> Running {
    let estate = json!({ "resourceGroups": [{ "id": id("rg-app"), "location": "westeurope" }] });
    let estate = Estate::parse(&estate.to_string()).unwrap();
    Simulator::start(Config { estate: Some(estate), ..Config::frozen() }).await.unwrap()
}

fn instance(azure: &Running) -> ArmClient {
    let (_, port) = azure.http_url.rsplit_once(':').unwrap();
    client_of(port.parse().unwrap())
}

fn tags(tier: &str) -> BTreeMap<String, String> {
    [("tier".to_owned(), tier.to_owned())].into()
}

fn spec(id: &ResourceId, tier: &str) -> VaultSpec {
    VaultSpec {
        id: id.clone(),
        location: "westeurope".into(),
        redundancy: Redundancy::LocallyRedundant,
        soft_delete: SoftDelete::On,
        soft_delete_days: 14,
        immutability: NewImmutability::Disabled,
        cross_region_restore: false,
        tags: tags(tier),
    }
}

/// Calls of this kind to a path that ends so.
fn count(azure: &Running, method: &str, end: &str) -> usize {
    let calls = azure.calls();
    let calls = calls["calls"].as_array().unwrap().iter();
    calls.filter(|call| call["method"] == method && call["path"].as_str().unwrap().ends_with(end)).count()
}

#[tokio::test]
async fn a_vault_that_another_instance_has_made_keeps_its_tags_and_settings() {
    let azure = azure().await;
    let recovery_services = id("rg-app/providers/Microsoft.RecoveryServices/vaults/rsv1");
    for (family, id) in [(Family::BackupVault, backup_vault()), (Family::RecoveryServices, recovery_services)]
    {
        let (one, other) = (instance(&azure), instance(&azure));
        one.backups(family).create_vault(&spec(&id, "gold")).await.unwrap();
        // Azure is at it, and then it is done.
        for seconds in [0.0, 60.0] {
            azure.advance(seconds);
            other.backups(family).create_vault(&spec(&id, "silver")).await.unwrap();
        }
        azure.advance(60.0);
        let shown = other.backups(family).vault(&id).await.unwrap().unwrap();
        assert_eq!(shown.tags, tags("gold"), "{id}");
        assert_eq!(count(&azure, "PUT", id.name()), 1, "{id}");
    }
}

#[tokio::test]
async fn a_group_that_another_instance_has_made_keeps_its_tags() {
    let azure = azure().await;
    for tier in ["gold", "silver"] {
        let group = GroupSpec { id: id("rg-snapshots"), location: "westeurope".into(), tags: tags(tier) };
        instance(&azure).create_group(&group).await.unwrap();
    }
    assert_eq!(count(&azure, "PUT", "/rg-snapshots"), 1);
    assert_eq!(instance(&azure).tags_of(id("rg-snapshots").as_str()).await.unwrap(), Some(tags("gold")));
}

#[tokio::test]
async fn two_instances_that_grant_a_role_make_one_assignment() {
    let azure = azure().await;
    let vault = backup_vault();
    let (one, other) = (instance(&azure), instance(&azure));
    one.backups(Family::BackupVault).create_vault(&spec(&vault, "gold")).await.unwrap();
    azure.advance(60.0);
    let principal = one.backups(Family::BackupVault).vault(&vault).await.unwrap().unwrap().principal.unwrap();
    for (client, scope) in [(&one, id("rg-app")), (&other, id("RG-APP"))] {
        let grant = RoleGrant { role: Role::DiskSnapshotContributor, scope, principal: principal.clone() };
        client.grant(&grant).await.unwrap();
    }
    let assigned = instance(&azure).role_assignments(vault.subscription(), &principal).await.unwrap();
    assert_eq!(assigned.len(), 1, "{assigned:?}");
}

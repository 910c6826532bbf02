//! Each kind of restore, as a person wishes it and as it is asked for.

use holdfast_protection::restore::{Criterion, RestoreFrom, RestoreInto, RestoreRegion};
use holdfast_protection::roles::{Role, RoleAssignment};
use holdfast_protection::tier::DataStore;
use holdfast_protection::workload::Preparation;
use holdfast_protection::workload::postgresql_single::{KeyVault, SecretAccess};
use serde_json::json;

use crate::ground::{
    PRINCIPAL, blobs, cluster, database, disk, extension_account, files, id, plan, point, vaulted,
};

fn new_disk() -> serde_json::Value {
    json!({ "to": { "kind": "disk", "resourceGroup": id("rg-restored"), "name": "data-restored" } })
}

#[test]
fn a_disk_becomes_a_new_disk_in_another_group() {
    let plan = plan(&disk(), new_disk()).unwrap();
    assert_eq!(plan.order.request.from, RestoreFrom::Point { id: "new".to_owned() });
    assert_eq!(plan.order.request.store, DataStore::OperationalStore);
    assert_eq!(*plan.order.target(), id("rg-restored/providers/Microsoft.Compute/disks/data-restored"));
    let roles: Vec<(Role, String)> =
        plan.grants.iter().map(|grant| (grant.role, grant.scope.to_string())).collect();
    assert_eq!(roles, [(Role::DiskRestoreOperator, id("rg-restored").to_string())]);
    assert_eq!(plan.holders[&plan.grants[0].principal], "Backup vault `bv`");
}

#[test]
fn blobs_go_back_to_a_moment_in_place() {
    let whole =
        plan(&blobs(), json!({ "point": "2026-03-01T12:00:00Z", "to": { "kind": "blobs-in-place" } }))
            .unwrap();
    assert_eq!(whole.order.request.from, RestoreFrom::Moment { at: "2026-03-01T12:00:00Z".parse().unwrap() });
    assert!(matches!(whole.order.request.into, RestoreInto::Whole { .. }));
    let [changed] = whole.order.changes().try_into().unwrap();
    assert_eq!((&changed.target, changed.containers.len()), (&blobs().source.datasource, 0));
    let parts = json!({ "point": "2026-03-09T12:00:00Z",
        "to": { "kind": "blobs-in-place", "containers": ["orders"], "prefixes": ["photos/2026"] } });
    let parts = plan(&blobs(), parts).unwrap();
    let RestoreInto::Items { criteria, .. } = &parts.order.request.into else { panic!("{parts:?}") };
    assert_eq!(criteria.len(), 2);
    let [changed] = parts.order.changes().try_into().unwrap();
    assert_eq!(
        (changed.containers, changed.prefixes),
        (vec!["orders".to_owned()], vec!["photos/2026".to_owned()])
    );
}

#[test]
fn containers_come_to_another_account_all_or_some_and_under_other_names() {
    let target = vaulted().place.id;
    let all = plan(&vaulted(), json!({ "to": { "kind": "containers", "account": target } })).unwrap();
    let RestoreInto::Items { criteria, .. } = &all.order.request.into else { panic!("{all:?}") };
    assert_eq!(criteria.len(), 2);
    let some = json!({ "to": { "kind": "containers", "account": target,
        "containers": [{ "name": "orders", "prefixes": ["2026/"], "renameTo": "orders-restored" }] } });
    let some = plan(&vaulted(), some).unwrap();
    let RestoreInto::Items { criteria, .. } = &some.order.request.into else { panic!("{some:?}") };
    let Criterion::Container(items) = &criteria[0] else { panic!("{criteria:?}") };
    assert_eq!((items.container.as_str(), items.rename_to.as_deref()), ("orders", Some("orders-restored")));
    assert_eq!(some.grants[0].role, Role::StorageAccountBackupContributor);
}

#[test]
fn a_database_becomes_a_new_one_with_the_secret_that_is_known() {
    let mut ground = database();
    let desired =
        json!({ "to": { "kind": "database", "server": ground.place.id, "name": "orders_restored" } });
    let key_vault = id("rg-app/providers/Microsoft.KeyVault/vaults/kv");
    ground.key_vault =
        Some(KeyVault { id: key_vault.clone(), access: SecretAccess::Roles, lets_services_in: true });
    let restored = plan(&ground, desired.clone()).unwrap();
    let RestoreInto::Whole { target } = &restored.order.request.into else { panic!("{restored:?}") };
    assert_eq!(target.secret.as_deref(), Some("https://kv.vault.azure.net/secrets/pg"));
    assert_eq!(target.set.as_ref(), Some(&ground.place.id));
    let roles: Vec<Role> = restored.grants.iter().map(|grant| grant.role).collect();
    assert_eq!(roles, [Role::Reader, Role::KeyVaultSecretsUser]);
    assert_eq!(restored.grants[1].scope, key_vault);
    // Where access policies rule, nobody but a person can let the vault in.
    let mut refused = |access, lets_services_in| {
        ground.key_vault = Some(KeyVault { id: key_vault.clone(), access, lets_services_in });
        let refused = plan(&ground, desired.clone()).unwrap_err();
        (refused.code, refused.way_out)
    };
    let (code, way_out) = refused(SecretAccess::Policies(Vec::new()), true);
    assert_eq!(code, "SecretAccessPolicyMissing");
    assert!(way_out.contains("az keyvault set-policy --name kv --object-id"), "{way_out}");
    let (code, way_out) = refused(SecretAccess::Roles, false);
    assert_eq!(code, "KeyVaultFirewall");
    assert!(way_out.contains("az keyvault update --name kv --bypass AzureServices"), "{way_out}");
}

#[test]
fn a_server_becomes_files_here_and_in_the_paired_region() {
    let mut ground = files();
    let desired = |region: &str| json!({ "region": region, "to": { "kind": "files", "account": files().place.id, "container": "restored" } });
    let here = plan(&ground, desired("primary")).unwrap();
    let RestoreInto::Files { url, prefix, .. } = &here.order.request.into else { panic!("{here:?}") };
    assert_eq!((url.as_str(), prefix.as_str()), ("https://target.blob.core.windows.net/restored", "flex"));
    ground.place.seen.as_mut().unwrap().location = "northeurope".into();
    let there = plan(&ground, desired("secondary")).unwrap();
    let region = RestoreRegion::Secondary { location: "northeurope".into(), source: "westeurope".into() };
    assert_eq!((there.order.region, there.order.request.location), (region, "northeurope".into()));
    assert_eq!(there.grants[0].role, Role::StorageBlobDataContributor);
}

#[test]
fn a_cluster_gets_back_the_namespaces_that_are_wished() {
    let desired = json!({ "to": { "kind": "cluster", "namespaces": ["shop"], "namespaceMappings": { "shop": "shop-restored" },
        "volumes": "without-data", "conflicts": "patch" } });
    let restored = plan(&cluster(), desired).unwrap();
    let RestoreInto::Items { criteria, .. } = &restored.order.request.into else { panic!("{restored:?}") };
    let Criterion::Cluster(items) = &criteria[0] else { panic!("{criteria:?}") };
    assert_eq!(items.namespace_mappings["shop"], "shop-restored");
    assert!(items.staging.is_none());
    let [changed] = restored.order.changes().try_into().unwrap();
    assert_eq!((changed.target, changed.namespaces), (cluster().place.id, vec!["shop-restored".to_owned()]));
}

#[test]
fn a_cluster_gets_all_that_it_lacks_before_anything_is_asked() {
    let mut ground = cluster();
    ground.cluster.as_mut().unwrap().access.clear();
    let restored = plan(&ground, json!({ "to": { "kind": "cluster" } })).unwrap();
    let grants: Vec<(Role, String, &str)> = restored
        .grants
        .iter()
        .map(|grant| (grant.role, grant.scope.to_string(), restored.holders[&grant.principal].as_str()))
        .collect();
    let (vault, snapshots) = ("Backup vault `bv`", id("rg-snapshots").to_string());
    assert_eq!(
        grants,
        [
            (Role::Reader, ground.place.id.to_string(), vault),
            (Role::Reader, snapshots.clone(), vault),
            (Role::Contributor, snapshots, "cluster `aks`"),
            (
                Role::StorageBlobDataContributor,
                extension_account().to_string(),
                "the backup extension of cluster `aks`"
            ),
        ]
    );
    let Some(Preparation::TrustedAccess(binding)) = restored.preparation else { panic!("{restored:?}") };
    assert_eq!(binding.vault, ground.vault.id);
    // What is there is patched only if somebody says so.
    assert!(restored.order.changes().is_empty());
}

#[test]
fn a_disk_needs_its_snapshots_as_well_and_a_role_that_may_more_is_enough_for_reading() {
    let mut ground = disk();
    ground.source.snapshot_group = Some(id("rg-snapshots"));
    let roles: Vec<Role> = plan(&ground, new_disk()).unwrap().grants.iter().map(|grant| grant.role).collect();
    assert_eq!(roles, [Role::DiskRestoreOperator, Role::DiskSnapshotContributor]);
    let mut ground = database();
    ground.roles = vec![RoleAssignment {
        role_guid: Role::Contributor.guid().to_owned(),
        scope: ground.place.id.to_string(),
        principal: PRINCIPAL.to_owned(),
    }];
    let desired =
        json!({ "to": { "kind": "database", "server": ground.place.id, "name": "orders_restored" } });
    assert_eq!(plan(&ground, desired).unwrap().grants, []);
}

#[test]
fn a_cluster_from_the_vault_tier_is_staged() {
    let mut ground = cluster();
    ground.points = vec![point("v", "2026-03-01T00:00:00Z", DataStore::VaultStore)];
    let staging = json!({ "resourceGroup": id("rg-staging"),
        "storageAccount": id("rg-staging/providers/Microsoft.Storage/storageAccounts/staging") });
    let restored = plan(&ground, json!({ "to": { "kind": "cluster", "staging": staging } })).unwrap();
    assert_eq!(restored.order.request.store, DataStore::VaultStore);
    assert_eq!(crate::ground::refused(&ground, json!({ "to": { "kind": "cluster" } })), "StagingMissing");
}

#[test]
fn an_archived_point_is_rehydrated_for_fifteen_days_unless_said_otherwise() {
    let mut ground = database();
    ground.points = vec![point("cold", "2025-03-01T00:00:00Z", DataStore::ArchiveStore)];
    let desired = |rehydrate: Option<serde_json::Value>| {
        let mut desired =
            json!({ "to": { "kind": "database", "server": database().place.id, "name": "orders_restored" } });
        if let Some(rehydrate) = rehydrate {
            desired["rehydrate"] = rehydrate;
        }
        desired
    };
    assert_eq!(
        crate::ground::refused(&ground, desired(None)),
        "UserErrorArchivedRecoveryPointsRequestedForRestore"
    );
    let restored = plan(&ground, desired(Some(json!({})))).unwrap();
    let RestoreFrom::Archived { rehydrate, .. } = &restored.order.request.from else {
        panic!("{restored:?}")
    };
    assert_eq!(rehydrate.days, 15);
    assert_eq!(restored.order.request.store, DataStore::ArchiveStore);
    for days in [0, 9, 31] {
        assert_eq!(
            crate::ground::refused(&ground, desired(Some(json!({ "days": days })))),
            "RehydrationDurationOutOfRange"
        );
    }
}

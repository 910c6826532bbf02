//! What cannot be is told before any call, in the words that Azure uses, with a way out.

use holdfast_protection::instance::ProtectionState;
use holdfast_protection::restore::DesiredRestore;
use holdfast_protection::tier::DataStore;
use holdfast_protection::vault::CrossRegion;
use serde_json::json;

use crate::ground::{blobs, cluster, database, disk, files, id, refused, vaulted};

fn to_disk(name: &str) -> serde_json::Value {
    json!({ "to": { "kind": "disk", "resourceGroup": id("rg-restored"), "name": name } })
}

#[test]
fn a_name_that_is_taken_or_cannot_be() {
    let mut ground = disk();
    ground.place.taken = vec!["data".to_owned()];
    assert_eq!(refused(&ground, to_disk("data")), "UserErrorSameNameDiskAlreadyExists");
    assert_eq!(refused(&disk(), to_disk("a/b")), "NameNotUsable");
    assert_eq!(refused(&disk(), to_disk("")), "NameNotUsable");
}

#[test]
fn what_is_there_is_never_overwritten_and_what_is_gone_comes_back_under_its_own_name() {
    let mut same = disk();
    same.place.id = id("rg-app");
    let back = crate::ground::plan(&same, to_disk("data")).unwrap();
    assert_eq!(*back.order.target(), same.source.datasource);
    assert!(back.order.changes().is_empty());
    same.place.taken = vec!["data".to_owned()];
    assert_eq!(refused(&same, to_disk("data")), "UserErrorSameNameDiskAlreadyExists");

    let mut database = database();
    let server = database.place.id.clone();
    let desired = |name: &str| json!({ "to": { "kind": "database", "server": server, "name": name } });
    let back = crate::ground::plan(&database, desired("orders")).unwrap();
    assert_eq!(*back.order.target(), database.source.datasource);
    database.place.taken = vec!["orders".to_owned()];
    assert_eq!(refused(&database, desired("orders")), "UserErrorDatabaseNameAlreadyInUse");

    let mut vaulted = vaulted();
    vaulted.place.id = vaulted.source.datasource.clone();
    let desired = json!({ "to": { "kind": "containers", "account": vaulted.place.id } });
    assert_eq!(refused(&vaulted, desired.clone()), "UserErrorOriginalLocationRestoreNotSupported");
    // Making the account again would not help, so nobody is sent to do it.
    vaulted.place.seen = None;
    assert_eq!(refused(&vaulted, desired), "UserErrorOriginalLocationRestoreNotSupported");
}

#[test]
fn a_target_that_is_not_there_or_in_the_wrong_region() {
    let mut ground = disk();
    ground.place.seen = None;
    assert_eq!(refused(&ground, to_disk("d")), "UserErrorRestoreTargetRGNotFound");
    let mut ground = files();
    let desired = json!({ "to": { "kind": "files", "account": ground.place.id, "container": "restored" } });
    ground.place.seen.as_mut().unwrap().location = "eastus".into();
    assert_eq!(refused(&ground, desired.clone()), "UserErrorDatasourceAndBackupVaultLocationMismatch");
    ground.place.seen = None;
    assert_eq!(refused(&ground, desired), "UserErrorAzureResourceNotFoundByPlugin");
}

#[test]
fn the_wrong_kind_names_the_right_ones() {
    let desired = json!({ "to": { "kind": "blobs-in-place" } });
    let impossible = crate::ground::plan(&files(), desired).unwrap_err();
    assert_eq!(
        (impossible.code.as_str(), impossible.way_out.as_str()),
        ("RestoreKindNotSupported", "restore it as files")
    );
    let desired = json!({ "region": "secondary", "to": { "kind": "blobs-in-place" } });
    assert_eq!(refused(&blobs(), desired), "CrossRegionRestoreNotSupported");
}

#[test]
fn the_paired_region_needs_a_vault_that_restores_there() {
    let mut ground = files();
    ground.vault.cross_region = CrossRegion::Disabled;
    let desired = json!({ "region": "secondary", "to": { "kind": "files", "account": ground.place.id, "container": "restored" } });
    assert_eq!(refused(&ground, desired.clone()), "CrossRegionRestoreDisabled");
    ground.vault.cross_region = CrossRegion::Enabled { secondary: None };
    assert_eq!(refused(&ground, desired), "SecondaryRegionUnknown");
}

#[test]
fn a_moment_that_cannot_be_gone_back_to() {
    let desired = |point: &str| json!({ "point": point, "to": { "kind": "blobs-in-place" } });
    assert_eq!(refused(&blobs(), desired("2026-01-01T00:00:00Z")), "UserErrorInvalidRecoveryPointInTime");
    assert_eq!(refused(&blobs(), desired("some-id")), "UserErrorInvalidRecoveryPointInTime");
    // The latest moment is now: nothing would come back.
    assert_eq!(refused(&blobs(), desired("latest")), "MomentMissing");
    assert_eq!(refused(&blobs(), json!({ "to": { "kind": "blobs-in-place" } })), "MomentMissing");
    let past = "2026-03-01T12:00:00Z";
    let mut fresh = blobs();
    fresh.ranges.clear();
    assert_eq!(refused(&fresh, desired(past)), "NoRecoveryPoint");
    fresh.place.seen = None;
    assert_eq!(refused(&fresh, desired(past)), "UserErrorStorageAccountNotFound");
    fresh.stores = vec![DataStore::VaultStore];
    assert_eq!(refused(&fresh, desired(past)), "UserErrorPitrDisabledOnStorageAccount");
}

#[test]
fn blobs_of_containers_that_are_not_there() {
    let desired = |to: serde_json::Value| {
        let mut to = to;
        to["kind"] = json!("blobs-in-place");
        json!({ "point": "2026-03-01T12:00:00Z", "to": to })
    };
    for to in [json!({ "containers": ["orders", "gone"] }), json!({ "prefixes": ["gone/2026"] })] {
        let impossible = crate::ground::plan(&blobs(), desired(to)).unwrap_err();
        assert_eq!(impossible.code, "UserErrorContainerNotFoundForPointInTimeRestore");
        assert!(impossible.message.contains("no container `gone`; it has orders, photos"), "{impossible}");
    }
    assert!(crate::ground::plan(&blobs(), desired(json!({ "prefixes": ["orders/2026"] }))).is_ok());
}

#[test]
fn advice_fits_what_is_backed_up() {
    let desired = json!({ "to": { "kind": "containers", "account": vaulted().place.id } });
    let mut operational = vaulted();
    operational.points.clear();
    operational.stores = vec![DataStore::OperationalStore];
    let impossible = crate::ground::plan(&operational, desired.clone()).unwrap_err();
    assert_eq!(impossible.code, "NoVaultedBackup");
    assert!(!impossible.way_out.contains("backup now"), "{impossible}");
    let mut young = vaulted();
    young.points.clear();
    young.stores = vec![DataStore::VaultStore];
    let impossible = crate::ground::plan(&young, desired.clone()).unwrap_err();
    assert!(impossible.way_out.contains("take a backup now"), "{impossible}");
    young.source.state = ProtectionState::Stopped;
    let impossible = crate::ground::plan(&young, desired).unwrap_err();
    assert!(impossible.way_out.contains("resume its protection"), "{impossible}");
    let mut far = files();
    far.points.clear();
    far.place.seen.as_mut().unwrap().location = "northeurope".into();
    let desired = json!({ "region": "secondary", "to": { "kind": "files", "account": far.place.id, "container": "restored" } });
    let impossible = crate::ground::plan(&far, desired).unwrap_err();
    assert!(impossible.way_out.contains("within twelve hours"), "{impossible}");
}

#[test]
fn a_cluster_that_cannot_take_a_restore_says_all_that_it_lacks_at_once() {
    let desired = || json!({ "to": { "kind": "cluster" } });
    let mut ground = cluster();
    let prepared = ground.cluster.as_mut().unwrap();
    (prepared.extension, prepared.access) = (None, Vec::new());
    let impossible = crate::ground::plan(&ground, desired()).unwrap_err();
    assert_eq!(impossible.code, "BackupExtensionMissing");
    for part in [
        "Backup vault `bv` is not trusted",
        "cluster `aks` lacks Contributor on",
        "Backup vault `bv` lacks Reader on",
    ] {
        assert!(impossible.message.contains(part), "{part}: {impossible}");
    }
    assert!(impossible.way_out.contains("az k8s-extension create"), "{impossible}");
    ground.cluster.as_mut().unwrap().identity = None;
    assert_eq!(refused(&ground, desired()), "ClusterWithoutIdentity");
    ground.cluster.as_mut().unwrap().is_stopped = true;
    assert_eq!(refused(&ground, desired()), "UserErrorKubernetesBackupClusterIsStopped");
}

#[test]
fn containers_of_the_system_unknown_ones_and_taken_names() {
    let mut ground = vaulted();
    ground.place.taken = vec!["photos".to_owned()];
    let desired = |container: serde_json::Value| json!({ "to": { "kind": "containers", "account": vaulted().place.id, "containers": [container] } });
    let incorrect = "UserErrorIncorrectContainersSelectedForOperation";
    assert_eq!(refused(&ground, desired(json!({ "name": "$web" }))), incorrect);
    assert_eq!(refused(&ground, desired(json!({ "name": "logs" }))), incorrect);
    let taken = "UserErrorTargetContainersExistOnAccount";
    assert_eq!(refused(&ground, desired(json!({ "name": "photos" }))), taken);
    assert_eq!(refused(&ground, desired(json!({ "name": "orders", "renameTo": "photos" }))), taken);
    let many: Vec<String> = (0..11).map(|at| format!("p{at}")).collect();
    assert_eq!(
        refused(&ground, desired(json!({ "name": "orders", "prefixes": many }))),
        "UserErrorTooManyPrefixesGivenForBlobRestore"
    );
    let twice = json!({ "to": { "kind": "containers", "account": vaulted().place.id,
        "containers": [{ "name": "orders" }, { "name": "orders" }] } });
    assert_eq!(refused(&ground, twice), taken);
}

#[test]
fn a_secret_is_named_and_never_repeated() {
    let mut ground = database();
    ground.source.stated.secret = None;
    let desired = |secret: Option<&str>| json!({ "to": { "kind": "database", "server": database().place.id, "name": "restored", "secret": secret } });
    assert_eq!(refused(&ground, desired(None)), "UserErrorInvalidSecretStore");
    let impossible = crate::ground::plan(&ground, desired(Some("hunter2"))).unwrap_err();
    assert_eq!(impossible.code, "UserErrorSecretValueInUnsupportedFormat");
    assert!(!format!("{impossible:?}").contains("hunter2"), "{impossible:?}");
}

#[test]
fn files_need_a_container_that_is_there() {
    let desired = json!({ "to": { "kind": "files", "account": files().place.id, "container": "elsewhere" } });
    assert_eq!(refused(&files(), desired), "UserErrorContainerNotAccessible");
}

#[test]
fn a_cluster_wish_that_contradicts_itself() {
    let desired = |to: serde_json::Value| {
        let mut to = to;
        to["kind"] = json!("cluster");
        json!({ "to": to })
    };
    let both = json!({ "namespaces": ["a"], "withoutNamespaces": ["b"] });
    assert_eq!(refused(&cluster(), desired(both)), "ScenarioPluginInvalidWorkflowDataRequest");
    let system = json!({ "namespaces": ["kube-system"] });
    assert_eq!(refused(&cluster(), desired(system)), "UserErrorNamespaceNotFound");
    let stray = json!({ "namespaces": ["a"], "namespaceMappings": { "b": "c" } });
    assert_eq!(refused(&cluster(), desired(stray)), "UserErrorNamespaceNotFound");
    let staged = json!({ "staging": { "resourceGroup": id("rg"), "storageAccount": id("rg/providers/Microsoft.Storage/storageAccounts/s") } });
    assert_eq!(refused(&cluster(), desired(staged)), "StagingNotNeeded");
}

#[test]
fn a_vault_without_identity_or_bound_to_its_subscription_and_a_deleted_instance() {
    let mut ground = disk();
    ground.vault.principal = None;
    assert_eq!(refused(&ground, to_disk("d")), "VaultWithoutIdentity");
    let mut ground = disk();
    ground.vault.cross_subscription = false;
    ground.place.id = "/subscriptions/another/resourceGroups/rg-restored".parse().unwrap();
    assert_eq!(refused(&ground, to_disk("d")), "CrossSubscriptionRestoreDisabled");
    let mut ground = disk();
    ground.source.state = ProtectionState::SoftDeleted;
    assert_eq!(refused(&ground, to_disk("d")), "BackupInstanceSoftDeleted");
}

#[test]
fn a_wish_with_a_field_that_nobody_knows_is_no_wish() {
    for body in [
        json!({ "to": { "kind": "disk", "resourceGroup": id("rg"), "name": "d", "overwrite": true } }),
        json!({ "to": { "kind": "blobs-in-place" }, "force": true }),
        json!({ "to": { "kind": "cluster", "nameSpaces": [] } }),
        json!({ "to": { "kind": "tape" } }),
        json!({}),
    ] {
        assert!(serde_json::from_value::<DesiredRestore>(body.clone()).is_err(), "{body}");
    }
}

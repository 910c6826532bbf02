//! Restores as the client writes them: against Azure's recorded traffic, its official examples and its schema.

use std::collections::BTreeMap;

use holdfast_protection::ResourceId;
use holdfast_protection::family::Family;
use holdfast_protection::points::RecoveryPoint;
use holdfast_protection::ports::Azure as _;
use holdfast_protection::restore::{
    BlobRange, ClusterItems, ConflictPolicy, ContainerItems, Criterion, NamespacedName, Rehydrate,
    RehydrationPriority, RestoreFrom, RestoreInto, RestoreOrder, RestoreRegion, RestoreRequest,
    TargetDatasource, VaultTierStaging, VolumeMode,
};
use holdfast_protection::tier::DataStore;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::reference;
use crate::replay::{Recorded, recordings};
use crate::restore_wire::{left_out, order, schema, violations};

fn id(text: &str) -> ResourceId {
    text.parse().unwrap()
}

const INSTANCE: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v/backupInstances/i";
const DISK: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d";

#[tokio::test]
async fn every_recorded_restore_is_written_as_azures_own_tools_wrote_it() {
    let Some(recorded) = recordings() else { return };
    let mut asked: BTreeMap<&'static str, u32> = BTreeMap::new();
    for call in &recorded {
        if let Some(kind) = ask_again(call).await {
            *asked.entry(kind).or_default() += 1;
        }
    }
    eprintln!("recorded calls about restores, asked again: {asked:?}");
    for (kind, least) in [
        ("validate restore", 6),
        ("restore", 6),
        ("points", 8),
        ("point", 1),
        ("secondary points", 1),
        ("ranges", 1),
        ("secondary jobs", 1),
        ("secondary job", 1),
        ("source", 20),
    ] {
        assert!(asked.get(kind).copied().unwrap_or_default() >= least, "{kind}: {asked:?}");
    }
}

async fn ask_again(call: &Recorded) -> Option<&'static str> {
    let lower = call.path().to_ascii_lowercase();
    let arm = call.client();
    let backups = arm.backups(Family::BackupVault);
    let last = lower.rsplit('/').next().unwrap_or_default();
    let kind = match (call.method.as_str(), last) {
        ("POST", "validaterestore") if call.status == 202 => {
            let order = order(&call.id_below(), &call.request["restoreRequestObject"], &id(DISK));
            backups.validate_restore(&order).await.unwrap();
            assert_says_all(&call.request, &call.sent());
            "validate restore"
        }
        ("POST", "restore") if call.status == 202 => {
            let order = order(&call.id_below(), &call.request, &id(DISK));
            backups.restore(&order).await.unwrap();
            assert_says_all(&call.request, &call.sent());
            "restore"
        }
        ("GET", "recoverypoints") => {
            assert_points(&backups.points(&call.id_below()).await.unwrap(), call);
            "points"
        }
        ("GET", point) if lower.contains("/recoverypoints/") => {
            let instance = id(call.path().to_lowercase().rsplitn(3, '/').last().unwrap());
            let seen = backups.point(&instance, point).await.unwrap().unwrap();
            assert_eq!(seen.id, call.text("/properties/recoveryPointId"));
            "point"
        }
        ("POST", "fetchsecondaryrecoverypoints") => {
            let source = id(call.request["sourceBackupInstanceId"].as_str().unwrap());
            let points = backups
                .secondary_points(&source, &"centraluseuap".into(), &"eastus2euap".into())
                .await
                .unwrap();
            assert_points(&points, call);
            assert_eq!(call.sent(), call.request);
            "secondary points"
        }
        ("POST", "findrestorabletimeranges") => {
            let ranges =
                backups.restorable_ranges(&call.id_below(), DataStore::OperationalStore, None).await.unwrap();
            assert_eq!(ranges.len(), call.items("/properties/restorableTimeRanges"));
            assert!(ranges.iter().all(|range| range.start < range.end), "{ranges:?}");
            assert_eq!(call.sent(), call.request);
            "ranges"
        }
        ("POST", "fetchcrossregionrestorejobs") => {
            let vault = id(call.request["sourceBackupVaultId"].as_str().unwrap());
            let jobs =
                backups.secondary_jobs(&vault, &"centraluseuap".into(), &"eastus2euap".into()).await.unwrap();
            assert_eq!((jobs.len(), call.sent()), (call.items("/value"), call.request.clone()));
            "secondary jobs"
        }
        ("POST", "fetchcrossregionrestorejob") => {
            let vault = id(call.request["sourceBackupVaultId"].as_str().unwrap());
            let job = call.request["jobId"].as_str().unwrap();
            let seen = backups
                .secondary_job(&vault, &"centraluseuap".into(), &"eastus2euap".into(), job)
                .await
                .unwrap();
            assert_eq!(seen.unwrap().status, call.text("/properties/status"));
            assert_eq!(call.sent(), call.request);
            "secondary job"
        }
        ("GET", _)
            if lower.contains("/backupinstances/")
                && call.status == 200
                && !call.response["properties"]["dataSourceInfo"].is_null() =>
        {
            let source = backups.instance(&call.id()).await.unwrap().unwrap();
            assert_eq!(source.datasource_type, call.text("/properties/dataSourceInfo/datasourceType"));
            "source"
        }
        _ => return None,
    };
    Some(kind)
}

fn assert_points(points: &[RecoveryPoint], call: &Recorded) {
    assert_eq!(points.len(), call.items("/value"));
    for point in points {
        assert!(!point.id.is_empty() && !point.copies.is_empty() && !point.is_archived(), "{point:?}");
    }
}

fn assert_says_all(theirs: &Value, ours: &Value) {
    let mut found = Vec::new();
    left_out(theirs, ours, "", &mut found);
    assert!(found.is_empty(), "{found:#?}");
}

#[tokio::test]
async fn the_official_examples_are_written_with_all_that_they_say() {
    let Some(folder) = reference::folder(
        "specs/specification/dataprotection/resource-manager/Microsoft.DataProtection/stable/2024-04-01/examples",
    ) else {
        return;
    };
    for (file, pointer) in [
        ("BackupInstanceOperations/TriggerRestore.json", "/parameters/parameters"),
        ("BackupInstanceOperations/TriggerRestoreWithRehydration.json", "/parameters/parameters"),
        ("BackupInstanceOperations/ValidateRestore.json", "/parameters/parameters/restoreRequestObject"),
        ("CrossRegionRestore/TriggerCrossRegionRestore.json", "/parameters/parameters/restoreRequestObject"),
    ] {
        let example: Value =
            serde_json::from_str(&std::fs::read_to_string(folder.join(file)).unwrap()).unwrap();
        let request = example.pointer(pointer).unwrap();
        let sent = sent(&order(&id(INSTANCE), request, &id(DISK))).await;
        let mut found = Vec::new();
        left_out(request, &sent, "", &mut found);
        // The example writes `7D` where the service wants an ISO 8601 duration.
        found.retain(|one| !one.contains("\"7D\" became \"P7D\""));
        assert!(found.is_empty(), "{file}: {found:#?}");
    }
}

/// What the client sends for an order.
async fn sent(order: &RestoreOrder) -> Value {
    let call: Recorded = serde_json::from_value(
        json!({ "method": "POST", "url": "https://management.azure.com/x", "status": 200 }),
    )
    .unwrap();
    call.client().backups(Family::BackupVault).restore(order).await.unwrap();
    call.sent()
}

#[tokio::test]
async fn a_restore_in_the_paired_region_says_where_it_comes_from() {
    let mut order = order_of(RestoreFrom::Point { id: "p".to_owned() }, whole(None));
    order.region = RestoreRegion::Secondary { location: "northeurope".into(), source: "westeurope".into() };
    let sent = sent(&order).await;
    let details = json!({ "sourceRegion": "westeurope", "sourceBackupInstanceId": INSTANCE });
    assert_eq!(sent["crossRegionRestoreDetails"], details);
    assert_eq!(sent["restoreRequestObject"]["recoveryPointId"], "p");
    if let Some(schema) = schema() {
        assert_eq!(violations(&schema, "CrossRegionRestoreRequestObject", &sent), Vec::<String>::new());
    }
}

fn order_of(from: RestoreFrom, into: RestoreInto) -> RestoreOrder {
    let request = RestoreRequest {
        from,
        store: DataStore::VaultStore,
        source: id(DISK),
        into,
        location: "westeurope".into(),
    };
    RestoreOrder { instance: id(INSTANCE), region: RestoreRegion::Primary, request }
}

fn target(secret: Option<String>) -> TargetDatasource {
    TargetDatasource {
        id: id(DISK),
        datasource_type: "Microsoft.Compute/disks".to_owned(),
        location: "westeurope".into(),
        set: None,
        secret,
    }
}

fn whole(secret: Option<String>) -> RestoreInto {
    RestoreInto::Whole { target: target(secret) }
}

fn froms() -> impl Strategy<Value = RestoreFrom> {
    prop_oneof![
        "[0-9a-f]{32}".prop_map(|id| RestoreFrom::Point { id }),
        ("[0-9a-f]{32}", 10..=30_u32, any::<bool>()).prop_map(|(id, days, high)| {
            let priority = if high { RehydrationPriority::High } else { RehydrationPriority::Standard };
            RestoreFrom::Archived { id, rehydrate: Rehydrate { priority, days } }
        }),
        (0..4_000_000_000_i64)
            .prop_map(|second| RestoreFrom::Moment { at: jiff::Timestamp::from_second(second).unwrap() }),
    ]
}

fn words() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[a-z]{1,5}", 0..3)
}

fn criteria() -> impl Strategy<Value = Criterion> {
    let name =
        || ("[a-z]{1,5}", "[a-z]{1,5}").prop_map(|(name, namespace)| NamespacedName { name, namespace });
    prop_oneof![
        ("[a-z]{3,5}", "[a-z]{3,5}").prop_map(|(min, max)| Criterion::Range(BlobRange { min, max })),
        ("[a-z]{3,5}", words(), prop::option::of("[a-z]{3,5}")).prop_map(
            |(container, prefixes, rename_to)| Criterion::Container(ContainerItems {
                container,
                prefixes,
                rename_to
            })
        ),
        (
            words(),
            words(),
            words(),
            prop::collection::vec(name(), 0..2),
            prop::option::of(name()),
            any::<[bool; 4]>()
        )
            .prop_map(
                |(
                    namespaces,
                    resource_types,
                    label_selectors,
                    hooks,
                    resource_modifier,
                    [scope, data, patch, staged],
                )| {
                    let staging = VaultTierStaging {
                        resource_group: id("/subscriptions/s/resourceGroups/st"),
                        storage_account: id(DISK),
                    };
                    Criterion::Cluster(Box::new(ClusterItems {
                        cluster_scope: scope,
                        namespace_mappings: namespaces
                            .iter()
                            .map(|name| (name.clone(), format!("{name}-2")))
                            .collect(),
                        namespaces,
                        without_namespaces: Vec::new(),
                        resource_types,
                        without_resource_types: Vec::new(),
                        label_selectors,
                        volumes: if data { VolumeMode::WithData } else { VolumeMode::WithoutData },
                        conflicts: if patch { ConflictPolicy::Patch } else { ConflictPolicy::Skip },
                        hooks,
                        resource_modifier,
                        staging: staged.then_some(staging),
                    }))
                }
            ),
    ]
}

fn intos() -> impl Strategy<Value = RestoreInto> {
    prop_oneof![
        prop::option::of(Just("https://kv.vault.azure.net/secrets/s".to_owned())).prop_map(whole),
        prop::collection::vec(criteria(), 1..4)
            .prop_map(|criteria| RestoreInto::Items { target: TargetDatasource { set: Some(id(DISK)), ..target(None) }, criteria }),
        ("[a-z]{3,9}", "[a-z]{1,9}").prop_map(|(container, prefix)| RestoreInto::Files {
            url: format!("https://account.blob.core.windows.net/{container}"),
            prefix,
            container: id(&format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/account/blobServices/default/containers/{container}")),
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_written_is_what_was_meant_and_what_azure_defines((from, into) in (froms(), intos())) {
        let meant = order_of(from, into);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let sent = runtime.block_on(sent(&meant));
        prop_assert_eq!(order(&id(INSTANCE), &sent, &id(DISK)), meant);
        if let Some(schema) = schema() {
            prop_assert_eq!(violations(&schema, "AzureBackupRestoreRequest", &sent), Vec::<String>::new());
        }
    }
}

//! Grounds that restores are planned on.

use std::collections::BTreeMap;

use holdfast_protection::ResourceId;
use holdfast_protection::family::Family;
use holdfast_protection::impossible::Impossible;
use holdfast_protection::instance::{BackupInstance, ProtectionState};
use holdfast_protection::points::{PointCopy, PointState, RecoveryPoint, TimeRange};
use holdfast_protection::restore::{
    ClusterGround, DesiredRestore, Place, RestoreGround, RestorePlan, SeenPlace, to_restore,
};
use holdfast_protection::tier::DataStore;
use holdfast_protection::vault::{CrossRegion, Immutability, ProvisioningState, Vault};
use holdfast_protection::workload::Stated;
use holdfast_protection::workload::aks::{BACKUP_OPERATOR, BackupExtension, ClusterIdentity, TrustedAccess};
use jiff::Timestamp;
use serde_json::Value;

pub(crate) const SUBSCRIPTION: &str = "/subscriptions/0b1f6471-1bf0-4dda-aec3-111122223333";
pub(crate) const PRINCIPAL: &str = "11111111-2222-3333-4444-555555555555";

pub(crate) fn id(below: &str) -> ResourceId {
    format!("{SUBSCRIPTION}/resourceGroups/{below}").parse().unwrap()
}

pub(crate) fn now() -> Timestamp {
    "2026-03-10T00:00:00Z".parse().unwrap()
}

/// What is restored, by its datasource type, and where it goes.
pub(crate) fn ground(datasource_type: &str, datasource: &str, place: &str) -> RestoreGround {
    let vault = id("rg-backup/providers/Microsoft.DataProtection/backupVaults/bv");
    let source = BackupInstance {
        id: vault.child("backupInstances", "bi").unwrap(),
        vault: vault.clone(),
        datasource: id(datasource),
        datasource_type: datasource_type.to_owned(),
        location: "westeurope".into(),
        policy: vault.child("backupPolicies", "p").ok(),
        state: ProtectionState::Configured,
        snapshot_group: None,
        stated: Stated::default(),
        error: None,
        deletion: None,
    };
    let principal = Some(PRINCIPAL.to_owned());
    let cross_region = CrossRegion::Enabled { secondary: Some("northeurope".into()) };
    let seen = SeenPlace { location: "westeurope".into(), blob_endpoint: None, sku: None };
    RestoreGround {
        source,
        vault: Vault {
            id: vault,
            family: Family::BackupVault,
            location: "westeurope".into(),
            tags: BTreeMap::new(),
            principal,
            provisioning: ProvisioningState::Done,
            immutability: Immutability::Disabled,
            cross_region,
            cross_subscription: true,
        },
        points: vec![
            point("new", "2026-03-09T00:00:00Z", store_of(datasource_type)),
            point("old", "2026-03-01T00:00:00Z", store_of(datasource_type)),
        ],
        ranges: vec![TimeRange {
            start: "2026-02-10T00:00:00Z".parse().unwrap(),
            end: "2026-03-09T23:00:00Z".parse().unwrap(),
        }],
        place: Place { id: id(place), seen: Some(seen), taken: Vec::new() },
        staging: None,
        roles: Vec::new(),
        key_vault: None,
        cluster: None,
        databases: None,
        stores: Vec::new(),
    }
}

fn store_of(datasource_type: &str) -> DataStore {
    match datasource_type {
        "Microsoft.Compute/disks" | "Microsoft.ContainerService/managedClusters" => {
            DataStore::OperationalStore
        }
        _ => DataStore::VaultStore,
    }
}

pub(crate) fn point(id: &str, time: &str, store: DataStore) -> RecoveryPoint {
    RecoveryPoint {
        id: id.to_owned(),
        time: time.parse().unwrap(),
        kind: "Full".to_owned(),
        state: PointState::Completed,
        expires: None,
        tag: None,
        policy: None,
        threat: None,
        files_open: false,
        copies: vec![PointCopy { store, created: None, expires: None, rehydration: None }],
    }
}

pub(crate) fn disk() -> RestoreGround {
    ground("Microsoft.Compute/disks", "rg-app/providers/Microsoft.Compute/disks/data", "rg-restored")
}

pub(crate) fn blobs() -> RestoreGround {
    let account = "rg-app/providers/Microsoft.Storage/storageAccounts/source";
    let mut ground = ground("Microsoft.Storage/storageAccounts/blobServices", account, account);
    ground.place.taken = ["$logs", "orders", "photos"].map(str::to_owned).to_vec();
    ground.stores = vec![DataStore::OperationalStore];
    ground
}

pub(crate) fn vaulted() -> RestoreGround {
    let mut ground = ground(
        "Microsoft.Storage/storageAccounts/blobServices",
        "rg-app/providers/Microsoft.Storage/storageAccounts/source",
        "rg-app/providers/Microsoft.Storage/storageAccounts/target",
    );
    ground.source.stated.containers = vec!["orders".to_owned(), "photos".to_owned()];
    ground
}

pub(crate) fn database() -> RestoreGround {
    let mut ground = ground(
        "Microsoft.DBforPostgreSQL/servers/databases",
        "rg-app/providers/Microsoft.DBforPostgreSQL/servers/pg/databases/orders",
        "rg-app/providers/Microsoft.DBforPostgreSQL/servers/pg",
    );
    ground.source.stated.secret = Some("https://kv.vault.azure.net/secrets/pg".to_owned());
    ground
}

pub(crate) fn files() -> RestoreGround {
    let mut ground = ground(
        "Microsoft.DBforPostgreSQL/flexibleServers",
        "rg-app/providers/Microsoft.DBforPostgreSQL/flexibleServers/flex",
        "rg-app/providers/Microsoft.Storage/storageAccounts/target",
    );
    ground.place.taken = vec!["restored".to_owned()];
    ground
}

pub(crate) fn cluster() -> RestoreGround {
    let cluster = "rg-app/providers/Microsoft.ContainerService/managedClusters/aks";
    let mut ground = ground("Microsoft.ContainerService/managedClusters", cluster, cluster);
    ground.source.snapshot_group = Some(id("rg-snapshots"));
    ground.cluster = Some(prepared(&ground.vault.id));
    ground
}

pub(crate) const IDENTITY: &str = "c1c1c1c1-2222-3333-4444-555555555555";
pub(crate) const EXTENSION: &str = "e1e1e1e1-2222-3333-4444-555555555555";

pub(crate) fn extension_account() -> ResourceId {
    id("rg-app/providers/Microsoft.Storage/storageAccounts/backups")
}

/// A cluster that lets the vault in, and whose extension works.
fn prepared(vault: &ResourceId) -> ClusterGround {
    ClusterGround {
        identity: Some(ClusterIdentity(IDENTITY.to_owned())),
        is_stopped: false,
        extension: Some(BackupExtension {
            name: "azure-aks-backup".to_owned(),
            state: "Succeeded".to_owned(),
            principal: Some(EXTENSION.to_owned()),
            account: Some(extension_account()),
            errors: Vec::new(),
        }),
        access: vec![TrustedAccess { source: vault.clone(), roles: vec![BACKUP_OPERATOR.to_owned()] }],
    }
}

/// A wish as it comes over HTTP.
pub(crate) fn desired(body: Value) -> DesiredRestore {
    serde_json::from_value(body).unwrap()
}

pub(crate) fn plan(ground: &RestoreGround, body: Value) -> Result<RestorePlan, Impossible> {
    to_restore(&desired(body), ground, now())
}

pub(crate) fn refused(ground: &RestoreGround, body: Value) -> String {
    let impossible = plan(ground, body).unwrap_err();
    assert!(!impossible.message.is_empty() && !impossible.way_out.is_empty(), "{impossible:?}");
    impossible.code
}

/// A machine whose vault has no identity, and an account to pass its data through.
pub(crate) fn machine(place: &str) -> RestoreGround {
    let mut ground = ground(
        "Microsoft.Compute/virtualMachines",
        "rg-app/providers/Microsoft.Compute/virtualMachines/web-1",
        place,
    );
    ground.vault.principal = None;
    let staging = id("rg-app/providers/Microsoft.Storage/storageAccounts/staging");
    let sku = Some("Standard_LRS".to_owned());
    let seen = SeenPlace { location: "westeurope".into(), blob_endpoint: None, sku };
    ground.staging = Some(Place { id: staging, seen: Some(seen), taken: Vec::new() });
    ground
}

/// A share whose vault has no identity.
pub(crate) fn share(place: &str) -> RestoreGround {
    let shares = "rg-app/providers/Microsoft.Storage/storageAccounts/files/fileServices/default/shares";
    let mut ground = ground(
        "Microsoft.Storage/storageAccounts/fileServices/shares",
        &format!("{shares}/home"),
        &format!("{shares}/{place}"),
    );
    ground.vault.principal = None;
    ground
}

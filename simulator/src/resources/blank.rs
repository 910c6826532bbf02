//! What a provider adds to a resource that was made with a minimal body.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::clock::precise;
use crate::random::Random;
use crate::wire::path::{ArmPath, name_of};
use crate::wire::{call::normalised_location, json as body_json};

/// `request` with what its type always shows.
pub(crate) fn filled(id: &str, request: Value, now: Timestamp, random: &mut Random) -> Value {
    let kind = ArmPath::parse(id).map(|path| path.resource_type().to_ascii_lowercase()).unwrap_or_default();
    let mut body = match kind.as_str() {
        "microsoft.compute/disks" => disk(now, random),
        "microsoft.compute/snapshots" => json!({ "sku": { "name": "Standard_LRS", "tier": "Standard" } }),
        "microsoft.storage/storageaccounts" => storage_account(id, now),
        "microsoft.dbforpostgresql/flexibleservers" => postgresql(id),
        "microsoft.containerservice/managedclusters" => cluster(id),
        "microsoft.kubernetesconfiguration/extensions" => extension(random),
        "microsoft.dbforpostgresql/servers" => json!({
            "sku": { "name": "GP_Gen5_2", "tier": "GeneralPurpose" },
            "properties": { "userVisibleState": "Ready", "version": "11", "publicNetworkAccess": "Enabled" },
        }),
        "microsoft.dbforpostgresql/servers/databases" => {
            json!({ "properties": { "charset": "UTF8", "collation": "English_United States.1252" } })
        }
        "microsoft.storage/storageaccounts/blobservices/containers" => json!({ "properties": {
            "publicAccess": "None", "leaseStatus": "Unlocked", "leaseState": "Available", "hasImmutabilityPolicy": false,
            "hasLegalHold": false, "lastModifiedTime": precise(now), "deleted": false, "remainingRetentionDays": 0,
        } }),
        "microsoft.managedidentity/userassignedidentities" => user_identity(random),
        "microsoft.insights/components" => json!({
            "properties": { "ConnectionString": format!("InstrumentationKey={}", random.guid()) },
        }),
        _ => json!({}),
    };
    body_json::merge(&mut body, &request);
    if let Some(location) = body_json::text(&body, &["location"]).map(normalised_location) {
        body_json::set(&mut body, &["location"], json!(location));
    }
    give_identity(&mut body, random);
    // An estate may hold things that failed.
    if body_json::reach(&body, &["properties", "provisioningState"]).is_none() {
        body_json::set(&mut body, &["properties", "provisioningState"], json!("Succeeded"));
    }
    body
}

fn disk(now: Timestamp, random: &mut Random) -> Value {
    json!({
        "sku": { "name": "StandardSSD_LRS", "tier": "Standard" },
        "properties": {
            "creationData": { "createOption": "Empty" },
            "diskSizeGB": 4,
            "diskSizeBytes": 4_294_967_296_u64,
            "diskState": "Unattached",
            "timeCreated": precise(now),
            "uniqueId": random.guid().to_string(),
        },
    })
}

fn storage_account(id: &str, now: Timestamp) -> Value {
    let name = name_of(id);
    let endpoint = |service: &str| format!("https://{name}.{service}.core.windows.net/");
    json!({
        "kind": "StorageV2",
        "sku": { "name": "Standard_LRS", "tier": "Standard" },
        "properties": {
            "accessTier": "Hot",
            "creationTime": precise(now),
            "primaryEndpoints": { "blob": endpoint("blob"), "queue": endpoint("queue"), "dfs": endpoint("dfs"), "file": endpoint("file") },
            "statusOfPrimary": "available",
            "supportsHttpsTrafficOnly": true,
        },
    })
}

fn postgresql(id: &str) -> Value {
    json!({
        "sku": { "name": "Standard_D2ds_v5", "tier": "GeneralPurpose" },
        "properties": {
            "state": "Ready",
            "version": "16",
            "fullyQualifiedDomainName": format!("{}.postgres.database.azure.com", name_of(id)),
            "backup": { "backupRetentionDays": 7, "geoRedundantBackup": "Disabled" },
        },
    })
}

fn cluster(id: &str) -> Value {
    let (name, group) = (name_of(id), crate::wire::path::group_of(id).unwrap_or_default());
    json!({
        "sku": { "name": "Base", "tier": "Free" },
        "identity": { "type": "SystemAssigned" },
        "properties": {
            "powerState": { "code": "Running" },
            "kubernetesVersion": "1.33",
            "nodeResourceGroup": format!("MC_{group}_{name}"),
            "storageProfile": { "diskCSIDriver": { "enabled": true }, "snapshotController": { "enabled": true } },
        },
    })
}

/// On AKS an extension has its identity in its properties.
fn extension(random: &mut Random) -> Value {
    json!({
        "properties": {
            "aksAssignedIdentity": {
                "type": "UserAssigned",
                "principalId": random.guid().to_string(),
                "tenantId": crate::identity::TENANT,
            },
            "autoUpgradeMinorVersion": true,
            "releaseTrain": "stable",
            "installState": null,
        },
    })
}

fn user_identity(random: &mut Random) -> Value {
    json!({
        "properties": {
            "tenantId": crate::identity::TENANT,
            "principalId": random.guid().to_string(),
            "clientId": random.guid().to_string(),
        },
    })
}

/// A system-assigned identity gets its principal.
fn give_identity(body: &mut Value, random: &mut Random) {
    let asked = body_json::text(body, &["identity", "type"])
        .is_some_and(|kind| kind.to_ascii_lowercase().contains("systemassigned"));
    if asked && body_json::reach(body, &["identity", "principalId"]).is_none() {
        body_json::set(body, &["identity", "principalId"], json!(random.guid().to_string()));
        body_json::set(body, &["identity", "tenantId"], json!(crate::identity::TENANT));
    }
}

//! A small world that most tests share.

use anyhow::Result;
use holdfast_tests::{SUBSCRIPTION, Stage};
use serde_json::{Value, json};

/// A vault whose identity has every role at the subscription, and groups to work in.
pub(crate) fn granted() -> Value {
    let mut world = vaults();
    let roles = [
        "Disk Backup Reader",
        "Disk Snapshot Contributor",
        "Storage Account Backup Contributor",
        "PostgreSQL Flexible Server Long Term Retention Backup Role",
        "Reader",
    ];
    let assignments: Vec<Value> = roles
        .iter()
        .map(|role| json!({ "principal": "vault:bv-westeurope", "role": role, "scope": format!("/subscriptions/{SUBSCRIPTION}") }))
        .collect();
    world["roleAssignments"] = json!(assignments);
    world
}

/// The same without any role.
pub(crate) fn vaults() -> Value {
    let subscription = format!("/subscriptions/{SUBSCRIPTION}");
    let group = |name: &str| json!({ "id": format!("{subscription}/resourceGroups/{name}"), "location": "westeurope" });
    json!({
        "resourceGroups": [group("rg-app"), group("rg-other"), group("rg-backup"), group("rg-snapshots-westeurope")],
        "vaults": [{ "id": vault(), "location": "westeurope" }],
    })
}

/// Id of the vault.
pub(crate) fn vault() -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-backup/providers/Microsoft.DataProtection/backupVaults/bv-westeurope"
    )
}

/// Id of a disk.
pub(crate) fn disk(group: &str, name: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers/Microsoft.Compute/disks/{name}")
}

/// Creates a disk that the shipped rules protect.
pub(crate) async fn create_disk(stage: &Stage, id: &str) -> Result<()> {
    let body = json!({ "location": "westeurope", "tags": { "env": "prod" }, "sku": { "name": "Premium_LRS" },
        "properties": { "diskSizeGB": 32, "creationData": { "createOption": "Empty" } } });
    stage.azure("PUT", &format!("{id}?api-version=2023-04-02"), Some(&body)).await.map(drop)
}

//! What the items are about: disks that are protected as the rules would have it.

use anyhow::{Result, bail};
use holdfast_tests::{SUBSCRIPTION, disks};
use serde_json::{Value, json};

pub(crate) const RESOURCES: usize = 100;

fn disk(n: usize) -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/disks/d{:04}",
        n % RESOURCES
    )
}

fn vault() -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.DataProtection/backupVaults/bv-westeurope"
    )
}

/// Disks that the rules protect, and the vault that does.
pub(crate) fn estate() -> Value {
    let subscription = format!("/subscriptions/{SUBSCRIPTION}");
    let group = |name: &str| json!({ "id": format!("{subscription}/resourceGroups/{name}"), "location": "westeurope" });
    let disks: Vec<Value> = (0..RESOURCES)
        .map(|n| {
            json!({ "id": disk(n), "location": "westeurope", "tags": { "env": "prod" },
            "sku": { "name": "Premium_LRS" }, "properties": { "diskSizeGB": 32 } })
        })
        .collect();
    let roles: Vec<Value> = ["Disk Backup Reader", "Disk Snapshot Contributor"]
        .map(|role| json!({ "principal": "vault:bv-westeurope", "role": role, "scope": subscription }))
        .into();
    json!({ "resourceGroups": [group("rg"), group("rg-snapshots-westeurope")], "resources": disks,
        "vaults": [{ "id": vault(), "location": "westeurope" }], "roleAssignments": roles,
        "propagationSeconds": 0.0 })
}

/// Protects every disk as the rules would have it, so that a look finds nothing to do.
pub(crate) async fn protect_by_hand(azure: &str) -> Result<()> {
    let client = reqwest::Client::new();
    let put = async |path: &str, body: Value| -> Result<()> {
        let url = format!("{azure}{path}?api-version=2024-04-01");
        let answer = client.put(&url).bearer_auth("bench").json(&body).send().await?;
        let status = answer.status();
        if !status.is_success() {
            bail!("PUT {url}: {status} {}", answer.text().await?);
        }
        Ok(())
    };
    let policy = format!("{}/backupPolicies/holdfast-disks-p1d-0200-14d", vault());
    put(&policy, json!({ "properties": disks::daily(14) })).await?;
    let snapshots = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-snapshots-westeurope");
    for n in 0..RESOURCES {
        let disk = disk(n);
        let name = disk.rsplit('/').next().unwrap_or_default();
        let body = disks::instance(&disk, &policy, &snapshots);
        put(&format!("{}/backupInstances/{name}", vault()), body).await?;
    }
    Ok(())
}

/// A message of the work queue as the host posts it: text, encoded twice.
pub(crate) fn message(n: usize) -> String {
    // Each item has a time of its own, so that each one's decision and end are written.
    let item = json!({ "format": "holdfast.work/1", "resource": disk(n),
        "cause": { "kind": "event", "id": n.to_string() },
        "at": format!("2026-01-14T{:02}:{:02}:{:02}.{:06}Z", n / 3_600 % 24, n / 60 % 60, n % 60, n) });
    let text = Value::String(item.to_string()).to_string();
    json!({ "Data": { "item": text }, "Metadata": { "DequeueCount": "\"1\"" } }).to_string()
}

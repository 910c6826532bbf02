//! An export of Resource Graph as large as one likes: disks that are protected as the shipped rules want it.

use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;

use serde_json::{Value, json};

const GROUP: &str = "/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10/resourceGroups/rg-bench";

/// Writes so many disks with what protects them, as JSON lines.
pub(crate) fn write(file: &Path, disks: usize) -> anyhow::Result<()> {
    let vault = format!("{GROUP}/providers/Microsoft.DataProtection/backupVaults/bv-westeurope");
    let mut out = BufWriter::new(File::create(file)?);
    for n in 0..disks {
        let disk = disk(n);
        let instance = json!({ "id": format!("{vault}/backupInstances/i-{n:07}"), "name": format!("i-{n:07}"),
            "type": "microsoft.dataprotection/backupvaults/backupinstances", "properties": {
                "dataSourceInfo": { "resourceID": id(n), "datasourceType": "Microsoft.Compute/disks" },
                "currentProtectionState": "ProtectionConfigured",
                "policyInfo": { "policyId": format!("{vault}/backupPolicies/daily") } } });
        writeln!(out, "{disk}\n{instance}")?;
    }
    writeln!(out, "{}", policy(&vault))?;
    Ok(out.flush()?)
}

/// A disk that the shipped rules protect, as the graph lists it.
pub(crate) fn disk(n: usize) -> Value {
    json!({ "id": id(n), "name": format!("disk-{n:07}"), "type": "microsoft.compute/disks",
        "location": "westeurope", "tags": { "env": "prod" }, "sku": { "name": "Premium_LRS" },
        "properties": { "diskSizeGB": 100, "diskState": "Attached", "provisioningState": "Succeeded" } })
}

fn id(n: usize) -> String {
    format!("{GROUP}/providers/Microsoft.Compute/disks/disk-{n:07}")
}

fn policy(vault: &str) -> Value {
    json!({ "id": format!("{vault}/backupPolicies/daily"), "name": "daily",
        "type": "microsoft.dataprotection/backupvaults/backuppolicies",
        "properties": { "objectType": "BackupPolicy", "datasourceTypes": ["Microsoft.Compute/disks"], "policyRules": [
            { "objectType": "AzureBackupRule", "name": "BackupDaily",
              "backupParameters": { "objectType": "AzureBackupParams", "backupType": "Incremental" },
              "dataStore": { "dataStoreType": "OperationalStore", "objectType": "DataStoreInfoBase" },
              "trigger": { "objectType": "ScheduleBasedTriggerContext",
                "schedule": { "repeatingTimeIntervals": ["R/2024-01-07T02:00:00+00:00/P1D"], "timeZone": "UTC" },
                "taggingCriteria": [{ "isDefault": true, "taggingPriority": 99, "tagInfo": { "id": "Default_", "tagName": "Default" } }] } },
            { "objectType": "AzureRetentionRule", "name": "Default", "isDefault": true, "lifecycles": [
              { "deleteAfter": { "objectType": "AbsoluteDeleteOption", "duration": "P14D" },
                "sourceDataStore": { "dataStoreType": "OperationalStore", "objectType": "DataStoreInfoBase" },
                "targetDataStoreCopySettings": [] }] }] } })
}

/// Reads the lines as JSON, and does nothing with them; how many there are.
pub(crate) fn read(file: &Path) -> anyhow::Result<usize> {
    let mut rows = 0;
    for line in BufReader::new(File::open(file)?).lines() {
        let row: Value = serde_json::from_str(&line?)?;
        rows += usize::from(row.is_object());
    }
    Ok(rows)
}

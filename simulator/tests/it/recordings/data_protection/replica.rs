//! The database that recordings restore in another region.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::azure::Azure;
use crate::recordings::Recorded;
use crate::recordings::read::head;
use crate::recordings::replay::SPEED;

/// A day of the calendar, by which schedules go, while Azure's waits are shortened.
pub(super) const DAY: f64 = 86_400.0 * SPEED;

/// The database that the recordings restore in another region; some of them do not show its instance.
pub(super) fn replicated(vault: &str) -> Value {
    let group = head(vault, 4).unwrap_or_default();
    let server = format!("{group}/providers/Microsoft.DBforPostgreSQL/servers/clitestcrr-ecy");
    let kind = "Microsoft.DBforPostgreSQL/servers/databases";
    json!({
        "objectType": "BackupInstance", "friendlyName": "clitestcrr-ecy\\postgres",
        "dataSourceInfo": {
            "objectType": "Datasource", "datasourceType": kind, "resourceType": kind, "resourceName": "postgres",
            "resourceID": format!("{server}/databases/postgres"), "resourceLocation": "eastus2euap", "resourceUri": "",
        },
        "dataSourceSetInfo": {
            "objectType": "DatasourceSet", "datasourceType": kind, "resourceType": "Microsoft.DBforPostgreSQL/servers",
            "resourceName": "clitestcrr-ecy", "resourceID": server, "resourceLocation": "eastus2euap", "resourceUri": "",
        },
        "datasourceAuthCredentials": { "objectType": "SecretStoreBasedAuthCredentials", "secretStoreResource": {
            "secretStoreType": "AzureKeyVault", "uri": "https://clitestcrrkeyvault.vault.azure.net/secrets/clitestcrr-final" } },
        "policyInfo": { "policyId": format!("{vault}/backupPolicies/crrclitestbackuppolicy") },
    })
}

/// Lets the schedule back the instance `id` up, lets the point reach the other region, and restores it there where a recording lists such jobs.
pub(super) async fn replicate(azure: &Azure, calls: &[Recorded], id: &str, described: &Value) -> Result<()> {
    // The weekly backup, and the time that its point takes to the other region.
    azure.running.advance(7.5 * DAY);
    if !calls.iter().any(|call| call.url.contains("fetchCrossRegionRestoreJob")) {
        return Ok(());
    }
    let points = azure.get(&format!("{id}/recoveryPoints")).await?.expect(200)?.body;
    let group = head(id, 4).context("no group")?;
    let target =
        format!("{group}/providers/Microsoft.DBforPostgreSQL/servers/secondary/databases/postgres-restored");
    let request = json!({
        "restoreRequestObject": {
            "objectType": "AzureBackupRecoveryPointBasedRestoreRequest", "sourceDataStoreType": "VaultStore",
            "recoveryPointId": points["value"][0]["name"],
            "restoreTargetInfo": {
                "objectType": "RestoreTargetInfo", "recoveryOption": "FailIfExists", "restoreLocation": "centraluseuap",
                "datasourceInfo": { "objectType": "Datasource", "resourceID": target },
                "datasourceAuthCredentials": described["datasourceAuthCredentials"],
            },
        },
        "crossRegionRestoreDetails": { "sourceRegion": "eastus2euap", "sourceBackupInstanceId": id },
    });
    let path =
        format!("{group}/providers/Microsoft.DataProtection/locations/centraluseuap/crossRegionRestore");
    // The recording shows the job running.
    azure.running.freeze(true);
    azure.post(&path, request).await?.expect(202)?;
    Ok(())
}

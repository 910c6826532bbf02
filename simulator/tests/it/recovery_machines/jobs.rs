//! Jobs: filters, cancelling.

use anyhow::Result;
use serde_json::json;

use super::{VAULT, backed_up, estate, item, over, points, protected};
use crate::azure::Azure;

async fn count(azure: &Azure, filter: &str) -> Result<usize> {
    let body = azure.get(&format!("{VAULT}/backupJobs?$filter={filter}")).await?.expect(200)?.body;
    Ok(body["value"].as_array().map_or(0, Vec::len))
}

/// Official: names and notation of the filters; recorded: that a list shows no details.
#[tokio::test]
async fn jobs_are_listed_by_filter() -> Result<()> {
    let azure = protected(estate()).await?;
    backed_up(&azure).await?;
    assert_eq!(count(&azure, "operation eq 'Backup'").await?, 1);
    assert_eq!(count(&azure, "status eq 'Completed' and operation eq 'ConfigureBackup'").await?, 1);
    assert_eq!(count(&azure, "backupManagementType eq 'AzureStorage'").await?, 0);
    let day = |offset: i64| {
        let at = azure.running.now() + jiff::SignedDuration::from_hours(24 * offset);
        at.strftime("%Y-%m-%d %I:%M:%S %p").to_string()
    };
    assert_eq!(count(&azure, &format!("startTime eq '{}' and endTime eq '{}'", day(-1), day(1))).await?, 2);
    assert_eq!(count(&azure, &format!("startTime eq '{}'", day(1))).await?, 0);
    for wrong in ["status ne 'Completed'", "colour eq 'red'", "startTime eq '2026-01-01T00:00:00Z'"] {
        let refused = azure.get(&format!("{VAULT}/backupJobs?$filter={wrong}")).await?.expect(400)?;
        assert_eq!(refused.code(), "BMSUserErrorInvalidInput", "{wrong}");
    }
    let listed = azure.get(&format!("{VAULT}/backupJobs")).await?.body;
    assert!(listed["value"][0]["properties"].get("extendedInfo").is_none());
    azure.get(&format!("{VAULT}/backupJobs/nobody")).await?.expect(404)?;
    Ok(())
}

/// Recorded: headers and status of cancelling; official: its words.
#[tokio::test]
async fn a_backup_is_cancelled() -> Result<()> {
    let azure = protected(estate()).await?;
    let request = json!({ "properties": { "objectType": "IaasVMBackupRequest" } });
    let started = azure.post(&format!("{}/backup", item()), request).await?.expect(202)?;
    let job = over(&azure, &started).await?["properties"]["jobId"].as_str().unwrap().to_owned();
    let job = format!("{VAULT}/backupJobs/{job}");
    let cancelled = azure.post(&format!("{job}/cancel"), json!(null)).await?.expect(202)?;
    assert!(cancelled.header("azure-asyncoperation").unwrap().contains("/operationsStatus/"));
    assert_eq!(azure.get(&job).await?.body["properties"]["status"], "Cancelling");
    assert_eq!(over(&azure, &cancelled).await?["status"], "Succeeded");
    assert_eq!(azure.get(&job).await?.body["properties"]["status"], "Cancelled");
    azure.running.advance(4000.0);
    assert!(points(&azure).await?.is_empty());
    azure.post(&format!("{job}/cancel"), json!(null)).await?.expect(400)?;
    Ok(())
}

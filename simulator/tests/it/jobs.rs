//! What jobs say, by workload and by who started them; each value is recorded.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::azure::{Azure, GROUP, VAULT, disk_instance, granted, instance as disk_path};
use crate::restore::{Protected, single_server};
use crate::workloads::{CLUSTERS, STORE_VAULT, cluster_world, instance, role, world};

/// The one job of a workload that was backed up on demand.
async fn backed_up(estate: Value, properties: Value, rule: &str) -> Result<Value> {
    let source = Protected::new(estate, properties, Some(rule)).await?;
    let listed = source.azure.get(&format!("{VAULT}/backupJobs")).await?.expect(200)?.body;
    let id = listed["value"][0]["id"].as_str().context("no job")?;
    Ok(source.azure.get(id).await?.expect(200)?.body["properties"].clone())
}

fn flexible_server() -> (Value, Value) {
    let kind = "Microsoft.DBforPostgreSQL/flexibleServers";
    let server = format!("{GROUP}/providers/{kind}/pg2");
    let roles = json!([
        role(&server, "PostgreSQL Flexible Server Long Term Retention Backup Role"),
        role(GROUP, "Reader")
    ]);
    let resources = json!([{ "id": server, "location": "westeurope" }]);
    (world(kind, STORE_VAULT, "Full", "P1W", resources, roles), instance(kind, &server, json!({})))
}

#[tokio::test]
async fn each_workload_says_of_a_backup_what_azure_says() -> Result<()> {
    let (single, database, _) = single_server();
    let (flexible, server) = flexible_server();
    let (cluster, aks) = cluster_world();
    let cases = [
        (
            "disk",
            backed_up(granted(), disk_instance(), "BackupDaily").await?,
            json!("OperationalTierStore"),
            false,
            false,
        ),
        ("database", backed_up(single, database, "Backup").await?, Value::Null, true, true),
        ("flexible server", backed_up(flexible, server, "Backup").await?, json!("VaultStore"), true, true),
        (CLUSTERS, backed_up(cluster, aks, "Backup").await?, Value::Null, false, false),
    ];
    for (name, job, store, progress, bytes) in cases {
        assert_eq!(job["status"], "Completed", "{name}");
        assert_eq!(job["destinationDataStoreName"], store, "{name}");
        assert_eq!(job["progressEnabled"], progress, "{name}");
        assert_eq!(job["extendedInfo"]["dataTransferredInBytes"].is_number(), bytes, "{name}");
        assert_eq!(job["supportedActions"], json!([""]), "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn a_scheduled_job_has_no_actions_wherever_it_is_shown() -> Result<()> {
    let mut estate = granted();
    estate["scheduledBackups"] = json!(true);
    let azure = Azure::frozen(estate).await?;
    azure.put(&disk_path(), json!({ "properties": disk_instance() })).await?.expect(201)?;
    azure.running.advance(2.0 * 86_400.0);
    let listed = azure.get(&format!("{VAULT}/backupJobs")).await?.expect(200)?.body["value"][0].clone();
    let single = azure.get(listed["id"].as_str().context("no job")?).await?.expect(200)?.body;
    for job in [&listed, &single] {
        assert_eq!(job["properties"]["isUserTriggered"], false);
        assert_eq!(job["properties"]["supportedActions"], json!([]));
    }
    Ok(())
}

//! The lives of databases in virtual machines in a Recovery Services vault. Each test names the grade of what it asserts: recorded,
//! official, field or documentation.

mod backup;
mod group;
mod hana;
mod intent;
mod policy;
mod register;
mod restore;
mod stop;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::azure::{Answer, Azure, GROUP};
pub(crate) use crate::recovery_machines::VAULT;

pub(crate) const SERVER: &str = "/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/sql1";
pub(crate) const HANA: &str = "/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/hana1";
pub(crate) const DAY: f64 = 86_400.0;

/// A part of a policy.
pub(crate) fn part(kind: &str, schedule: Value, retention: Value) -> Value {
    json!({ "policyType": kind, "schedulePolicy": schedule, "retentionPolicy": retention })
}

pub(crate) fn weekly(days: &[&str]) -> Value {
    json!({ "schedulePolicyType": "SimpleSchedulePolicy", "scheduleRunFrequency": "Weekly", "scheduleRunDays": days,
        "scheduleRunTimes": ["2026-01-01T02:00:00Z"] })
}

pub(crate) fn daily() -> Value {
    json!({ "schedulePolicyType": "SimpleSchedulePolicy", "scheduleRunFrequency": "Daily", "scheduleRunTimes": ["2026-01-01T02:00:00Z"] })
}

pub(crate) fn logs(minutes: u64) -> Value {
    json!({ "schedulePolicyType": "LogSchedulePolicy", "scheduleFrequencyInMins": minutes })
}

pub(crate) fn for_days(count: u64) -> Value {
    json!({ "retentionPolicyType": "SimpleRetentionPolicy", "retentionDuration": { "count": count, "durationType": "Days" } })
}

pub(crate) fn daily_for(count: u64) -> Value {
    json!({ "retentionPolicyType": "LongTermRetentionPolicy", "dailySchedule": {
        "retentionTimes": ["2026-01-01T02:00:00Z"], "retentionDuration": { "count": count, "durationType": "Days" } } })
}

/// A policy of these parts.
pub(crate) fn policy_of(workload: &str, parts: Value) -> Value {
    json!({
        "backupManagementType": "AzureWorkload", "workLoadType": workload,
        "settings": { "timeZone": "UTC", "issqlcompression": false, "isCompression": false },
        "subProtectionPolicy": parts,
    })
}

/// Full backups every night, logs every quarter of an hour.
pub(crate) fn quarters(workload: &str) -> Value {
    let full = part("Full", daily(), daily_for(30));
    policy_of(workload, json!([full, part("Log", logs(15), for_days(7))]))
}

/// A vault, a machine with SQL Server and one with HANA, and a policy for each.
pub(crate) fn estate() -> Value {
    json!({
        "resourceGroups": [{ "id": GROUP, "location": "westeurope" }],
        "vaults": [{ "id": VAULT, "location": "westeurope" }],
        "policies": [
            { "vault": "rsv1", "name": "sql", "properties": quarters("SQLDataBase") },
            { "vault": "rsv1", "name": "hana", "properties": quarters("SAPHanaDatabase") },
        ],
        "resources": [
            { "id": SERVER, "location": "westeurope" },
            { "id": HANA, "location": "westeurope" },
            { "id": format!("{GROUP}/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/sql1"), "location": "westeurope",
                "properties": { "virtualMachineResourceId": SERVER } },
        ],
        "guests": [
            { "machine": SERVER, "instances": [{ "engine": "sql", "name": "MSSQLSERVER", "databases": [
                { "name": "Shop" }, { "name": "Notes", "recoveryModel": "SIMPLE" }] }] },
            { "machine": HANA, "host": "hxehost", "instances": [{ "engine": "hana", "name": "HXE", "databases": [{ "name": "HXE" }] }] },
        ],
        "graphLagSeconds": 0,
    })
}

/// The same with backups by schedule.
pub(crate) fn scheduled() -> Value {
    let mut world = estate();
    world["scheduledBackups"] = json!(true);
    world
}

pub(crate) fn container(machine: &str) -> String {
    let name = machine.rsplit('/').next().unwrap_or_default();
    format!("{VAULT}/backupFabrics/Azure/protectionContainers/VMAppContainer;Compute;rg-app;{name}")
}

pub(crate) fn registration(machine: &str, workload: &str) -> Value {
    json!({ "properties": { "backupManagementType": "AzureWorkload", "containerType": "VMAppContainer",
        "sourceResourceId": machine, "workloadType": workload } })
}

pub(crate) fn protectable(workload: &str) -> String {
    format!(
        "{VAULT}/backupProtectableItems?$filter=backupManagementType eq 'AzureWorkload' and workloadType eq '{workload}'"
    )
}

/// Waits for the operation that `started` announced, and gives its status.
pub(crate) async fn over(azure: &Azure, started: &Answer) -> Result<Value> {
    azure.running.advance(800.0);
    let url = started.header("azure-asyncoperation").context("no Azure-AsyncOperation")?;
    Ok(azure.get(url).await?.expect(200)?.body)
}

/// Registers a machine for a workload.
pub(crate) async fn register(azure: &Azure, machine: &str, workload: &str) -> Result<()> {
    let started = azure.put(&container(machine), registration(machine, workload)).await?.expect(202)?;
    assert_eq!(over(azure, &started).await?["status"], "Succeeded");
    Ok(())
}

/// The item of a database of SQL Server, as azure-cli spells it.
pub(crate) fn item(name: &str) -> String {
    format!("{}/protectedItems/sqldatabase;mssqlserver;{name}", container(SERVER))
}

pub(crate) fn protection(more: Value) -> Value {
    let mut properties = json!({
        "backupManagementType": "AzureWorkload", "workloadType": "SQLDataBase",
        "protectedItemType": "AzureVmWorkloadSQLDatabase", "policyId": format!("{VAULT}/backupPolicies/sql"),
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        properties[name] = value.clone();
    }
    json!({ "properties": properties })
}

/// A protected database of SQL Server.
pub(crate) async fn protected(estate: Value, name: &str) -> Result<Azure> {
    let azure = Azure::frozen(estate).await?;
    register(&azure, SERVER, "SQLDataBase").await?;
    protect(&azure, name).await?;
    Ok(azure)
}

pub(crate) async fn protect(azure: &Azure, name: &str) -> Result<()> {
    let started = azure.put(&item(name), protection(json!({}))).await?.expect(202)?;
    let status = over(azure, &started).await?;
    assert_eq!(status["status"], "Succeeded", "{status}");
    Ok(())
}

pub(crate) async fn properties(azure: &Azure, item: &str) -> Result<Value> {
    Ok(azure.get(item).await?.expect(200)?.body["properties"].clone())
}

/// The properties of the job that `started` has begun, when it is over.
pub(crate) async fn job(azure: &Azure, started: &Answer) -> Result<Value> {
    let status = over(azure, started).await?;
    let job = status["properties"]["jobId"].as_str().context("no job")?.to_owned();
    Ok(azure.get(&format!("{VAULT}/backupJobs/{job}")).await?.expect(200)?.body["properties"].clone())
}

/// Asks for a backup; the properties of its job.
pub(crate) async fn backed_up(azure: &Azure, item: &str, kind: &str) -> Result<Value> {
    let request = json!({ "properties": { "objectType": "AzureWorkloadBackupRequest", "backupType": kind } });
    let started = azure.post(&format!("{item}/backup"), request).await?.expect(202)?;
    job(azure, &started).await
}

/// The recovery points of an item.
pub(crate) async fn points(azure: &Azure, item: &str, query: &str) -> Result<Vec<Value>> {
    let filter =
        if query.is_empty() { String::new() } else { format!("?$filter=restorePointQueryType eq '{query}'") };
    let body = azure.get(&format!("{item}/recoveryPoints{filter}")).await?.expect(200)?.body;
    Ok(body["value"].as_array().context("no list")?.clone())
}

/// The ranges that the logs cover.
pub(crate) async fn ranges(azure: &Azure, item: &str) -> Result<Vec<Value>> {
    let logs = points(azure, item, "Log").await?;
    let ranges = logs.first().map(|point| point["properties"]["timeRanges"].clone()).unwrap_or_default();
    Ok(ranges.as_array().cloned().unwrap_or_default())
}

/// What is in a virtual machine, as the control surface shows it.
pub(crate) async fn inside(azure: &Azure, machine: &str) -> Result<Value> {
    let state = azure.get("/_simulator/state").await?.expect(200)?.body;
    let servers = state["databaseServers"].as_array().context("no list")?;
    let found =
        servers.iter().find(|one| one["machine"].as_str().is_some_and(|id| id.eq_ignore_ascii_case(machine)));
    Ok(found.context("nothing is known of the machine")?.clone())
}

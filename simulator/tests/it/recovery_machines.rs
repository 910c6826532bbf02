//! The life of a virtual machine in a Recovery Services vault. Each test names the grade of what it asserts: recorded, official
//! (specification and its examples), field (reports of users) or documentation.

mod abroad;
mod backup;
mod guarded;
mod jobs;
mod refused;
mod restore;
mod seen;
mod stop;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::azure::{Answer, Azure, GROUP};

pub(crate) const VAULT: &str = "/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10/resourceGroups/rg-app/providers/Microsoft.RecoveryServices/vaults/rsv1";
pub(crate) const MACHINE: &str = "/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/Vm1";
pub(crate) const DAY: f64 = 86_400.0;

/// A vault and a virtual machine in one region.
pub(crate) fn estate() -> Value {
    json!({
        "resourceGroups": [{ "id": GROUP, "location": "westeurope" }],
        "vaults": [{ "id": VAULT, "location": "westeurope" }],
        "resources": [{ "id": MACHINE, "location": "westeurope", "properties": { "storageProfile": {
            "osDisk": { "name": "vm1-os", "osType": "Linux" },
            "dataDisks": [{ "lun": 0, "name": "vm1-data0" }, { "lun": 1, "name": "vm1-data1" }],
        } } }],
        "graphLagSeconds": 0,
    })
}

/// The item of a virtual machine, as callers spell it.
pub(crate) fn item_of(vault: &str, group: &str, machine: &str) -> String {
    let tail = format!("iaasvmcontainerv2;{group};{machine}");
    format!(
        "{vault}/backupFabrics/Azure/protectionContainers/iaasvmcontainer;{tail}/protectedItems/vm;{tail}"
    )
}

pub(crate) fn item() -> String {
    item_of(VAULT, "rg-app", "Vm1")
}

pub(crate) fn policy(name: &str) -> String {
    format!("{VAULT}/backupPolicies/{name}")
}

/// The body that protects the machine with `more` laid over it.
pub(crate) fn protection(more: Value) -> Value {
    let mut properties = json!({
        "protectedItemType": "Microsoft.Compute/virtualMachines",
        "sourceResourceId": MACHINE,
        "policyId": policy("DefaultPolicy"),
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        properties[name] = value.clone();
    }
    json!({ "properties": properties })
}

/// Waits for the operation that `started` announced, and gives its status.
pub(crate) async fn over(azure: &Azure, started: &Answer) -> Result<Value> {
    azure.running.advance(200.0);
    let url = started.header("azure-asyncoperation").context("no Azure-AsyncOperation")?;
    Ok(azure.get(url).await?.expect(200)?.body)
}

/// A protected machine in a simulator whose clock stands still.
pub(crate) async fn protected(estate: Value) -> Result<Azure> {
    let azure = Azure::frozen(estate).await?;
    let started = azure.put(&item(), protection(json!({}))).await?.expect(202)?;
    assert_eq!(over(&azure, &started).await?["status"], "Succeeded");
    Ok(azure)
}

/// The properties of the item.
pub(crate) async fn properties(azure: &Azure) -> Result<Value> {
    Ok(azure.get(&item()).await?.expect(200)?.body["properties"].clone())
}

/// Backs the machine up, to the end; the name of the job.
pub(crate) async fn backed_up(azure: &Azure) -> Result<String> {
    let request = json!({ "properties": { "objectType": "IaasVMBackupRequest" } });
    let started = azure.post(&format!("{}/backup", item()), request).await?.expect(202)?;
    let status = over(azure, &started).await?;
    azure.running.advance(3600.0);
    Ok(status["properties"]["jobId"].as_str().context("no job")?.to_owned())
}

/// The recovery points of the machine, the newest first.
pub(crate) async fn points(azure: &Azure) -> Result<Vec<Value>> {
    let body = azure.get(&format!("{}/recoveryPoints", item())).await?.expect(200)?.body;
    Ok(body["value"].as_array().context("no list")?.clone())
}

/// Recorded: a 202 with two URLs that keep the caller's spelling, a job, and an item with the service's.
#[tokio::test]
async fn a_machine_is_protected_by_an_operation_and_a_job() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    let started = azure.put(&item(), protection(json!({}))).await?.expect(202)?;
    let status = started.header("azure-asyncoperation").context("no status")?.to_owned();
    assert!(status.contains("/protectedItems/vm;iaasvmcontainerv2;rg-app;Vm1/operationsStatus/"), "{status}");
    assert!(started.header("location").context("no result")?.contains("/operationResults/"));
    let operation = status.split(['/', '?']).rev().nth(1).context("no name")?.to_owned();
    let running = azure.get(&format!("{VAULT}/backupOperations/{operation}")).await?.expect(200)?.body;
    assert_eq!((&running["status"], &running["id"]), (&json!("InProgress"), &json!(operation)));
    assert_eq!(running["endTime"], "0001-01-01T00:00:00");
    azure.get(&item()).await?.expect(404)?;

    let ended = over(&azure, &started).await?;
    assert_eq!(ended["endTime"], ended["startTime"]);
    assert_eq!(ended["properties"]["objectType"], "OperationStatusJobExtendedInfo");
    let job = ended["properties"]["jobId"].as_str().context("no job")?;
    let job = azure.get(&format!("{VAULT}/backupJobs/{job}")).await?.expect(200)?.body["properties"].clone();
    assert_eq!((&job["operation"], &job["status"]), (&json!("ConfigureBackup"), &json!("Completed")));
    assert_eq!(job["extendedInfo"]["propertyBag"]["Policy Name"], "DefaultPolicy");

    let item = azure.get(&item()).await?.expect(200)?.body;
    assert_eq!(item["name"], "VM;iaasvmcontainerv2;rg-app;Vm1");
    assert!(item["id"].as_str().unwrap().contains("/IaasVMContainer;iaasvmcontainerv2;rg-app;Vm1/"));
    let properties = &item["properties"];
    assert_eq!(properties["protectionState"], "IRPending");
    assert_eq!(properties["lastBackupTime"], "2001-01-01T00:00:00Z");
    assert_eq!(properties["lastBackupStatus"], "");
    assert_eq!(properties["policyName"], "DefaultPolicy");
    assert_eq!(properties["sourceResourceId"], MACHINE);
    Ok(())
}

/// Official: the result of the operation is the item.
#[tokio::test]
async fn the_result_of_protecting_is_the_item() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    let started = azure.put(&item(), protection(json!({}))).await?.expect(202)?;
    let result = started.header("location").context("no result")?.to_owned();
    azure.get(&result).await?.expect(202)?;
    azure.running.advance(200.0);
    let body = azure.get(&result).await?.expect(200)?.body;
    assert_eq!(body["properties"]["protectionState"], "IRPending");
    Ok(())
}

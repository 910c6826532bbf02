//! What is seen of a protected machine from elsewhere: the region, lists, the graph, events.

use anyhow::Result;
use serde_json::{Value, json};

use super::{MACHINE, VAULT, backed_up, estate, item, protected, protection};
use crate::azure::{Azure, SUBSCRIPTION};

fn region(action: &str) -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/providers/Microsoft.RecoveryServices/locations/westeurope/{action}"
    )
}

/// Official: words and members of the status, of the validation and of features.
#[tokio::test]
async fn the_region_tells_whether_a_machine_is_protected() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    let wanted = json!({ "resourceType": "VM", "resourceId": MACHINE });
    let status = async || -> Result<Value> {
        Ok(azure.post(&region("backupStatus"), wanted.clone()).await?.expect(200)?.body)
    };
    let check = json!({ "resourceType": "VM", "resourceId": MACHINE, "vaultId": VAULT, "properties": "{}" });
    let valid = async || -> Result<Value> {
        Ok(azure.post(&region("backupPreValidateProtection"), check.clone()).await?.expect(200)?.body)
    };
    assert_eq!(status().await?["protectionStatus"], "NotProtected");
    assert_eq!(status().await?["protectedItemName"], "vm;iaasvmcontainerv2;rg-app;Vm1");
    assert_eq!(valid().await?["status"], "Succeeded");
    azure.put(&item(), protection(json!({}))).await?.expect(202)?;
    assert_eq!(status().await?["protectionStatus"], "Protecting");
    azure.running.advance(200.0);
    let known = status().await?;
    assert_eq!(
        (&known["protectionStatus"], &known["policyName"]),
        (&json!("Protected"), &json!("DefaultPolicy"))
    );
    assert_eq!((&known["vaultId"], &known["errorCode"]), (&json!(VAULT), &json!("Success")));
    let refused = valid().await?;
    assert_eq!(
        (&refused["status"], &refused["errorCode"]),
        (&json!("Failed"), &json!("VirtualMachineAlreadyProtected"))
    );

    let feature = json!({ "featureType": "AzureVMResourceBackup", "vmSize": "Basic_A0", "vmSku": "Premium" });
    let answer = azure.post(&region("backupValidateFeatures"), feature).await?.expect(200)?.body;
    assert_eq!(answer["supportStatus"], "DefaultOFF");
    Ok(())
}

/// Recorded: filters and members of the lists; field: lists of containers need one; documentation: what is protected is not
/// protectable any more.
#[tokio::test]
async fn lists_show_items_and_containers() -> Result<()> {
    let azure = protected(estate()).await?;
    let list = async |noun: &str, filter: &str| -> Result<Vec<Value>> {
        let body = azure.get(&format!("{VAULT}/{noun}?$filter={filter}")).await?.expect(200)?.body;
        Ok(body["value"].as_array().unwrap().clone())
    };
    let machines = "backupManagementType eq 'AzureIaasVM'";
    assert_eq!(list("backupProtectedItems", &format!("{machines} and itemType eq 'VM'")).await?.len(), 1);
    assert_eq!(list("backupProtectedItems", "policyName eq 'DefaultPolicy'").await?.len(), 1);
    assert_eq!(list("backupProtectedItems", "policyName eq 'gold'").await?.len(), 0);
    assert_eq!(list("backupProtectedItems", "backupManagementType eq 'AzureStorage'").await?.len(), 0);
    let named = format!("{machines} and friendlyName eq 'vm1' and status eq 'Registered'");
    assert_eq!(
        list("backupProtectionContainers", &named).await?[0]["properties"]["virtualMachineId"],
        MACHINE
    );
    assert_eq!(list("backupProtectableItems", machines).await?.len(), 0);
    let refused = azure.get(&format!("{VAULT}/backupProtectionContainers")).await?.expect(400)?;
    assert_eq!(refused.code(), "BMSUserErrorInvalidInput");
    Ok(())
}

/// Official: lists come in pages of two hundred.
#[tokio::test]
async fn long_lists_come_in_pages() -> Result<()> {
    let mut world = estate();
    let machines = (0..205).map(
        |number| json!({ "id": MACHINE.replace("Vm1", &format!("vm{number}")), "location": "westeurope" }),
    );
    world["resources"] = Value::Array(machines.collect());
    let azure = Azure::frozen(world).await?;
    let first = azure
        .get(&format!("{VAULT}/backupProtectableItems?$filter=backupManagementType eq 'AzureIaasVM'"))
        .await?
        .body;
    assert_eq!(first["value"].as_array().unwrap().len(), 200);
    let second = azure.get(first["nextLink"].as_str().unwrap()).await?.expect(200)?.body;
    assert_eq!(second["value"].as_array().unwrap().len(), 5);
    assert!(second.get("nextLink").is_none());
    Ok(())
}

/// Documentation: tables, types and members of the rows.
#[tokio::test]
async fn the_graph_shows_items_jobs_and_policies() -> Result<()> {
    let azure = protected(estate()).await?;
    backed_up(&azure).await?;
    azure.running.advance(60.0);
    let rows = async |query: &str| -> Result<Vec<Value>> {
        let path = "/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01";
        let body = azure
            .post(path, json!({ "subscriptions": [SUBSCRIPTION], "query": query }))
            .await?
            .expect(200)?
            .body;
        Ok(body["data"].as_array().unwrap().clone())
    };
    let of = |kind: &str| {
        format!("recoveryservicesresources | where type == 'microsoft.recoveryservices/vaults/{kind}'")
    };
    let items = rows(&of("backupfabrics/protectioncontainers/protecteditems")).await?;
    let shown = &items[0]["properties"];
    assert_eq!(
        (&shown["protectionState"], &shown["currentProtectionState"]),
        (&json!("Protected"), &json!("Protected"))
    );
    assert_eq!(
        (&shown["sourceResourceId"], &shown["dataSourceInfo"]["resourceID"]),
        (&json!(MACHINE), &json!(MACHINE))
    );
    assert_eq!(
        (&shown["policyName"], &shown["policyInfo"]["name"]),
        (&json!("DefaultPolicy"), &json!("DefaultPolicy"))
    );
    let jobs = rows(&of("backupjobs")).await?;
    assert!(
        jobs.iter()
            .any(|job| job["properties"]["operation"] == "Backup"
                && job["properties"]["status"] == "Completed")
    );
    assert!(rows(&of("backuppolicies")).await?.iter().any(|policy| policy["name"] == "DefaultPolicy"));
    let vaults = rows("resources | where type == 'microsoft.recoveryservices/vaults' | project name").await?;
    assert_eq!(vaults, [json!({ "name": "rsv1" })]);
    Ok(())
}

/// Documentation: writes through ARM are told of by events under the names of their operations.
#[tokio::test]
async fn writes_are_told_of_by_events() -> Result<()> {
    let azure = protected(estate()).await?;
    backed_up(&azure).await?;
    let published = azure.get("/_simulator/events").await?.body["published"].clone();
    let names: Vec<&str> = published
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|event| event["data"]["operationName"].as_str())
        .collect();
    let of = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems";
    for wanted in [format!("{of}/write"), format!("{of}/backup/action")] {
        assert!(names.contains(&wanted.as_str()), "{wanted} is not among {names:?}");
    }
    let state = azure.get("/_simulator/state").await?.body;
    assert_eq!(state["recoveryServicesItems"][0]["currentProtectionState"], "Protected");
    Ok(())
}

/// Official: a point tells of threats to its machine at that time, once the service knows.
#[tokio::test]
async fn a_point_tells_of_threats() -> Result<()> {
    let azure = super::protected(super::estate()).await?;
    super::backed_up(&azure).await?;
    let point = super::points(&azure).await?.remove(0);
    assert!(point["properties"].get("threatStatus").is_none());
    let threat = json!({ "threatTitle": "Ransomware", "threatState": "Active", "threatSeverity": "High" });
    let told = json!({ "point": point["id"], "status": "UnHealthy", "threats": [threat] });
    azure.post("/_simulator/points/threat", told).await?.expect(204)?;
    let shown = super::points(&azure).await?.remove(0);
    assert_eq!(shown["properties"]["threatStatus"], "UnHealthy");
    assert_eq!(shown["properties"]["threatInfo"][0]["threatTitle"], "Ransomware");
    let wrong =
        azure.post("/_simulator/points/threat", json!({ "point": point["id"], "status": "Bad" })).await?;
    assert_eq!(wrong.status, 400);
    Ok(())
}

/// Official: the code. Documentation: names hold no subscription, so a vault takes one machine of a name.
#[tokio::test]
async fn a_machine_of_a_name_that_the_vault_knows_is_refused_before_anything_is_written() -> Result<()> {
    let other = super::MACHINE
        .replace("5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10", "8f1c2f52-47e1-4a0b-8c8e-1f6f6a6f2b01");
    let group = other.split("/providers/").next().unwrap_or_default().to_owned();
    let mut world = super::estate();
    world["resourceGroups"].as_array_mut().unwrap().push(json!({ "id": group, "location": "westeurope" }));
    world["resources"].as_array_mut().unwrap().push(json!({ "id": other, "location": "westeurope" }));
    world["machinesOfOtherSubscriptions"] = json!(true);
    let azure = super::protected(world).await?;
    let asked =
        json!({ "resourceType": "VM", "resourceId": other, "vaultId": super::VAULT, "properties": "{}" });
    let told = azure.post(&region("backupPreValidateProtection"), asked).await?.expect(200)?.body;
    assert_eq!(
        (&told["status"], &told["errorCode"]),
        (&json!("Failed"), &json!("VirtualMachineAlreadyProtected"))
    );
    Ok(())
}

//! Registering a machine with database servers, and what is found in it.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{SERVER, VAULT, container, estate, over, protectable, register, registration};
use crate::azure::{Azure, GROUP};

async fn found(azure: &Azure, workload: &str) -> Result<Vec<Value>> {
    let listed = azure.get(&protectable(workload)).await?.expect(200)?.body;
    Ok(listed["value"].as_array().context("no list")?.clone())
}

/// Recorded: twelve minutes of empty answers, then the container with what an inquiry has found.
#[tokio::test]
async fn a_registration_takes_its_twelve_minutes_and_finds_the_databases() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    let free = format!(
        "{VAULT}/backupFabrics/Azure/protectableContainers?$filter=backupManagementType eq 'AzureWorkload'"
    );
    let names = |body: &Value| body["value"].as_array().map_or(0, Vec::len);
    assert_eq!(names(&azure.get(&free).await?.body), 2);
    let started = azure.put(&container(SERVER), registration(SERVER, "SQLDataBase")).await?.expect(202)?;
    assert_eq!(started.body, json!({}));
    let result = started.header("location").context("no result")?.to_owned();
    azure.running.advance(700.0);
    let waiting = azure.get(&result).await?.expect(202)?;
    assert_eq!(waiting.body, json!({}));
    azure.running.advance(100.0);
    let body = azure.get(&result).await?.expect(200)?.body;
    assert!(body.get("type").is_none());
    let properties = &body["properties"];
    assert_eq!(properties["registrationStatus"], "Registered");
    assert_eq!(properties["extendedInfo"]["hostServerName"], "sql1");
    let inquiry = &properties["extendedInfo"]["inquiryInfo"]["inquiryDetails"][0];
    assert_eq!((&inquiry["type"], &inquiry["itemCount"]), (&json!("SQL"), &json!(5)));
    assert_eq!(names(&azure.get(&free).await?.body), 1);

    let found = found(&azure, "SQLDataBase").await?;
    let named: Vec<&str> = found.iter().filter_map(|item| item["name"].as_str()).collect();
    assert_eq!(
        named,
        [
            "sqlinstance;mssqlserver",
            "sqldatabase;mssqlserver;master",
            "sqldatabase;mssqlserver;model",
            "sqldatabase;mssqlserver;msdb",
            "sqldatabase;mssqlserver;notes",
            "sqldatabase;mssqlserver;shop"
        ]
    );
    let instance = &found[0]["properties"];
    assert_eq!((&instance["isAutoProtectable"], &instance["IsProtectable"]), (&json!(true), &json!(false)));
    assert_eq!(instance["prebackupvalidation"], json!({ "status": "Success", "code": "Success" }));
    assert_eq!(
        (&instance["workloadType"], &found[4]["properties"]["IsProtectable"]),
        (&json!("SQL"), &json!(true))
    );
    Ok(())
}

/// Recorded: the service tells before anything is protected that it lacks rights in the guest.
#[tokio::test]
async fn what_keeps_the_service_out_is_told_before_anything_is_protected() -> Result<()> {
    let mut world = estate();
    world["guests"][0]["instances"][0]["trouble"] = json!("UserErrorSQLNoSysadminMembership");
    let azure = Azure::frozen(world).await?;
    register(&azure, SERVER, "SQLDataBase").await?;
    let found = found(&azure, "SQLDataBase").await?;
    assert_eq!(found.len(), 1, "the databases cannot be seen");
    let validation = &found[0]["properties"]["prebackupvalidation"];
    assert_eq!(
        (&validation["status"], &validation["code"]),
        (&json!("Failed"), &json!("UserErrorSQLNoSysadminMembership"))
    );
    let started = azure.put(&super::item("shop"), super::protection(json!({}))).await?.expect(202)?;
    let status = over(&azure, &started).await?;
    assert_eq!(
        (&status["status"], &status["error"]["code"]),
        (&json!("Failed"), &json!("UserErrorSQLNoSysadminMembership"))
    );
    Ok(())
}

/// Documentation: a database that came later is found by another inquiry. Recorded: 202 and then 204.
#[tokio::test]
async fn a_new_database_is_found_by_another_inquiry() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    register(&azure, SERVER, "SQLDataBase").await?;
    let guest = json!({ "machine": SERVER, "instances": [{ "engine": "sql", "name": "MSSQLSERVER", "databases": [{ "name": "New" }] }] });
    azure.post("/_simulator/guests", guest).await?.expect(204)?;
    assert!(
        !found(&azure, "SQLDataBase").await?.iter().any(|item| item["properties"]["friendlyName"] == "New")
    );
    let ask = format!(
        "{}/inquire?$filter=backupManagementType eq 'AzureWorkload' and workloadType eq 'SQLDataBase'",
        container(SERVER)
    );
    let started = azure.post(&ask, json!(null)).await?.expect(202)?;
    over(&azure, &started).await?;
    azure.get(started.header("location").context("no result")?).await?.expect(204)?;
    assert!(
        found(&azure, "SQLDataBase").await?.iter().any(|item| item["properties"]["friendlyName"] == "New")
    );
    Ok(())
}

/// Official: what is in a server, with the folders of its instances, for whoever maps files of a restore.
#[tokio::test]
async fn a_container_lists_its_instances_with_their_folders() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    register(&azure, SERVER, "SQLDataBase").await?;
    let list = format!(
        "{}/items?$filter=backupManagementType eq 'AzureWorkload' and workloadItemType eq 'SQLInstance'",
        container(SERVER)
    );
    let items = azure.get(&list).await?.expect(200)?.body;
    assert_eq!(items["value"].as_array().map(Vec::len), Some(1));
    let folders = &items["value"][0]["properties"]["dataDirectoryPaths"];
    assert_eq!(folders[0], json!({ "type": "Data", "path": "F:\\Data\\" }));
    Ok(())
}

/// Official: the list and the kind. It is as old as the last look: a database that was dropped is on it until the next one, and one that
/// is protected stays on it.
#[tokio::test]
async fn a_container_lists_the_databases_that_the_last_look_found() -> Result<()> {
    let azure = super::protected(estate(), "shop").await?;
    let list = format!(
        "{}/items?$filter=backupManagementType eq 'AzureWorkload' and workloadItemType eq 'SQLDataBase'",
        container(SERVER)
    );
    let is_listed = async || -> Result<bool> {
        let items = azure.get(&list).await?.expect(200)?.body;
        let items = items["value"].as_array().context("no list")?.clone();
        Ok(items.iter().any(|item| item["properties"]["friendlyName"] == "Shop"))
    };
    assert!(is_listed().await?);
    let dropped = json!({ "machine": SERVER, "instances": [{ "engine": "sql", "name": "MSSQLSERVER", "databases": [] }] });
    azure.post("/_simulator/guests", dropped).await?;
    assert!(is_listed().await?);
    let ask = format!(
        "{}/inquire?$filter=backupManagementType eq 'AzureWorkload' and workloadType eq 'SQLDataBase'",
        container(SERVER)
    );
    let started = azure.post(&ask, json!(null)).await?.expect(202)?;
    over(&azure, &started).await?;
    assert!(!is_listed().await?);
    azure.get(&super::item("shop")).await?.expect(200)?;
    Ok(())
}

/// Documentation: a machine that is off or of another region cannot be registered; the failure is the operation's or the call's.
#[tokio::test]
async fn a_machine_that_is_off_or_far_cannot_be_registered() -> Result<()> {
    let mut world = estate();
    world["resources"][0]["properties"] =
        json!({ "instanceView": { "statuses": [{ "code": "PowerState/deallocated" }] } });
    world["resources"][1]["location"] = json!("eastus");
    let azure = Azure::frozen(world).await?;
    let started = azure.put(&container(SERVER), registration(SERVER, "SQLDataBase")).await?.expect(202)?;
    assert_eq!(over(&azure, &started).await?["error"]["code"], "VMNotInRunningStateUserError");
    azure.get(&container(SERVER)).await?.expect(404)?;
    let far = azure.put(&container(super::HANA), registration(super::HANA, "SAPHanaDatabase")).await?;
    assert_eq!((far.status, far.code()), (400, "BMSUserErrorInvalidInput"));
    let other = azure.put(&container(SERVER), registration(SERVER, "VM")).await?;
    assert_eq!((other.status, other.code()), (400, "BMSUserErrorInvalidInput"));
    Ok(())
}

/// Recorded: registering again takes less, and needs what was registered; another vault is refused (documentation).
#[tokio::test]
async fn a_machine_is_registered_again_but_with_one_vault_only() -> Result<()> {
    let mut world = estate();
    let other = format!("{GROUP}/providers/Microsoft.RecoveryServices/vaults/rsv2");
    world["vaults"]
        .as_array_mut()
        .context("no vaults")?
        .push(json!({ "id": other, "location": "westeurope" }));
    let azure = Azure::frozen(world).await?;
    let mut again = registration(SERVER, "SQLDataBase");
    again["properties"]["operationType"] = json!("Reregister");
    assert_eq!(azure.put(&container(SERVER), again.clone()).await?.status, 400);
    register(&azure, SERVER, "SQLDataBase").await?;
    let started = azure.put(&container(SERVER), again).await?.expect(202)?;
    azure.running.advance(490.0);
    azure.get(started.header("location").context("no result")?).await?.expect(200)?;
    let there = container(SERVER).replace("/rsv1/", "/rsv2/");
    let refused = azure.put(&there, registration(SERVER, "SQLDataBase")).await?;
    assert_eq!((refused.status, refused.code()), (400, "BMSUserErrorInvalidInput"));
    Ok(())
}

/// Recorded: 202, empty objects, 204; and a `Location` with two question marks that leads nowhere.
#[tokio::test]
async fn a_server_without_items_is_unregistered() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    register(&azure, SERVER, "SQLDataBase").await?;
    super::protect(&azure, "shop").await?;
    let refused = azure.delete(&container(SERVER)).await?;
    assert_eq!((refused.status, refused.code()), (400, "BMSUserErrorContainerHasDatasources"));
    let started = azure.delete(&super::item("shop")).await?.expect(202)?;
    over(&azure, &started).await?;
    let started = azure.delete(&container(SERVER)).await?.expect(202)?;
    assert!(started.header("location").context("no result")?.contains("?fabricName=Azure?api-version="));
    over(&azure, &started).await?;
    azure.get(&container(SERVER)).await?.expect(404)?;
    Ok(())
}

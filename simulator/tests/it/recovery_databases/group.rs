//! Availability groups of SQL Server.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{SERVER, VAULT, backed_up, estate, over, properties, protectable, register};
use crate::azure::Azure;

fn second() -> String {
    SERVER.replace("sql1", "sql2")
}

fn world() -> Value {
    let mut world = estate();
    world["resources"].as_array_mut().unwrap().push(json!({ "id": second(), "location": "westeurope" }));
    world["guests"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "machine": second(), "instances": [{ "engine": "sql", "name": "MSSQLSERVER" }] }));
    world["availabilityGroups"] =
        json!([{ "name": "ag1", "nodes": [SERVER, second()], "databases": [{ "name": "Orders" }] }]);
    world
}

/// Documentation: the container of a group appears by itself once all of its nodes are registered. Field: its names.
#[tokio::test]
async fn a_group_appears_with_its_last_node_and_has_databases_of_its_own() -> Result<()> {
    let azure = Azure::frozen(world()).await?;
    register(&azure, SERVER, "SQLDataBase").await?;
    let named =
        |body: &Value, name: &str| body["value"].as_array().unwrap().iter().any(|one| one["name"] == name);
    let group = "sqlavailabilitygroupcontainer;ag1";
    assert!(!named(&azure.get(&protectable("SQLDataBase")).await?.body, group));
    register(&azure, &second(), "SQLDataBase").await?;
    let found = azure.get(&protectable("SQLDataBase")).await?.body;
    assert!(named(&found, group) && named(&found, "sqldatabase;ag1;orders"));
    let list = format!("{VAULT}/backupProtectionContainers?$filter=backupManagementType eq 'AzureWorkload'");
    let containers = azure.get(&list).await?.body;
    let one = containers["value"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["properties"]["containerType"] == "SQLAGWorkLoadContainer");
    let one = one.context("no container of the group")?;
    assert_eq!(one["properties"]["extendedInfo"]["nodesList"].as_array().map(Vec::len), Some(2));
    let item = format!("{}/protectedItems/SQLDataBase;ag1;Orders", one["id"].as_str().unwrap());
    let started = azure.put(&item, super::protection(json!({}))).await?.expect(202)?;
    assert_eq!(over(&azure, &started).await?["status"], "Succeeded");
    assert_eq!(backed_up(&azure, &item, "Full").await?["status"], "Completed");
    let shown = properties(&azure, &item).await?;
    assert_eq!(
        (&shown["parentName"], &shown["parentType"]),
        (&json!("ag1"), &json!("AzureVmWorkloadSQLAvailabilityGroup"))
    );
    assert_eq!(shown["nodesList"][0]["sourceResourceId"], SERVER);
    Ok(())
}

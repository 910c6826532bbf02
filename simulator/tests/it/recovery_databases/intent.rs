//! Protection intents.

use anyhow::Result;
use serde_json::{Value, json};

use super::{DAY, SERVER, VAULT, container, estate, item, properties, protect, protectable, register};
use crate::azure::Azure;
use crate::recovery_machines::MACHINE;

const NAME: &str = "0f4c2b1e-7a44-4b27-9a55-3b2d1c0e9f88";

fn intent(name: &str) -> String {
    format!("{VAULT}/backupFabrics/Azure/backupProtectionIntent/{name}")
}

fn wanted() -> Value {
    json!({ "properties": {
        "protectionIntentItemType": "RecoveryServiceVaultItem", "backupManagementType": "AzureWorkload",
        "itemId": format!("{}/protectableItems/sqlinstance;mssqlserver", container(SERVER).to_lowercase()),
        "policyId": format!("{VAULT}/backupPolicies/sql"),
    } })
}

fn list() -> String {
    format!(
        "{VAULT}/backupProtectionIntents?$filter=backupManagementType eq 'AzureWorkload' and itemType eq 'SQLInstance' and itemName eq 'mssqlserver' and parentName eq 'VMAppContainer;Compute;rg-app;sql1'"
    )
}

/// Recorded: the answers. Documentation: what is there and what comes later is protected; what was protected stays as it is, also
/// when the intent is taken back.
#[tokio::test]
async fn an_instance_is_protected_by_itself() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    register(&azure, SERVER, "SQLDataBase").await?;
    protect(&azure, "shop").await?;
    let made = azure.put(&intent(NAME), wanted()).await?.expect(200)?.body;
    assert_eq!(made["properties"]["protectionState"], "NotProtected");
    assert!(
        made["properties"]["itemId"]
            .as_str()
            .unwrap()
            .ends_with("/Compute;rg-app;sql1/protectableItems/MSSQLSERVER")
    );
    let found = azure.get(&protectable("SQLDataBase")).await?.body;
    assert_eq!(found["value"][0]["properties"]["isAutoProtected"], true);
    assert_eq!(azure.get(&list()).await?.body["value"].as_array().map(Vec::len), Some(1));
    azure.running.advance(200.0);
    for name in ["master", "notes"] {
        assert_eq!(properties(&azure, &item(name)).await?["protectionState"], "IRPending", "{name}");
    }
    let more = json!({ "machine": SERVER, "instances": [{ "engine": "sql", "name": "MSSQLSERVER", "databases": [
        { "name": "Shop" }, { "name": "Later" }] }] });
    azure.post("/_simulator/guests", more).await?.expect(204)?;
    azure.running.advance(DAY / 3.0 + 200.0);
    properties(&azure, &item("later")).await?;
    azure.delete(&intent(NAME)).await?.expect(204)?;
    assert_eq!(azure.get(&list()).await?.body["value"], json!([]));
    properties(&azure, &item("later")).await?;
    Ok(())
}

/// Documentation: only an instance or a group of SQL Server can be protected by itself, by a policy of its kind.
#[tokio::test]
async fn an_intent_for_something_else_is_refused() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    register(&azure, SERVER, "SQLDataBase").await?;
    for (name, value) in [
        ("itemId", json!(format!("{}/protectableItems/sqldatabase;mssqlserver;shop", container(SERVER)))),
        ("policyId", json!(format!("{VAULT}/backupPolicies/DefaultPolicy"))),
        ("policyId", json!(format!("{VAULT}/backupPolicies/hana"))),
        ("policyId", json!(format!("{VAULT}2/backupPolicies/sql"))),
        ("protectionIntentItemType", json!("Other")),
    ] {
        let mut body = wanted();
        body["properties"][name] = value;
        let refused = azure.put(&intent(NAME), body).await?;
        assert_eq!((refused.status, refused.code()), (400, "BMSUserErrorInvalidInput"), "{name}");
    }
    Ok(())
}

/// Official: a virtual machine by its intent. Field: that another vault has it already only the job tells.
#[tokio::test]
async fn an_intent_protects_a_machine_unless_another_vault_has_it() -> Result<()> {
    let mut world = crate::recovery_machines::estate();
    let other = VAULT.replace("rsv1", "rsv2");
    world["vaults"].as_array_mut().unwrap().push(json!({ "id": other, "location": "westeurope" }));
    let azure = Azure::frozen(world).await?;
    let body = |vault: &str| json!({ "properties": { "protectionIntentItemType": "AzureResourceItem", "sourceResourceId": MACHINE, "policyId": format!("{vault}/backupPolicies/DefaultPolicy") } });
    let name = intent("vm;iaasvmcontainerv2;rg-app;Vm1");
    azure.put(&name, body(VAULT)).await?.expect(200)?;
    azure.running.advance(200.0);
    assert_eq!(crate::recovery_machines::properties(&azure).await?["protectionState"], "IRPending");
    assert_eq!(azure.get(&name).await?.body["properties"]["protectionState"], "Protected");
    azure.put(&name, body(VAULT)).await?.expect(200)?;
    azure.running.advance(200.0);
    let jobs = azure.get(&format!("{VAULT}/backupJobs?$filter=operation eq 'ConfigureBackup'")).await?.body;
    assert_eq!(jobs["value"].as_array().map(Vec::len), Some(1), "once more changes nothing");
    azure.put(&name.replace("rsv1", "rsv2"), body(&other)).await?.expect(200)?;
    azure.running.advance(200.0);
    let jobs = azure.get(&format!("{other}/backupJobs?$filter=operation eq 'ConfigureBackup'")).await?.body;
    assert_eq!(jobs["value"][0]["properties"]["status"], "Failed");
    assert!(
        jobs["value"][0]["properties"]["errorDetails"][0]["errorString"]
            .as_str()
            .unwrap()
            .contains("another recovery services vault")
    );
    Ok(())
}

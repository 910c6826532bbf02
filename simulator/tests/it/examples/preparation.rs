//! What an example presupposes: its vault, and a protected database of a single server under the instance's name.

use anyhow::Result;
use serde_json::{Value, json};

use super::Example;
use crate::azure::Azure;

const SOURCES: &str = "/subscriptions/f75d8d8b-6735-4697-82e1-1a7a3ff0d5d4/resourceGroups/viveksipgtest";
const LAKES: &str = "/subscriptions/54707983-993e-43de-8d94-074451394eda/resourceGroups/adlsrg";
const GUARDS: &str =
    "/subscriptions/f9e67185-f313-4e79-aa71-6458d429369d/resourceGroups/ResourceGuardSecurityAdminRG";
const DATABASES: &str = "Microsoft.DBforPostgreSQL/servers/databases";

fn server() -> String {
    format!("{SOURCES}/providers/Microsoft.DBforPostgreSQL/servers/viveksipgtest")
}

fn text<'a>(example: &'a Example, name: &str) -> &'a str {
    example.content["parameters"][name].as_str().unwrap_or_default()
}

fn group(example: &Example) -> String {
    format!(
        "/subscriptions/{}/resourceGroups/{}",
        text(example, "subscriptionId"),
        text(example, "resourceGroupName")
    )
}

fn vault(example: &Example) -> Option<String> {
    let name = Some(text(example, "vaultName")).filter(|name| !name.is_empty())?;
    Some(format!("{}/providers/Microsoft.DataProtection/backupVaults/{name}", group(example)))
}

/// The estate in which an example makes sense.
pub(super) fn estate(example: &Example) -> Value {
    let mut groups = vec![SOURCES.to_owned(), LAKES.to_owned(), GUARDS.to_owned()];
    if !text(example, "resourceGroupName").is_empty() && !groups.contains(&group(example)) {
        groups.push(group(example));
    }
    let makes_vault = example.method == "PUT" && example.path.ends_with("/{vaultName}");
    let vault = vault(example).filter(|_| !makes_vault);
    let keys = format!("{SOURCES}/providers/Microsoft.KeyVault/vaults/samplevault");
    let lake = format!("{LAKES}/providers/Microsoft.Storage/storageAccounts/adlsstorageaccount");
    json!({
        "resourceGroups": groups.iter().map(|id| json!({ "id": id, "location": "westus" })).collect::<Vec<_>>(),
        "vaults": vault.iter().map(|id| json!({ "id": id, "location": "westus" })).collect::<Vec<_>>(),
        "policies": vault.iter().flat_map(|id| [
            json!({ "vault": id, "name": "PratikPolicy1", "properties": policy(DATABASES, "Full") }),
            json!({ "vault": id, "name": "adlspolicy",
                    "properties": policy("Microsoft.Storage/storageAccounts/adlsBlobServices", "Discrete") }),
        ]).collect::<Vec<_>>(),
        "resources": [
            { "id": server(), "location": "westus" },
            { "id": format!("{}/databases/testdb", server()) },
            { "id": keys, "location": "westus", "properties": { "enableRbacAuthorization": true } },
            { "id": format!("{keys}/secrets/credentials") },
            { "id": lake, "location": "westus", "properties": { "isHnsEnabled": true } },
        ],
        "roleAssignments": vault.iter().flat_map(|id| {
            let to = |scope: &str, role: &str| json!({ "scope": scope, "role": role, "principal": format!("vault:{id}") });
            [to(SOURCES, "Reader"), to(SOURCES, "Key Vault Secrets User"), to(LAKES, "Storage Account Backup Contributor")]
        }).collect::<Vec<_>>(),
    })
}

fn policy(kind: &str, backup: &str) -> Value {
    let tag = |name: &str, priority: u8| {
        json!({ "isDefault": name == "Default", "taggingPriority": priority, "tagInfo": { "tagName": name, "id": format!("{name}_") },
                "criteria": [{ "objectType": "ScheduleBasedBackupCriteria", "absoluteCriteria": ["FirstOfYear"] }] })
    };
    let keep = |name: &str, duration: &str| {
        json!({ "objectType": "AzureRetentionRule", "name": name, "isDefault": name == "Default",
                "lifecycles": [{ "deleteAfter": { "objectType": "AbsoluteDeleteOption", "duration": duration },
                                 "sourceDataStore": { "dataStoreType": "VaultStore", "objectType": "DataStoreInfoBase" } }] })
    };
    let rule = json!({
        "objectType": "AzureBackupRule", "name": "BackupWeekly",
        "backupParameters": { "objectType": "AzureBackupParams", "backupType": backup },
        "dataStore": { "dataStoreType": "VaultStore", "objectType": "DataStoreInfoBase" },
        "trigger": { "objectType": "ScheduleBasedTriggerContext",
                     "schedule": { "repeatingTimeIntervals": ["R/2024-01-01T02:00:00+00:00/P1W"] },
                     "taggingCriteria": [tag("Default", 99), tag("yearly", 10)] },
    });
    json!({ "objectType": "BackupPolicy", "datasourceTypes": [kind],
            "policyRules": [rule, keep("Default", "P7D"), keep("yearly", "P5Y")] })
}

/// Protects the database under the name of the example's instance, and does with it what the table says; the name of the
/// recovery point that exists then, if any.
pub(super) async fn bring_about(
    azure: &Azure,
    example: &Example,
    before: Option<&String>,
) -> Result<Option<String>> {
    guard(azure, example).await?;
    let makes_it = example.method == "PUT";
    let name = Some(text(example, "backupInstanceName")).filter(|name| !name.is_empty() && !makes_it);
    let name = name.or_else(|| before.map(|_| "testInstance1"));
    let (Some(name), Some(vault)) = (name, vault(example)) else { return Ok(None) };
    let instance = format!("{vault}/backupInstances/{name}");
    let source = format!("{}/databases/testdb", server());
    let properties = json!({
        "objectType": "BackupInstance", "friendlyName": "viveksipgtest\\testdb",
        "dataSourceInfo": { "objectType": "Datasource", "resourceID": source, "resourceName": "testdb", "resourceType": DATABASES,
            "resourceUri": "", "resourceLocation": "westus", "datasourceType": DATABASES },
        "datasourceAuthCredentials": { "objectType": "SecretStoreBasedAuthCredentials", "secretStoreResource": {
            "secretStoreType": "AzureKeyVault", "uri": "https://samplevault.vault.azure.net/secrets/credentials" } },
        "policyInfo": { "policyId": format!("{vault}/backupPolicies/PratikPolicy1") },
    });
    azure.put(&instance, json!({ "properties": properties })).await?.expect(201)?;
    azure.running.advance(60.0);
    if let Some(action) = before {
        match action.as_str() {
            "delete" => azure.delete(&instance).await?.expect(202)?,
            "backup" => {
                let rule =
                    json!({ "backupRuleOptions": { "ruleName": "BackupWeekly", "triggerOption": {} } });
                azure.post(&format!("{instance}/backup"), rule).await?.expect(202)?
            }
            action => azure.post(&format!("{instance}/{action}"), json!({})).await?.expect(202)?,
        };
        azure.running.advance(600.0);
    }
    let points = azure.get(&format!("{instance}/recoveryPoints")).await?.body;
    Ok(points["value"][0]["name"].as_str().map(str::to_owned))
}

/// Makes the resource guard that an example names, and ties its vault to one where it names a tie that is there already.
async fn guard(azure: &Azure, example: &Example) -> Result<()> {
    let named = |name: &str| Some(text(example, name)).filter(|name| !name.is_empty());
    let makes_it = example.method == "PUT";
    let body = json!({ "location": "westus" });
    if let Some(name) = named("resourceGuardsName").filter(|_| !makes_it) {
        let guard = format!("{}/providers/Microsoft.DataProtection/resourceGuards/{name}", group(example));
        azure.put(&guard, body.clone()).await?.expect(200)?;
    }
    if let (Some(name), Some(vault)) = (named("resourceGuardProxyName"), vault(example)) {
        let guard =
            format!("{GUARDS}/providers/Microsoft.DataProtection/resourceGuards/ResourceGuardTestResource");
        azure.put(&guard, body).await?.expect(200)?;
        if !makes_it {
            let tie = json!({ "properties": { "resourceGuardResourceId": guard } });
            azure.put(&format!("{vault}/backupResourceGuardProxies/{name}"), tie).await?.expect(200)?;
        }
    }
    Ok(())
}

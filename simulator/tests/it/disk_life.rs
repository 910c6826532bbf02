//! A disk from nothing to a recovery point and back.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::azure::{Azure, DISK, GROUP, SUBSCRIPTION, VAULT, disk_instance, disk_policy, estate, instance};

const FAST: f64 = 100.0;

#[tokio::test]
async fn a_disk_is_made_granted_protected_backed_up_and_let_go() -> Result<()> {
    let azure = Azure::start(FAST, json!({ "propagationSeconds": 60.0 })).await?;
    azure.put(GROUP, json!({ "location": "westeurope" })).await?.expect(201)?;
    azure.put(DISK, json!({ "location": "West Europe", "properties": {} })).await?.expect(201)?;

    let vault = json!({
        "location": "westeurope", "identity": { "type": "SystemAssigned" },
        "properties": { "storageSettings": [{ "datastoreType": "VaultStore", "type": "LocallyRedundant" }],
                        "securitySettings": { "softDeleteSettings": { "state": "Off" } } },
    });
    let started = azure.put(VAULT, vault).await?.expect(201)?;
    assert_eq!(started.body["properties"]["provisioningState"], "Provisioning");
    assert_eq!(azure.follow(&started).await?["status"], "Succeeded");
    let vault = azure.get(VAULT).await?.body;
    assert_eq!(vault["properties"]["provisioningState"], "Succeeded");
    let principal = vault["identity"]["principalId"].as_str().context("no principal")?;

    let policy = json!({ "properties": disk_policy() });
    azure.put(&format!("{VAULT}/backupPolicies/disks"), policy).await?.expect(200)?;

    let refused = validated(&azure).await?;
    assert_eq!(refused["error"]["code"], "UserErrorMissingRequiredPermissions");
    let detail = refused["error"]["additionalInfo"][0]["info"]["innerError"]["additionalInfo"]["DetailedNonLocalisedMessage"]
        .as_str()
        .context("no detail")?;
    assert!(detail.contains("Disk Backup Reader") && detail.contains(DISK), "{detail}");

    grant(&azure, DISK, "3e5e47e6-65f7-47ef-90b5-e5dd4d455f24", principal).await?;
    grant(&azure, GROUP, "7efff54f-a5b4-42b5-a1c5-5411624893ce", principal).await?;
    assert_eq!(validated(&azure).await?["status"], "Failed", "the roles are there, but do not count yet");
    let mut refusals = 0;
    while validated(&azure).await?["status"] != "Succeeded" {
        refusals += 1;
        assert!(refusals < 50, "the roles never count");
    }

    let started = azure.put(&instance(), json!({ "properties": disk_instance() })).await?.expect(201)?;
    assert_eq!(started.body["properties"]["currentProtectionState"], "ConfiguringProtection");
    assert_eq!(azure.follow(&started).await?["status"], "Succeeded");
    azure.until(&instance(), "/properties/currentProtectionState", "ProtectionConfigured").await?;

    let backup = json!({ "backupRuleOptions": { "ruleName": "BackupDaily", "triggerOption": {} } });
    let started = azure.post(&format!("{}/backup", instance()), backup).await?.expect(202)?;
    let job = azure.follow(&started).await?["properties"]["jobId"].as_str().context("no job")?.to_owned();
    assert_eq!(azure.get(&job).await?.body["properties"]["status"], "InProgress");
    azure.until(&job, "/properties/status", "Completed").await?;
    let points = azure.get(&format!("{}/recoveryPoints?$filter=", instance())).await?.expect(200)?.body;
    assert_eq!(points["value"].as_array().map(Vec::len), Some(1));
    let snapshots = azure.get(&format!("{GROUP}/providers/Microsoft.Compute/snapshots")).await?.body;
    assert_eq!(snapshots["value"].as_array().map(Vec::len), Some(1), "the backup is a snapshot in the group");

    let started = azure.delete(&instance()).await?.expect(202)?;
    azure.follow(&started).await?;
    azure.get(&instance()).await?.expect(404)?;
    azure.delete(&instance()).await?.expect(204)?;
    let started = azure.delete(VAULT).await?.expect(202)?;
    assert_eq!(azure.follow(&started).await?["status"], "Succeeded");
    azure.get(VAULT).await?.expect(404)?;
    Ok(())
}

async fn validated(azure: &Azure) -> Result<Value> {
    let request = json!({ "backupInstance": disk_instance() });
    let started = azure.post(&format!("{VAULT}/validateForBackup"), request).await?.expect(202)?;
    azure.follow(&started).await
}

async fn grant(azure: &Azure, scope: &str, role: &str, principal: &str) -> Result<()> {
    let name = uuid_like(scope.len());
    let body = json!({ "properties": {
        "roleDefinitionId": format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}"),
        "principalId": principal, "principalType": "ServicePrincipal",
    }});
    azure
        .put(&format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"), body)
        .await?
        .expect(201)?;
    Ok(())
}

fn uuid_like(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

#[tokio::test]
async fn a_database_of_a_single_server_goes_by_an_operation_of_its_provider() -> Result<()> {
    let server = format!("{GROUP}/providers/Microsoft.DBforPostgreSQL/servers/pg1");
    let database = format!("{server}/databases/shop-restored");
    let mut world = estate();
    world["resources"]
        .as_array_mut()
        .unwrap()
        .extend([json!({ "id": server, "location": "westeurope" }), json!({ "id": database })]);
    let azure = Azure::frozen(world).await?;
    let started = azure.delete(&format!("{database}?api-version=2017-12-01")).await?.expect(202)?;
    let below = "/providers/Microsoft.DBforPostgreSQL/locations/westeurope/";
    let urls = [("azure-asyncoperation", "azureAsyncOperation"), ("location", "operationResults")]
        .map(|(header, noun)| (started.header(header).unwrap().to_owned(), format!("{below}{noun}/")));
    for (url, part) in &urls {
        assert!(url.contains(part.as_str()), "{url}");
    }
    let [(status, _), (result, _)] = urls;
    assert_eq!(azure.get(&status).await?.expect(200)?.body["status"], "InProgress");
    azure.get(&result).await?.expect(202)?;
    azure.get(&database).await?.expect(200)?;
    azure.running.advance(5.0);
    assert_eq!(azure.get(&status).await?.expect(200)?.body["status"], "Succeeded");
    azure.get(&result).await?.expect(200)?;
    azure.get(&database).await?.expect(404)?;
    azure.get(&server).await?.expect(200)?;
    Ok(())
}

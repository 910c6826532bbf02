//! What protecting a virtual machine is refused for.

use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};

use super::{MACHINE, VAULT, estate, item, item_of, over, policy, properties, protected, protection};
use crate::azure::{Azure, GROUP};
use crate::recovery_databases::{daily, daily_for};

const OTHER: &str = "9c1d3b77-0f4e-4f6a-8f5e-0a6de7c1b222";

fn add(world: &mut Value, list: &str, one: Value) {
    world[list].as_array_mut().unwrap().push(one);
}

async fn code(azure: &Azure, path: &str, body: Value) -> Result<String> {
    Ok(azure.put(path, body).await?.expect(400)?.code().to_owned())
}

/// Field: code and text of an item that is not there.
#[tokio::test]
async fn an_item_that_is_not_there_is_not_found() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    let refused = azure.get(&item()).await?.expect(404)?;
    assert_eq!(refused.code(), "BMSUserErrorDataSourceObjectNotFound");
    assert!(refused.body["error"]["innerError"].is_null() && refused.body["error"].get("target").is_some());
    azure.delete(&item()).await?.expect(204)?;
    Ok(())
}

/// Field: the code of names, source and type that do not fit together.
#[tokio::test]
async fn names_source_and_type_must_fit_together() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    let wrong = "BMSUserErrorInvalidConfigureProtectionRequest";
    assert_eq!(code(&azure, &item_of(VAULT, "rg-app", "other"), protection(json!({}))).await?, wrong);
    let nowhere = format!("{VAULT}/backupFabrics/Azure/protectionContainers/Vm1/protectedItems/Vm1");
    assert_eq!(code(&azure, &nowhere, protection(json!({}))).await?, wrong);
    let share = json!({ "protectedItemType": "AzureFileShareProtectedItem" });
    assert_eq!(code(&azure, &item(), protection(share)).await?, wrong);
    assert_eq!(code(&azure, &item(), json!({ "properties": {} })).await?, wrong);
    Ok(())
}

/// Field: the code of another workload's policy, and the general one.
#[tokio::test]
async fn the_policy_must_be_one_of_the_vault_for_machines() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    let with = |policy: String| protection(json!({ "policyId": policy }));
    let hourly = code(&azure, &item(), with(policy("HourlyLogBackup"))).await?;
    assert_eq!(hourly, "BMSUserErrorInvalidPolicyForGivenProvider");
    assert_eq!(code(&azure, &item(), with(policy("nobody"))).await?, "BMSUserErrorInvalidInput");
    let elsewhere = policy("DefaultPolicy").replace("rsv1", "rsv2");
    assert_eq!(code(&azure, &item(), with(elsewhere)).await?, "BMSUserErrorInvalidInput");
    assert_eq!(code(&azure, &item(), with(String::new())).await?, "BMSUserErrorInvalidInput");
    Ok(())
}

/// Official: that it is refused. Nobody wrote down the code, nor that snapshots are meant.
#[tokio::test]
async fn an_immutable_vault_takes_no_policy_that_keeps_less_in_it() -> Result<()> {
    let keeping = |days: u64, snapshots: u64| {
        json!({ "properties": { "backupManagementType": "AzureIaasVM", "timeZone": "UTC", "schedulePolicy": daily(),
            "retentionPolicy": daily_for(days), "instantRpRetentionRangeInDays": snapshots } })
    };
    let refused = "UserErrorOperationNotAllowedOnImmutableVault";
    for immutability in ["Unlocked", "Disabled"] {
        let mut world = estate();
        world["vaults"][0]["immutability"] = json!(immutability);
        let azure = protected(world).await?;
        azure.put(&policy("less"), keeping(14, 2)).await?.expect(200)?;
        azure.put(&policy("more"), keeping(60, 1)).await?.expect(200)?;
        let under = |name: &str| protection(json!({ "policyId": policy(name) }));
        if immutability == "Unlocked" {
            assert_eq!(code(&azure, &item(), under("less")).await?, refused);
            assert_eq!(code(&azure, &policy("less"), keeping(13, 2)).await?, refused);
            azure.put(&policy("less"), keeping(20, 1)).await?.expect(200)?;
            azure.put(&item(), under("more")).await?.expect(202)?;
        } else {
            azure.put(&policy("less"), keeping(13, 2)).await?.expect(200)?;
            azure.put(&item(), under("less")).await?.expect(202)?;
        }
    }
    Ok(())
}

/// Documentation: that it cannot be; field: the general code.
#[tokio::test]
async fn a_machine_of_another_region_or_subscription_is_refused() -> Result<()> {
    let mut far = estate();
    far["resources"][0]["location"] = json!("northeurope");
    let azure = Azure::frozen(far).await?;
    assert_eq!(code(&azure, &item(), protection(json!({}))).await?, "BMSUserErrorInvalidInput");

    let namesake = MACHINE.replace("5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10", OTHER);
    let mut abroad = estate();
    let group = GROUP.replace("5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10", OTHER);
    add(&mut abroad, "resourceGroups", json!({ "id": group, "location": "westeurope" }));
    add(&mut abroad, "resources", json!({ "id": namesake, "location": "westeurope" }));
    let azure = Azure::frozen(abroad.clone()).await?;
    let body = protection(json!({ "sourceResourceId": namesake }));
    assert_eq!(code(&azure, &item(), body.clone()).await?, "BMSUserErrorInvalidInput");

    // Since 2026 it is said to be possible; then names collide (official: the code, of validation).
    abroad["machinesOfOtherSubscriptions"] = json!(true);
    let azure = protected(abroad).await?;
    assert_eq!(code(&azure, &item(), body).await?, "VirtualMachineAlreadyProtected");
    assert_eq!(properties(&azure).await?["sourceResourceId"], MACHINE);
    Ok(())
}

/// Field: accepted, and failed later with this text. Recorded: code and text of a machine that does not exist.
#[tokio::test]
async fn a_machine_that_is_gone_or_in_another_vault_fails_later() -> Result<()> {
    let mut world = estate();
    let second = VAULT.replace("rsv1", "rsv2");
    add(&mut world, "vaults", json!({ "id": second, "location": "westeurope" }));
    let azure = protected(world).await?;
    let elsewhere = item_of(&second, "rg-app", "Vm1");
    let body = protection(json!({ "policyId": format!("{second}/backupPolicies/DefaultPolicy") }));
    let started = azure.put(&elsewhere, body).await?.expect(202)?;
    let failed = over(&azure, &started).await?;
    assert_eq!(failed["status"], "Failed");
    assert!(
        failed["error"]["message"].as_str().unwrap().contains("another recovery services vault"),
        "{failed}"
    );
    let job = failed["properties"]["jobId"].as_str().unwrap();
    let job = azure.get(&format!("{second}/backupJobs/{job}")).await?.expect(200)?.body;
    assert_eq!(job["properties"]["status"], "Failed");
    assert!(job["properties"]["errorDetails"][0]["errorString"].is_string(), "{job}");
    azure.get(&elsewhere).await?.expect(404)?;

    let gone = item_of(VAULT, "rg-app", "gone");
    let body = protection(json!({ "sourceResourceId": MACHINE.replace("Vm1", "gone") }));
    let started = azure.put(&gone, body).await?.expect(202)?;
    assert_eq!(over(&azure, &started).await?["error"]["code"], "UserErrorVmNotFoundV2");
    azure.get(&gone).await?.expect(404)?;
    Ok(())
}

/// Documentation: code and text of two changes at a time.
#[tokio::test]
async fn one_change_at_a_time() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    let started = azure.put(&item(), protection(json!({}))).await?.expect(202)?;
    assert_eq!(
        code(&azure, &item(), protection(json!({}))).await?,
        "BMSUserErrorConflictingProtectionOperation"
    );
    over(&azure, &started).await?;
    azure.put(&item(), protection(json!({}))).await?.expect(202)?;
    let refused = azure.delete(&item()).await?.expect(400)?;
    assert_eq!(refused.code(), "BMSUserErrorConflictingProtectionOperation");
    Ok(())
}

/// Documentation: a vault takes only so many items.
#[tokio::test]
async fn a_full_vault_takes_no_more() -> Result<()> {
    let mut world = estate();
    add(&mut world, "resources", json!({ "id": MACHINE.replace("Vm1", "vm2"), "location": "westeurope" }));
    world["instanceLimit"] = json!(1);
    let azure = protected(world).await?;
    let body = protection(json!({ "sourceResourceId": MACHINE.replace("Vm1", "vm2") }));
    assert_eq!(
        code(&azure, &item_of(VAULT, "rg-app", "vm2"), body).await?,
        "UserErrorMaximumProtectedItemsReached"
    );
    azure.put(&item(), protection(json!({}))).await?.expect(202)?;
    Ok(())
}

/// Documentation: the caller needs the right to write the machine.
#[tokio::test]
async fn the_caller_must_be_able_to_write_the_machine() -> Result<()> {
    let mut world = estate();
    world["denyActions"] = json!([{ "scope": MACHINE, "action": "Microsoft.Compute/virtualMachines/write" }]);
    let azure = Azure::frozen(world).await?;
    let refused = azure.put(&item(), protection(json!({}))).await?.expect(403)?;
    assert_eq!(refused.code(), "LinkedAuthorizationFailed");
    let calls = azure.running.calls();
    assert_eq!(calls["linked"][0]["action"], "Microsoft.Compute/virtualMachines/write");
    Ok(())
}

/// What a fault has in store for the operation, its job has too.
#[tokio::test]
async fn a_fault_fails_operation_and_job() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    let fault =
        json!({ "method": "PUT", "path": "protectedItems/", "operation": { "fail": "CloudInternalError" } });
    azure.post("/_simulator/faults", fault).await?.expect(204)?;
    let started = azure.put(&item(), protection(json!({}))).await?.expect(202)?;
    let failed = over(&azure, &started).await?;
    assert_eq!(failed["error"]["code"], "CloudInternalError");
    let job = failed["properties"]["jobId"].as_str().unwrap();
    let job = azure.get(&format!("{VAULT}/backupJobs/{job}")).await?.expect(200)?.body;
    assert_eq!(job["properties"]["errorDetails"][0]["errorTitle"], "CloudInternalError");
    azure.call(Method::PUT, &item(), Some(protection(json!({})))).await?.expect(202)?;
    Ok(())
}

/// What becomes of an operation is told where it has moved to.
#[tokio::test]
async fn an_operation_that_moves_fails_with_its_job() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    let fault = json!({ "method": "PUT", "path": "protectedItems/", "operation": "move" });
    azure.post("/_simulator/faults", fault).await?.expect(204)?;
    let started = azure.put(&item(), protection(json!({}))).await?.expect(202)?;
    let url = started.header("azure-asyncoperation").unwrap_or_default();
    let told = azure.get(url).await?.expect(200)?;
    assert_ne!(told.header("azure-asyncoperation"), Some(url));
    azure.delete(MACHINE).await?.expect(202)?;
    let failed = over(&azure, &told).await?;
    assert_eq!(failed["error"]["code"], "UserErrorVmNotFoundV2", "{failed}");
    Ok(())
}

/// Official: an operation lies below its vault; one whose name begins alike knows nothing of it.
#[tokio::test]
async fn an_operation_is_told_of_by_its_own_vault_alone() -> Result<()> {
    let mut world = estate();
    let neighbour = format!("{VAULT}0");
    add(&mut world, "vaults", json!({ "id": neighbour, "location": "westeurope" }));
    let azure = Azure::frozen(world).await?;
    let started = azure.put(&item(), protection(json!({}))).await?.expect(202)?;
    let url = started.header("azure-asyncoperation").unwrap_or_default().to_owned();
    let operation = url.split(['/', '?']).rev().nth(1).unwrap_or_default();
    azure.get(&format!("{VAULT}/backupOperations/{operation}")).await?.expect(200)?;
    azure.get(&format!("{neighbour}/backupOperations/{operation}")).await?.expect(404)?;
    azure.get(&format!("{neighbour}/backupOperationResults/{operation}")).await?.expect(404)?;
    Ok(())
}

/// Official: a vault has the fabric `Azure` and no other.
#[tokio::test]
async fn there_is_no_other_fabric() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    let elsewhere = item().replace("/backupFabrics/Azure/", "/backupFabrics/Other/");
    assert_eq!(code(&azure, &elsewhere, protection(json!({}))).await?, "BMSUserErrorInvalidInput");
    azure.put(&item().replace("/Azure/", "/azure/"), protection(json!({}))).await?.expect(202)?;
    Ok(())
}

fn hourly() -> Value {
    const TIME: &str = "2026-01-24T02:00:00Z";
    json!({ "properties": {
        "backupManagementType": "AzureIaasVM", "policyType": "V2", "timeZone": "UTC", "instantRpRetentionRangeInDays": 2,
        "schedulePolicy": { "schedulePolicyType": "SimpleSchedulePolicyV2", "scheduleRunFrequency": "Hourly",
            "hourlySchedule": { "interval": 4, "scheduleWindowStartTime": TIME, "scheduleWindowDuration": 12 } },
        "retentionPolicy": { "retentionPolicyType": "LongTermRetentionPolicy", "dailySchedule": {
            "retentionTimes": [TIME], "retentionDuration": { "count": 30, "durationType": "Days" } } },
    } })
}

/// Documentation: from an enhanced policy there is no way back, neither for the policy nor for its machines.
#[tokio::test]
async fn what_is_enhanced_stays_so() -> Result<()> {
    let azure = protected(estate()).await?;
    azure.put(&policy("hourly"), hourly()).await?.expect(200)?;
    let on = protection(json!({ "policyId": policy("hourly") }));
    let started = azure.put(&item(), on).await?.expect(202)?;
    over(&azure, &started).await?;
    assert_eq!(code(&azure, &item(), protection(json!({}))).await?, "BMSUserErrorInvalidInput");
    let standard = azure.get(&policy("DefaultPolicy")).await?.expect(200)?.body["properties"].clone();
    let back = json!({ "properties": standard });
    assert_eq!(code(&azure, &policy("hourly"), back).await?, "BMSUserErrorInvalidPolicyInput");
    Ok(())
}

/// Official: what a policy is for. It is asked for by known names, and does not change under its own.
#[tokio::test]
async fn a_policy_stays_what_it_is_for() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    let databases = azure.get(&policy("HourlyLogBackup")).await?.expect(200)?.body["properties"].clone();
    let other = json!({ "properties": databases });
    assert_eq!(code(&azure, &policy("DefaultPolicy"), other).await?, "BMSUserErrorInvalidPolicyInput");
    let list = |filter: &str| format!("{VAULT}/backupPolicies?$filter={filter}");
    azure.get(&list("backupManagementType eq 'AzureIaasVM'")).await?.expect(200)?;
    azure.get(&list("colour eq 'red'")).await?.expect(400)?;
    azure.get(&list("workloadType ne 'VM'")).await?.expect(400)?;
    Ok(())
}

/// Official: jobs are exported as they are listed, by the same filter.
#[tokio::test]
async fn an_export_of_jobs_takes_the_filter_of_the_list() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    let export = |filter: &str| format!("{VAULT}/backupJobsExport?$filter={filter}");
    azure.post(&export("status eq 'Completed'"), json!(null)).await?.expect(202)?;
    let refused = azure.post(&export("status like 'Comp'"), json!(null)).await?.expect(400)?;
    assert_eq!(refused.code(), "BMSUserErrorInvalidInput");
    Ok(())
}

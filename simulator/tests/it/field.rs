//! Refusals and surprises that users of Azure Backup have reported: each is brought about, and must be met with the same status and the
//! same code. This is a score of its own beside that of the recordings, in which nothing is ever refused.

use anyhow::{Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::azure::{Answer, Azure};
use crate::recovery_machines::{MACHINE, VAULT, estate, item, over, policy, protected, protection};

/// What was met: status and code, or what stands for them.
type Met = (u16, String);

fn met(answer: &Answer) -> Met {
    (answer.status, answer.code().to_owned())
}

/// What a case met, and what users did.
struct Case {
    name: &'static str,
    met: Met,
    reported: (u16, &'static str),
}

fn case(name: &'static str, met: Met, status: u16, code: &'static str) -> Case {
    Case { name, met, reported: (status, code) }
}

async fn put_item(azure: &Azure, more: Value) -> Result<Met> {
    Ok(met(&azure.put(&item(), protection(more)).await?))
}

/// Reading, and bodies that do not fit.
async fn bodies() -> Result<Vec<Case>> {
    let azure = Azure::frozen(estate()).await?;
    let missing = met(&azure.get(&item()).await?);
    let other_type = put_item(&azure, json!({ "protectedItemType": "AzureFileShareProtectedItem" })).await?;
    let other_policy = put_item(&azure, json!({ "policyId": policy("HourlyLogBackup") })).await?;
    let nothing = put_item(&azure, json!({ "policyId": "" })).await?;
    let unfiltered = met(&azure.get(&format!("{VAULT}/backupProtectionContainers")).await?);
    let p = policy("p");
    let shape = azure.put(&p, json!({ "properties": { "backupManagementType": "AzureIaasVM" } })).await?;
    let kindless = azure.put(&p, json!({ "properties": {} })).await?;
    let vault = VAULT.replace("rsv1", "rsv9");
    let bare = json!({ "location": "westeurope", "sku": { "name": "Standard" } });
    let bare = azure.put(&format!("{vault}?api-version=2024-04-01"), bare).await?;
    let locked = json!({ "location": "westeurope", "sku": { "name": "Standard" }, "properties": {
        "securitySettings": { "immutabilitySettings": { "state": "Locked" } } } });
    let locked = azure.put(&format!("{vault}?api-version=2024-04-01"), locked).await?;
    let etag = azure.get(&policy("DefaultPolicy")).await?;
    let tagged = etag.header("etag").is_some() || etag.body.get("eTag").is_some();
    Ok(vec![
        case("an item that is not there", missing, 404, "BMSUserErrorDataSourceObjectNotFound"),
        case("a wrong body", other_type, 400, "BMSUserErrorInvalidConfigureProtectionRequest"),
        case("a policy of another workload", other_policy, 400, "BMSUserErrorInvalidPolicyForGivenProvider"),
        case("other input", nothing, 400, "BMSUserErrorInvalidInput"),
        case("containers without a filter", unfiltered, 400, "BMSUserErrorInvalidInput"),
        case("a policy without a schedule", met(&shape), 400, "BMSUserErrorInvalidPolicyInput"),
        case("a policy without a type", met(&kindless), 400, "UserErrorInvalidRequestParameter"),
        case("a vault without properties", met(&bare), 400, "InvalidRestApiParameter"),
        case(
            "a vault that is born locked",
            met(&locked),
            400,
            "UserErrorUnsupportedVaultImmutabilityStateChange",
        ),
        case("a policy has no eTag", (if tagged { 412 } else { 200 }, String::new()), 200, ""),
    ])
}

/// What is refused of a vault and an item that are in use.
async fn in_use() -> Result<Vec<Case>> {
    let azure = protected(estate()).await?;
    let suspended =
        put_item(&azure, json!({ "policyId": "", "protectionState": "BackupsSuspended" })).await?;
    let full = met(&azure.delete(&format!("{VAULT}?api-version=2024-04-01")).await?);
    let kept = azure.get(&policy("DefaultPolicy")).await?.body;
    let written = azure.put(&policy("DefaultPolicy"), json!({ "properties": kept["properties"] })).await?;
    let announced = written.header("azure-asyncoperation").is_some();
    over(&azure, &written).await?;
    let jobs = azure.get(&format!("{VAULT}/backupJobs?$filter=operation eq 'ConfigureBackup'")).await?.body;
    let jobs = jobs["value"].as_array().map_or(0, Vec::len);
    let config = format!("{VAULT}/backupconfig/vaultconfig");
    let off = json!({ "properties": { "softDeleteFeatureState": "Disabled" } });
    let always = json!({ "location": "westeurope", "sku": { "name": "Standard" }, "properties": { "securitySettings": {
        "softDeleteSettings": { "softDeleteState": "AlwaysON" } } } });
    azure.put(&format!("{VAULT}?api-version=2024-04-01"), always).await?;
    let off = azure.call(Method::PATCH, &config, Some(off)).await?;
    Ok(vec![
        case("a suspension without immutability", suspended, 400, "UserErrorOperationDeniedOnImmutableItem"),
        case("a vault with containers", full, 400, "ServiceResourceNotEmptyWithContainerDetails"),
        case(
            "a policy with items is written by an operation, with a job for each item",
            (written.status, format!("{announced} {jobs}")),
            202,
            "true 2",
        ),
        case(
            "soft delete that is always on",
            met(&off),
            400,
            "BMSUserErrorDisablingSoftDeleteStateNotAllowed",
        ),
    ])
}

/// What is accepted and fails later.
async fn later() -> Result<Vec<Case>> {
    let mut world = estate();
    let other = VAULT.replace("rsv1", "rsv2");
    let more = [
        json!({ "id": other, "location": "westeurope" }),
        json!({ "id": VAULT.replace("rsv1", "rsv3"), "location": "westeurope", "immutability": "Unlocked" }),
    ];
    if let Some(vaults) = world["vaults"].as_array_mut() {
        vaults.extend(more);
    }
    let azure = protected(world).await?;
    let intent = json!({ "properties": { "protectionIntentItemType": "AzureResourceItem", "sourceResourceId": MACHINE,
        "policyId": policy("DefaultPolicy").replace("rsv1", "rsv2") } });
    let path = format!("{other}/backupFabrics/Azure/backupProtectionIntent/vm;iaasvmcontainerv2;rg-app;Vm1");
    let taken = azure.put(&path, intent).await?;
    azure.running.advance(200.0);
    let jobs = azure.get(&format!("{other}/backupJobs?$filter=operation eq 'ConfigureBackup'")).await?.body;
    let told = jobs["value"][0]["properties"]["status"].as_str().unwrap_or_default().to_owned();
    let gone = VAULT.replace("rsv1", "rsv3");
    let deleted = azure.delete(&format!("{gone}?api-version=2024-04-01")).await?;
    let read = azure.get(&format!("{gone}?api-version=2024-04-01")).await?;
    Ok(vec![
        case("an intent for a machine of another vault", (taken.status, told), 200, "Failed"),
        case(
            "a vault is not found once its deletion began",
            (deleted.status, read.status.to_string()),
            202,
            "404",
        ),
    ])
}

/// A deletion in an immutable vault is accepted, and its operation says that it failed, with 200.
async fn immutable() -> Result<Vec<Case>> {
    let mut world = estate();
    world["vaults"][0]["immutability"] = json!("Unlocked");
    let azure = protected(world).await?;
    crate::recovery_machines::backed_up(&azure).await?;
    let started = azure.delete(&item()).await?;
    let status = over(&azure, &started).await?;
    let code = status["error"]["code"].as_str().unwrap_or_default().to_owned();
    Ok(vec![case(
        "a deletion in an immutable vault",
        (started.status, code),
        202,
        "UserErrorDeleteBackupItemOnImmutableItem",
    )])
}

/// A share under a name that the service does not know: accepted, and never there.
async fn unknown_share() -> Result<Vec<Case>> {
    let azure = crate::recovery_shares::registered(crate::recovery_shares::estate()).await?;
    let path = format!("{}/protectedItems/AzureFileShare;documents", crate::recovery_shares::container());
    let started = azure.put(&path, crate::recovery_shares::protection(json!({}))).await?;
    azure.running.advance(200.0);
    let read = azure.get(&path).await?;
    Ok(vec![case("a share by its own name", (started.status, read.status.to_string()), 202, "404")])
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the judge reports what it compared")]
async fn what_users_have_met_is_met_here() -> Result<()> {
    let mut cases = bodies().await?;
    cases.extend(in_use().await?);
    cases.extend(later().await?);
    cases.extend(immutable().await?);
    cases.extend(unknown_share().await?);
    let unlike: Vec<String> = cases
        .iter()
        .filter(|case| (case.met.0, case.met.1.as_str()) != case.reported)
        .map(|case| format!("{}: users met {:?}, here it is {:?}", case.name, case.reported, case.met))
        .collect();
    println!("field: {} of {} reports alike", cases.len() - unlike.len(), cases.len());
    ensure!(unlike.is_empty(), "{}", unlike.join("\n"));
    Ok(())
}

/// Field: each refusal can be asked for, and comes with the members that Azure's have.
#[tokio::test]
async fn each_reported_refusal_can_be_asked_for_by_name() -> Result<()> {
    let azure = protected(estate()).await?;
    let known = azure.get("/_simulator/refusals").await?.expect(200)?.body;
    let known = known["refusals"].as_array().cloned().unwrap_or_default();
    assert!(known.len() > 14, "{known:?}");
    for refusal in known {
        azure.post("/_simulator/refusals", json!({ "name": refusal["name"] })).await?.expect(204)?;
        let method: Method =
            refusal["method"].as_str().and_then(|word| word.split('|').next()).unwrap_or("GET").parse()?;
        let pattern = refusal["path"].as_str().unwrap_or_default();
        let path = match pattern {
            pattern if pattern.contains("protectedItems") => item(),
            pattern if pattern.contains("backupPolicies") => policy("p"),
            pattern if pattern.contains("backupconfig") => format!("{VAULT}/backupconfig/vaultconfig"),
            pattern if pattern.contains("backupstorageconfig") => {
                format!("{VAULT}/backupstorageconfig/vaultstorageconfig")
            }
            pattern if pattern.contains("virtualMachines") => MACHINE.to_owned(),
            _ => VAULT.to_owned(),
        };
        let answer = azure.call(method, &path, Some(json!({}))).await?;
        assert_eq!(json!(answer.status), refusal["status"], "{refusal}");
        assert_eq!(json!(answer.code()), refusal["code"], "{refusal}");
        assert!(answer.body["error"].get("innerError").is_some(), "{answer:?}");
    }
    let unknown = azure.post("/_simulator/refusals", json!({ "name": "x" })).await?;
    assert_eq!(unknown.status, 400);
    Ok(())
}

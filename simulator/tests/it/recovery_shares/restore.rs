//! Restores of a share: whole or in part, by each rule for what is there already (documentation), and what their jobs tell
//! (recorded).

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{ACCOUNT, backed_up, estate, protected, share};
use crate::azure::{Azure, SUBSCRIPTION};
use crate::recovery_machines::{VAULT, over};

async fn files(azure: &Azure, name: &str, files: &[&str]) -> Result<()> {
    azure
        .post("/_simulator/shares/files", json!({ "share": share(name), "files": files }))
        .await?
        .expect(204)?;
    Ok(())
}

async fn held(azure: &Azure, name: &str) -> Result<Vec<String>> {
    let state = azure.get("/_simulator/state").await?.body;
    let found = state["shareFiles"][share(name).to_lowercase()].as_array().context("no files")?;
    Ok(found.iter().map(|file| file.as_str().unwrap().to_owned()).collect())
}

/// A share with two files in a point, and another share.
async fn prepared() -> Result<(Azure, String)> {
    let mut world = estate();
    world["resources"].as_array_mut().unwrap().push(json!({ "id": share("other") }));
    let (azure, item) = protected(world).await?;
    files(&azure, "documents", &["a.txt", "folder/b.txt"]).await?;
    backed_up(&azure, &item).await?;
    let points = azure.get(&format!("{item}/recoveryPoints")).await?.body;
    let point = points["value"][0]["name"].as_str().context("no point")?.to_owned();
    Ok((azure, format!("{item}/recoveryPoints/{point}/restore")))
}

fn request(more: Value) -> Value {
    let mut properties = json!({
        "objectType": "AzureFileShareRestoreRequest",
        "recoveryType": "OriginalLocation",
        "sourceResourceId": ACCOUNT,
        "copyOptions": "Overwrite",
        "restoreRequestType": "FullShareRestore",
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        properties[name] = value.clone();
    }
    json!({ "properties": properties })
}

fn elsewhere(name: &str) -> Value {
    json!({ "recoveryType": "AlternateLocation", "targetDetails": { "name": name, "targetResourceId": ACCOUNT } })
}

/// Carries the restore out; the properties of its job.
async fn restored(azure: &Azure, restore: &str, more: Value) -> Result<Value> {
    let started = azure.post(restore, request(more)).await?.expect(202)?;
    let status = over(azure, &started).await?;
    let job = status["properties"]["jobId"].as_str().context("no job")?.to_owned();
    assert_eq!(status["name"], job, "operation and job of a restore have one name");
    Ok(azure.get(&format!("{VAULT}/backupJobs/{job}")).await?.expect(200)?.body["properties"].clone())
}

fn count(job: &Value, word: &str) -> String {
    job["extendedInfo"]["propertyBag"][format!("Number Of {word} Files")]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test]
async fn a_whole_share_goes_back_to_where_it_was() -> Result<()> {
    let (azure, restore) = prepared().await?;
    files(&azure, "documents", &["new.txt"]).await?;
    let job = restored(&azure, &restore, json!({})).await?;
    assert_eq!((&job["status"], &job["operation"]), (&json!("Completed"), &json!("Restore")));
    let bag = &job["extendedInfo"]["propertyBag"];
    assert_eq!(bag["Job Type"], "Recovering to the original file share");
    assert_eq!(bag["RestoreDestination"], "shares1/documents/");
    assert!(bag["RestoreRecoveryPointTime"].is_string());
    assert_eq!(count(&job, "Restored"), "2");
    assert_eq!(held(&azure, "documents").await?, ["a.txt", "folder/b.txt", "new.txt"]);
    Ok(())
}

#[tokio::test]
async fn each_rule_for_conflicts_does_what_it_says() -> Result<()> {
    for (rule, status, counts, left) in [
        ("Overwrite", "Completed", ["2", "0", "0"], vec!["a.txt", "folder/b.txt"]),
        ("Skip", "Completed", ["1", "1", "0"], vec!["a.txt", "folder/b.txt"]),
        ("CreateCopy", "Completed", ["2", "0", "0"], vec!["a.txt", "a.txt - Copy", "folder/b.txt"]),
        ("FailOnConflict", "Failed", ["1", "0", "1"], vec!["a.txt", "folder/b.txt"]),
    ] {
        let (azure, restore) = prepared().await?;
        files(&azure, "other", &["a.txt"]).await?;
        let mut more = elsewhere("other");
        more["copyOptions"] = json!(rule);
        let job = restored(&azure, &restore, more).await?;
        assert_eq!(job["status"], status, "{rule}");
        assert_eq!(["Restored", "Skipped", "Failed"].map(|word| count(&job, word)), counts, "{rule}");
        assert_eq!(held(&azure, "other").await?, left, "{rule}");
    }
    Ok(())
}

#[tokio::test]
async fn some_items_go_to_a_folder_of_another_share() -> Result<()> {
    let (azure, restore) = prepared().await?;
    let mut more = elsewhere("other");
    more["restoreRequestType"] = json!("ItemLevelRestore");
    more["restoreFileSpecs"] =
        json!([{ "path": "folder", "fileSpecType": "Directory", "targetFolderPath": "back" }]);
    let job = restored(&azure, &restore, more).await?;
    assert_eq!(job["extendedInfo"]["propertyBag"]["RestoreDestination"], "shares1/other/back");
    assert_eq!(held(&azure, "other").await?, ["back/folder/b.txt"]);
    Ok(())
}

/// Documentation: the codes of targets that are not there; field: that nothing names what is wrong with a body.
#[tokio::test]
async fn what_a_restore_is_refused_or_fails_for() -> Result<()> {
    let (azure, restore) = prepared().await?;
    for wrong in [
        json!({ "copyOptions": "Ask" }),
        json!({ "recoveryType": "AlternateLocation" }),
        json!({ "restoreRequestType": "ItemLevelRestore" }),
        json!({ "restoreFileSpecs": [{ "path": "a.txt", "fileSpecType": "File" }] }),
        json!({ "sourceResourceId": ACCOUNT.replace("shares1", "other") }),
        json!({ "restoreRequestType": "ItemLevelRestore", "restoreFileSpecs": vec![json!({ "path": "a.txt", "fileSpecType": "File" }); 100] }),
    ] {
        let refused = azure.post(&restore, request(wrong.clone())).await?.expect(400)?;
        assert_eq!(refused.code(), "BMSUserErrorInvalidInput", "{wrong}");
    }
    let job = restored(&azure, &restore, elsewhere("nowhere")).await?;
    assert_eq!(job["status"], "Failed");
    let missing = json!({ "restoreRequestType": "ItemLevelRestore", "restoreFileSpecs": [{ "path": "gone.txt", "fileSpecType": "File" }] });
    assert_eq!(restored(&azure, &restore, missing).await?["status"], "Failed");
    Ok(())
}

/// Official: the calls; azure-cli: whole shares alone, to an account of the paired region.
#[tokio::test]
async fn the_paired_region_restores_to_accounts_that_lie_there() -> Result<()> {
    let far = ACCOUNT.replace("shares1", "far");
    let mut world = estate();
    world["vaults"][0]["redundancy"] = json!("GeoRedundant");
    world["vaults"][0]["crossRegionRestore"] = json!(true);
    let policy = &mut world["policies"][0]["properties"];
    let copies = policy["retentionPolicy"].take();
    policy["vaultRetentionPolicy"] = json!({ "snapshotRetentionInDays": 5, "vaultRetention": copies });
    world["resources"].as_array_mut().unwrap().extend([
        json!({ "id": share("other") }),
        json!({ "id": far, "location": "northeurope", "kind": "StorageV2" }),
        json!({ "id": format!("{far}/fileServices/default/shares/other") }),
    ]);
    let (azure, item) = protected(world).await?;
    files(&azure, "documents", &["a.txt"]).await?;
    backed_up(&azure, &item).await?;
    let passive = "api-version=2021-11-15";
    let points = azure.get(&format!("{item}/recoveryPoints/?{passive}")).await?.expect(200)?.body;
    let point = points["value"][0]["name"].as_str().context("no point")?.to_owned();
    let asked = json!({ "properties": { "servicePrincipalObjectId": "x" } });
    let token = format!("{item}/recoveryPoints/{point}/accessToken?{passive}");
    let access = azure.post(&token, asked).await?.expect(200)?.body["properties"].clone();
    let restore = format!(
        "/subscriptions/{SUBSCRIPTION}/providers/Microsoft.RecoveryServices/locations/northeurope/backupCrossRegionRestore?{passive}"
    );
    let body = |account: &str| {
        let mut more = elsewhere("other");
        more["targetDetails"]["targetResourceId"] = json!(account);
        json!({ "crossRegionRestoreAccessDetails": access, "restoreRequest": request(more)["properties"] })
    };
    let refused = azure.post(&restore, body(ACCOUNT)).await?.expect(400)?;
    assert_eq!(refused.code(), "BMSUserErrorInvalidInput");
    azure.post(&restore, body(&far)).await?.expect(202)?;
    azure.running.advance(200.0);
    let state = azure.get("/_simulator/state").await?.body;
    let target = format!("{far}/fileServices/default/shares/other").to_lowercase();
    assert_eq!(state["shareFiles"][target], json!(["a.txt"]));
    Ok(())
}

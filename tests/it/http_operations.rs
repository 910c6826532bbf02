//! Operations over HTTP: backups, restores and protection, by whom and with whose agreement.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use holdfast_tests::{Knobs, SUBSCRIPTION, Stage};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::world;

/// The keys of two people, which are `alice` and `bob`, as an app setting holds them.
pub(crate) const KEYS: &str = "alice=2bd806c97f0e00af1a1fc3328fa763a9269723c8db8fac4f93af71db186d6e90, \
    bob=81b637d8fcd2c6da6359e6963113a1170de795e4b725b84d1e0b4cfd9ec58ce9";

/// A function app with one protected disk that has a recovery point.
pub(crate) async fn restorable() -> Result<(Stage, String)> {
    restorable_with(&[]).await
}

/// The same with further app settings.
pub(crate) async fn restorable_with(more: &[(String, String)]) -> Result<(Stage, String)> {
    let mut estate = world::granted();
    let roles = estate["roleAssignments"].as_array_mut().context("roles")?;
    roles.push(json!({ "principal": "vault:bv-westeurope", "role": "Disk Restore Operator",
        "scope": format!("/subscriptions/{SUBSCRIPTION}") }));
    let mut settings = vec![("HOLDFAST_KEYS".to_owned(), KEYS.to_owned())];
    settings.extend_from_slice(more);
    let stage = Stage::set(Knobs { estate, settings, ..Knobs::default() }).await?;
    let disk = world::disk("rg-app", "erp-data");
    world::create_disk(&stage, &disk).await?;
    stage.until_ended(std::slice::from_ref(&disk), Duration::from_secs(120)).await?;
    let (body, alice) = (json!({ "resource": disk }), [("x-functions-key", "alice")]);
    let answer = call(&stage, Method::POST, "/api/backup", Some(body), &alice).await?;
    let done = until_over(&stage, answer).await?;
    ensure!(done["status"] == "Succeeded", "{done}");
    Ok((stage, disk))
}

pub(crate) async fn call(
    stage: &Stage,
    method: Method,
    path: &str,
    body: Option<Value>,
    headers: &[(&str, &str)],
) -> Result<Response> {
    let url = if path.starts_with('/') { format!("{}{path}", stage.host.url()) } else { path.to_owned() };
    let mut request = reqwest::Client::new().request(method, url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(body) = body {
        request = request.json(&body);
    }
    Ok(request.send().await?)
}

/// Follows `Operation-Location` as a client of Azure would.
pub(crate) async fn until_over(stage: &Stage, begun: Response) -> Result<Value> {
    if begun.status() == 200 {
        return Ok(begun.json().await?);
    }
    let status = begun.status();
    let follow = begun.headers().get("operation-location").map(|value| value.to_str().map(str::to_owned));
    let Some(Ok(follow)) = follow else { anyhow::bail!("{status}: {}", begun.text().await?) };
    ensure!(follow.starts_with(stage.host.url()), "{follow} is not our address");
    for _ in 0..400 {
        let operation: Value = call(stage, Method::GET, &follow, None, &[]).await?.json().await?;
        if ["Succeeded", "Failed"].contains(&operation["status"].as_str().unwrap_or_default()) {
            return Ok(operation);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("{follow} never came to an end")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_is_restored_beside_itself_after_azure_has_validated_it() -> Result<()> {
    let (stage, disk) = restorable().await?;
    let points: Value =
        call(&stage, Method::GET, &format!("/api/recovery-points?resource={disk}"), None, &[])
            .await?
            .json()
            .await?;
    assert_eq!(points["value"].as_array().map(Vec::len), Some(1), "{points}");
    let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-other");
    let desired = json!({ "resource": disk, "to": { "kind": "disk", "resourceGroup": group, "name": "erp-copy" },
        "why": "drill" });

    let dry = call(&stage, Method::POST, "/api/restore?dry_run=true", Some(desired.clone()), &[]).await?;
    let dry = until_over(&stage, dry).await?;
    assert_eq!((&dry["status"], &dry["dryRun"]), (&json!("Succeeded"), &json!(true)), "{dry}");
    let copy = format!("{group}/providers/Microsoft.Compute/disks/erp-copy");
    let there = |stage: &Stage| {
        let (url, path) = (stage.azure.http_url.clone(), format!("{copy}?api-version=2023-04-02"));
        async move {
            reqwest::Client::new().get(url + &path).bearer_auth("owner").send().await.map(|a| a.status())
        }
    };
    assert_eq!(there(&stage).await?, 404, "a dry run changes nothing");

    let key = [("idempotency-key", "drill-7")];
    let first = call(&stage, Method::POST, "/api/restore", Some(desired.clone()), &key).await?;
    let again = call(&stage, Method::POST, "/api/restore", Some(desired), &key).await?;
    assert_eq!(first.headers().get("operation-location"), again.headers().get("operation-location"));
    let done = until_over(&stage, first).await?;
    assert_eq!((&done["status"], &done["why"]), (&json!("Succeeded"), &json!("drill")), "{done}");
    assert!(done["job"].as_str().is_some_and(|job| job.contains("/backupJobs/")), "{done}");
    assert_eq!(there(&stage).await?, 200);

    let jobs: Value =
        call(&stage, Method::GET, "/api/jobs?operation=Restore", None, &[]).await?.json().await?;
    assert_eq!(jobs["value"].as_array().map(Vec::len), Some(1), "one key, one restore: {jobs}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_used_for_another_request_and_a_name_that_is_taken_are_refused() -> Result<()> {
    let (stage, disk) = restorable().await?;
    let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-app");
    let to = |name: &str| json!({ "resource": disk, "to": { "kind": "disk", "resourceGroup": group, "name": name } });
    let taken = call(&stage, Method::POST, "/api/restore", Some(to("erp-data")), &[]).await?;
    let (status, said): (_, Value) = (taken.status(), taken.json().await?);
    assert_eq!(status, 409, "{said}");
    assert!(said["error"]["message"].as_str().is_some_and(|text| text.contains("erp-data")), "{said}");

    let key = [("repeatability-request-id", "one")];
    call(&stage, Method::POST, "/api/restore?dry_run=true", Some(to("a")), &key).await?;
    let other = call(&stage, Method::POST, "/api/restore?dry_run=true", Some(to("b")), &key).await?;
    let (status, said): (_, Value) = (other.status(), other.json().await?);
    assert_eq!((status.as_u16(), &said["error"]["code"]), (409, &json!("IdempotencyKeyReused")), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_is_shown_by_its_workload_and_nothing_of_another() -> Result<()> {
    let (stage, disk) = restorable().await?;
    let shown = async |path: &str, workload: &str| -> Result<Value> {
        let path = format!("{path}?resource={disk}{workload}");
        Ok(call(&stage, Method::GET, &path, None, &[]).await?.json().await?)
    };
    for (workload, instances) in [("", 1), ("&workload=azure-disks", 1), ("&workload=azure-vm", 0)] {
        let protection = shown("/api/protection/one", workload).await?;
        assert_eq!(
            protection["instances"].as_array().map(Vec::len),
            Some(instances),
            "{workload}: {protection}"
        );
        let points = shown("/api/recovery-points", workload).await?;
        assert_eq!(points["value"].as_array().map(Vec::len), Some(instances), "{workload}: {points}");
    }
    let wrong = shown("/api/recovery-points/ranges", "&workload=disks").await?;
    assert_eq!(wrong["error"]["code"], "BadQuery", "{wrong}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn protection_is_stopped_once_a_second_person_agrees_and_is_resumed() -> Result<()> {
    let (stage, disk) = restorable().await?;
    let (alice, bob) = ([("x-functions-key", "alice")], [("x-functions-key", "bob")]);
    let state = async |stage: &Stage| -> Result<Value> {
        let path = format!("/api/protection/one?resource={disk}");
        let shown: Value = call(stage, Method::GET, &path, None, &[]).await?.json().await?;
        Ok(shown["instances"][0]["state"].clone())
    };
    let stop = json!({ "resource": disk, "data": "retain", "why": "moved away" });
    let asked = call(&stage, Method::POST, "/api/protection/stop", Some(stop.clone()), &alice).await?;
    assert_eq!(asked.status(), 202);
    let asked: Value = asked.json().await?;
    assert_eq!(asked["status"], "AwaitsApproval", "{asked}");
    assert_eq!(state(&stage).await?, "ProtectionConfigured", "nothing is done before somebody agrees");
    let waiting: Value = call(&stage, Method::GET, "/api/approvals", None, &bob).await?.json().await?;
    assert_eq!(waiting["value"][0]["id"], asked["id"], "{waiting}");

    let approve = format!("/api/approvals/{}/approve", asked["id"].as_str().context("id")?);
    let own = call(&stage, Method::POST, &approve, Some(json!({})), &alice).await?;
    let (status, said): (_, Value) = (own.status().as_u16(), own.json().await?);
    assert_eq!((status, &said["error"]["code"]), (403, &json!("SecondPersonNeeded")), "{said}");
    let agreed = call(&stage, Method::POST, &approve, Some(json!({ "why": "seen" })), &bob).await?;
    let done = until_over(&stage, agreed).await?;
    assert_eq!(
        (&done["status"], &done["approval"]["by"]["id"]),
        (&json!("Succeeded"), &json!("key:bob")),
        "{done}"
    );
    assert_eq!(state(&stage).await?, "ProtectionStopped");

    let again = call(&stage, Method::POST, "/api/protection/stop", Some(stop), &alice).await?;
    assert_eq!(again.status(), 409, "{}", again.text().await?);
    let resume = Some(json!({ "resource": disk }));
    let resumed = call(&stage, Method::POST, "/api/protection/resume", resume, &alice).await?;
    assert_eq!(until_over(&stage, resumed).await?["status"], "Succeeded");
    assert_eq!(state(&stage).await?, "ProtectionConfigured");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_agrees_to_in_time_expires() -> Result<()> {
    let (stage, disk) = restorable().await?;
    let (alice, bob) = ([("x-functions-key", "alice")], [("x-functions-key", "bob")]);
    let stop = json!({ "resource": disk, "data": "delete" });
    let asked = call(&stage, Method::POST, "/api/protection/stop", Some(stop), &alice).await?;
    let asked: Value = asked.json().await?;
    let id = asked["id"].as_str().context("id")?;
    // The function app's clock cannot be moved: what was asked becomes older instead.
    let path = format!("operations/{id}/asked.json");
    let blob = stage.azure.storage.blob("holdfast-ledger", &path).context("what was asked")?;
    let mut document: Value = serde_json::from_slice(&blob.content)?;
    let at: Timestamp = document["at"].as_str().context("at")?.parse()?;
    document["at"] = json!(at.checked_sub(SignedDuration::from_hours(25))?);
    stage.azure.storage.put_blob("holdfast-ledger", &path, document.to_string(), "application/json");

    let approve = format!("/api/approvals/{id}/approve");
    let late = call(&stage, Method::POST, &approve, Some(json!({})), &bob).await?;
    let (status, said): (_, Value) = (late.status().as_u16(), late.json().await?);
    assert_eq!((status, &said["error"]["code"]), (409, &json!("AnsweredAlready")), "{said}");
    assert!(
        said["error"]["message"].as_str().is_some_and(|text| text.contains("ask for it again")),
        "{said}"
    );
    let shown = call(&stage, Method::GET, &format!("/api/operations/{id}"), None, &bob).await?;
    let shown: Value = shown.json().await?;
    assert_eq!(
        (&shown["status"], &shown["error"]["code"]),
        (&json!("Failed"), &json!("ApprovalExpired")),
        "{shown}"
    );
    let waiting: Value = call(&stage, Method::GET, "/api/approvals", None, &bob).await?.json().await?;
    assert_eq!(waiting["value"], json!([]));
    assert_eq!(stage.protection_states(&disk).await?, ["ProtectionConfigured"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lacks_the_role_is_told_which_and_no_secret_is_repeated() -> Result<()> {
    let settings =
        vec![("HOLDFAST_ADMINS".to_owned(), String::new()), ("HOLDFAST_RESTORERS".to_owned(), String::new())];
    let stage = Stage::set(Knobs { estate: world::vaults(), settings, ..Knobs::default() }).await?;
    let disk = world::disk("rg-app", "erp-data");
    let body = json!({ "resource": disk, "to": { "kind": "disk", "resourceGroup": disk, "name": "x" } });
    let headers = [("x-functions-key", "s3cr3t-key")];
    let refused = call(&stage, Method::POST, "/api/restore?code=s3cr3t-key", Some(body), &headers).await?;
    let (status, said) = (refused.status(), refused.text().await?);
    assert_eq!(status, 403, "{said}");
    assert!(said.contains("restorer") && said.contains("HOLDFAST_RESTORERS"), "{said}");
    assert!(!said.contains("s3cr3t"), "{said}");
    let story = format!("{:?}", stage.story()?);
    assert!(!story.contains("s3cr3t"), "the ledger holds a key");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_good_is_refused_in_one_envelope() -> Result<()> {
    let stage = Stage::set(Knobs { estate: world::vaults(), ..Knobs::default() }).await?;
    let disk = world::disk("rg-app", "unprotected");
    let huge = json!({ "resource": disk, "why": "x".repeat(70_000) });
    for (path, body, status, code) in [
        ("/api/backup", json!({ "resource": disk }), 404, "ResourceNotFound"),
        ("/api/backup", json!({ "resource": "disk-1" }), 400, "BadBody"),
        ("/api/backup", huge, 413, "BodyTooLarge"),
        ("/api/restore", json!({ "resource": disk, "to": { "kind": "floppy" } }), 400, "BadBody"),
        ("/api/protection/stop", json!({ "resource": disk, "data": "burn" }), 400, "BadBody"),
        ("/api/approvals/nobody/approve", json!({}), 404, "OperationNotFound"),
        ("/api/approvals/00000000-0000-0000-0000-000000000000/approve", json!({}), 404, "OperationNotFound"),
    ] {
        let answer = call(&stage, Method::POST, path, Some(body), &[]).await?;
        let (found, said): (_, Value) = (answer.status().as_u16(), answer.json().await?);
        assert_eq!((found, &said["error"]["code"]), (status, &json!(code)), "{path}: {said}");
    }
    let form = reqwest::Client::new().post(format!("{}/api/backup", stage.host.url())).body("resource=x");
    assert_eq!(form.send().await?.status(), 415);
    Ok(())
}

//! Decide, WhatIf, Backup, Jobs, Sweep, as their callers see them.

use std::time::Duration;

use anyhow::Result;
use holdfast_tests::{Knobs, SUBSCRIPTION, Stage};
use serde_json::{Value, json};

use crate::world;

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_is_explained_planned_backed_up_and_its_job_followed() -> Result<()> {
    let stage = Stage::set(Knobs { estate: world::vaults(), ..Knobs::default() }).await?;
    let disk = world::disk("rg-app", "erp-data");

    let (status, body) = stage.functions("GET", &format!("/api/decide?resource={disk}"), None).await?;
    assert_eq!((status, &body["error"]["code"]), (404, &json!("ResourceNotFound")));
    let backup = json!({ "resource": disk });
    let (status, body) = stage.functions("POST", "/api/backup", Some(&backup)).await?;
    assert_eq!((status, &body["error"]["code"]), (404, &json!("ResourceNotFound")), "{body}");

    world::create_disk(&stage, &disk).await?;
    let (_, body) = stage.functions("GET", &format!("/api/decide?resource={disk}"), None).await?;
    assert_eq!(body["decision"]["outcome"], "protect", "{body}");
    assert!(body["decision"]["record"]["winners"]["retention"]["rules"].is_array(), "{body}");
    stage.until_ended(std::slice::from_ref(&disk), Duration::from_secs(120)).await?;

    let (_, body) = stage.functions("GET", &format!("/api/what-if?resource={disk}"), None).await?;
    assert_eq!(body["steps"], json!([]), "planning after a successful apply gives nothing: {body}");

    let (status, body) = stage.functions("POST", "/api/backup", Some(&backup)).await?;
    assert_eq!((status, &body["action"]), (202, &json!("backup")), "{body}");
    assert!(body["steps"].to_string().contains("BackupDaily"), "the only rule is taken: {body}");
    let jobs = until(&stage, "/api/jobs", |body| body["value"][0]["status"] == "Completed").await?;
    assert_eq!(jobs["value"][0]["operation"], "Backup", "{jobs}");
    let job = jobs["value"][0]["id"].as_str().unwrap();
    let (status, one) = stage.functions("GET", &format!("/api/jobs/one?id={job}"), None).await?;
    assert_eq!((status, &one["status"]), (200, &json!("Completed")));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sweep_protects_what_was_there_before_us() -> Result<()> {
    let mut estate = world::granted();
    let disk = world::disk("rg-app", "older-than-us");
    estate["resources"] = json!([{ "id": disk, "location": "westeurope", "tags": { "env": "prod" },
        "sku": { "name": "Premium_LRS" }, "properties": { "diskSizeGB": 32 } }]);
    let stage = Stage::set(Knobs { estate, ..Knobs::default() }).await?;
    let (status, _) =
        stage.functions("POST", "/admin/functions/Sweep", Some(&json!({ "input": "" }))).await?;
    assert_eq!(status, 202);
    let story = stage.until_ended(std::slice::from_ref(&disk), Duration::from_secs(120)).await?;
    assert_eq!(story.end_of(&disk).unwrap()["outcome"], "protected");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_wrongly_is_told_how_to_ask() -> Result<()> {
    let stage = Stage::set(Knobs::default()).await?;
    for (method, path, body, word) in [
        ("GET", "/api/decide", None, "missing field `resource`"),
        ("GET", "/api/decide?resource=disk-1", None, "not an ARM id"),
        ("POST", "/api/backup", Some(json!({ "disk": "x" })), "retentionTag"),
        ("GET", "/api/jobs?valut=a", None, "unknown field `valut`"),
        ("GET", "/api/jobs?top=0", None, "1 to 1000"),
    ] {
        let (status, answer) = stage.functions(method, path, body.as_ref()).await?;
        let message = answer["error"]["message"].as_str().unwrap_or_default();
        assert!(status == 400 && message.contains(word), "{path}: {status} {answer}");
    }
    let vault = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.DataProtection/backupVaults/none"
    );
    let (status, answer) = stage.functions("GET", &format!("/api/jobs?vault={vault}"), None).await?;
    assert_eq!(status, 404, "{answer}");
    Ok(())
}

async fn until(stage: &Stage, path: &str, is_so: impl Fn(&Value) -> bool) -> Result<Value> {
    for _ in 0..300 {
        let (_, body) = stage.functions("GET", path, None).await?;
        if is_so(&body) {
            return Ok(body);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("{path} never came to it")
}

//! The calls in docs/http-api.md, run as they are printed there.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use holdfast_tests::{Knobs, Stage};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::documents::path_with_holdfast;
use crate::http_operations::{call, restorable_with};
use crate::world;

#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_the_documentation_works_as_printed() -> Result<()> {
    // Everybody else may only read, as by default.
    let admins = ("HOLDFAST_ADMINS".to_owned(), "key:alice, key:bob".to_owned());
    let (stage, disk) = restorable_with(&[admins]).await?;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/http-api.md");
    let text = std::fs::read_to_string(file)?;
    let blocks = text.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let documented: Value = json_blocks(&text)
        .find(|block| block.contains("\"hold\""))
        .map_or(Ok(Value::Null), serde_json::from_str)?;
    let mut operation = String::new();
    let (mut calls, mut holds) = (0, 0);
    for line in blocks.flat_map(str::lines) {
        calls += 1;
        let output = Command::new("bash")
            .args(["-c", line])
            .env("PATH", path_with_holdfast()?)
            .envs([("HOLDFAST_URL", stage.host.url()), ("HOLDFAST_KEY", "alice"), ("DISK", &disk)])
            .env("OPERATION", &operation)
            .output()
            .await?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        ensure!(output.status.success(), "{line}\n{said}{}", String::from_utf8_lossy(&output.stderr));
        if !line.starts_with("curl ") {
            continue;
        }
        let answer: Value = serde_json::from_str(&said).with_context(|| format!("{line}\n{said}"))?;
        // One in force, and not the terms of one to come.
        if let Some(hold) = answer["hold"].as_object().filter(|hold| hold.contains_key("operation")) {
            holds += 1;
            ensure!(Some(names(hold)) == documented["hold"].as_object().map(names), "{line}\n{said}");
        }
        if let (Some(id), Some(_)) = (answer["id"].as_str(), answer["judgement"].as_str()) {
            id.clone_into(&mut operation);
            until_it_rests(&stage, id).await.with_context(|| line.to_owned())?;
        }
    }
    ensure!(calls > 14, "only {calls} calls were found");
    ensure!(holds > 0, "no answer showed a hold");
    Ok(())
}

fn json_blocks(text: &str) -> impl Iterator<Item = &str> {
    text.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next())
}

fn names(object: &serde_json::Map<String, Value>) -> BTreeSet<&str> {
    object.keys().map(String::as_str).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_body_of_the_documentation_is_one_that_the_api_reads() -> Result<()> {
    let stage = Stage::set(Knobs { estate: world::granted(), ..Knobs::default() }).await?;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/http-api.md");
    let text = std::fs::read_to_string(file)?;
    let mut kinds = BTreeSet::new();
    for block in json_blocks(&text).filter(|block| !block.contains("\"hold\"")) {
        let body: Value = serde_json::from_str(block).with_context(|| block.to_owned())?;
        kinds.insert(body["to"]["kind"].as_str().unwrap_or_default().to_owned());
        let path = "/api/restore?dry_run=true";
        let answer = call(&stage, reqwest::Method::POST, path, Some(body), &[]).await?;
        let (status, said): (_, Value) = (answer.status().as_u16(), answer.json().await?);
        // What it names is not there; that is found out after the body was read.
        ensure!((status, &said["error"]["code"]) == (404, &json!("ResourceNotFound")), "{block}\n{said}");
    }
    let all = ["blobs-in-place", "cluster", "containers", "database", "disk", "files"];
    ensure!(kinds.iter().eq(all), "kinds with a body: {kinds:?}");
    Ok(())
}

/// Waits until the operation is done, or waits for a person.
async fn until_it_rests(stage: &Stage, id: &str) -> Result<()> {
    let path = format!("/api/operations/{id}");
    for _ in 0..400 {
        let shown: Value = call(stage, reqwest::Method::GET, &path, None, &[]).await?.json().await?;
        match shown["status"].as_str().unwrap_or_default() {
            "Succeeded" | "AwaitsApproval" => return Ok(()),
            "Failed" => anyhow::bail!("it failed: {shown}"),
            _ => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
        }
    }
    anyhow::bail!("{path} never came to rest")
}

//! Clients that know nothing of us: schemathesis on our API, and Microsoft's SDK on what our API did.

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use holdfast_tests::SUBSCRIPTION;
use serde_json::json;
use tokio::process::Command;

use crate::http_operations::{call, restorable, until_over};

/// A program that `cargo xtask test` installs with the Azure SDK.
fn python() -> Result<String> {
    std::env::var("HOLDFAST_PYTHON")
        .context("HOLDFAST_PYTHON is not set: run `cargo xtask test`, which installs Python's packages")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Requests of all kinds, good and bad, made of the served document: no 5xx, and no answer it does not promise.
#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_no_answer_that_the_document_does_not_promise() -> Result<()> {
    let (stage, disk) = restorable().await?;
    let config = stage.folder.path().join("schemathesis.toml");
    let hooks = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/python/operators.py");
    // Half of the requests are about something that is there.
    let text = format!("hooks = {hooks:?}\n[parameters]\nresource = [{disk:?}, \"/subscriptions/nobody\"]\n");
    std::fs::write(&config, text)?;
    let mut command = Command::new(python()?);
    command
        .args(["-c", "from schemathesis.cli import schemathesis; schemathesis()"])
        .arg("--config-file")
        .arg(&config)
        .args(["run", &format!("{}/api/openapi.json", stage.host.url())])
        .args(["--phases", "examples,coverage,fuzzing", "--max-examples", "20", "--seed", "1"])
        .args(["--generation-database", "none", "--warnings", "off", "--no-color"])
        .args(["--suppress-health-check", "all", "--request-timeout", "60"])
        .args(["--checks", CHECKS])
        .args(["--header", "x-functions-key: alice"])
        .env("HOLDFAST_RESOURCE", &disk)
        .current_dir(stage.folder.path());
    let output = tokio::time::timeout(Duration::from_secs(300), command.output()).await??;
    let said = said(&output);
    println!("{said}");
    ensure!(output.status.success(), "schemathesis is not content:\n{said}");
    Ok(())
}

/// The host answers methods that a function does not take by 404, as Azure's does: nothing of ours to promise.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,negative_data_rejection";

#[tokio::test(flavor = "multi_thread")]
async fn the_python_sdk_sees_in_azure_what_our_api_did() -> Result<()> {
    let (stage, disk) = restorable().await?;
    let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-other");
    let desired =
        json!({ "resource": disk, "to": { "kind": "disk", "resourceGroup": group, "name": "erp-copy" } });
    let begun = call(&stage, reqwest::Method::POST, "/api/restore", Some(desired), &[]).await?;
    until_over(&stage, begun).await?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/python/what_was_done.py");
    let output = Command::new(python()?)
        .arg(script)
        .args([&stage.azure.https_url, SUBSCRIPTION, "rg-backup", "bv-westeurope"])
        .env("REQUESTS_CA_BUNDLE", stage.folder.path().join("ca.pem"))
        .output()
        .await?;
    let said = said(&output);
    ensure!(output.status.success(), "{said}");
    for line in [
        "instances: ['ProtectionConfigured']",
        "points: 1",
        "jobs: ['Backup Completed', 'Restore Completed']",
    ] {
        ensure!(said.contains(line), "no `{line}` in:\n{said}");
    }
    Ok(())
}

//! A restore that is followed while the handler dies and the host restarts.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use holdfast_functions_host::{Host, HostConfig};
use holdfast_tests::{Stage, app, settings};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::http_operations::{KEYS, restorable};
use crate::terminal::command;

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_is_followed_over_a_restart_of_the_function_app() -> Result<()> {
    let (stage, _) = restorable().await?;
    let mut restore = command(&stage, "alice")?;
    restore.args(["restore", "erp-data", "--to", "disk:rg-other/back", "--json", "--retry-for", "60s"]);
    let mut child = restore.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn()?;
    let mut told = BufReader::new(child.stderr.take().context("stderr")?).lines();
    let first = told.next_line().await?.context("nothing was told")?;
    let id = first.strip_prefix("operation ").context("the id comes first")?.to_owned();

    stage.host.kill_handler().await;
    let Stage { azure, host, folder, .. } = stage;
    let port = host.url().rsplit(':').next().context("port")?.parse()?;
    host.stop().await;
    // The command finds nobody there before somebody is there again.
    while !told.next_line().await?.context("it ended")?.contains("Trying again") {}
    let mut settings = settings(&azure, folder.path());
    settings.insert("HOLDFAST_KEYS".to_owned(), KEYS.to_owned());
    let config = HostConfig { app_root: app()?, port, settings, speed: 100.0, ..HostConfig::default() };
    let host = Host::start(config).await?;

    let output = tokio::time::timeout(Duration::from_secs(90), child.wait_with_output()).await??;
    ensure!(output.status.code() == Some(0), "{output:?}");
    let done: Value = serde_json::from_slice(&output.stdout)?;
    ensure!(done["id"] == id.as_str() && done["status"] == "Succeeded", "{done}");
    let jobs = reqwest::get(format!("{}/api/jobs?operation=Restore", host.url())).await?;
    let jobs: Value = jobs.json().await?;
    ensure!(jobs["value"].as_array().map(Vec::len) == Some(1), "one restore: {jobs}");
    Ok(())
}

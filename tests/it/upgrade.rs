//! An app is upgraded and goes back while events arrive: two versions side by side, one killed after the other, nothing lost.
//!
//! `HOLDFAST_OLD_APP` names the folder of an older packaged app; without it, the version of these sources takes its place.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, ensure};
use holdfast_functions_host::{Host, HostConfig, Running};
use holdfast_tests::{Events, Knobs, SUBSCRIPTION, Stage, settings};
use serde_json::{Value, json};

use crate::world;

const PATIENCE: Duration = Duration::from_secs(240);
const SPEED: f64 = 100.0;
/// Disks that come with each phase.
const EACH: usize = 8;

fn old_app() -> Result<PathBuf> {
    std::env::var_os("HOLDFAST_OLD_APP").map_or_else(holdfast_tests::app, |folder| Ok(folder.into()))
}

/// The settings of a stage for the app in this folder: its native code has a key of its own.
fn settings_of(stage: &Stage, app: &Path) -> BTreeMap<String, String> {
    let mut settings = settings(&stage.azure, stage.folder.path());
    match std::fs::read_to_string(app.with_extension("key")) {
        Ok(key) => settings.insert("HOLDFAST_COMPILED_KEY".to_owned(), key),
        Err(_) => settings.remove("HOLDFAST_COMPILED_KEY"),
    };
    settings
}

/// A further host with this app, on the same storage: what a rolling update has for a while.
async fn beside(stage: &Stage, app: PathBuf) -> Result<Running> {
    let settings = settings_of(stage, &app);
    Ok(Host::start(HostConfig { app_root: app, port: 0, settings, speed: SPEED, ..HostConfig::default() })
        .await?)
}

/// Disks that are created while something else happens.
async fn arriving(stage: &Stage, phase: &str, all: &mut Vec<String>) -> Result<()> {
    for number in 0..EACH {
        let disk = world::disk("rg-app", &format!("{phase}-{number}"));
        world::create_disk(stage, &disk).await?;
        all.push(disk);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Deploys `main.json`; the deployment is awaited.
async fn deployed(stage: &Stage, memory: u32) -> Result<Value> {
    let template: Value = serde_json::from_str(include_str!("../../infra/main.json"))?;
    let parameters = json!({
        "resourceGroupName": { "value": "rg-upgraded" },
        "instanceMemory": { "value": memory },
    });
    let path = format!(
        "/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Resources/deployments/holdfast?api-version=2022-09-01"
    );
    let body = json!({ "location": "westeurope", "properties": {
        "mode": "Incremental", "template": template, "parameters": parameters } });
    stage.azure("PUT", &path, Some(&body)).await?;
    for _ in 0..600 {
        let shown = stage.azure("GET", &path, None).await?;
        match shown["properties"]["provisioningState"].as_str() {
            Some("Succeeded") => return Ok(shown["properties"]["outputs"].clone()),
            Some("Running") => tokio::time::sleep(Duration::from_millis(50)).await,
            _ => anyhow::bail!("{shown:#}"),
        }
    }
    anyhow::bail!("the deployment does not end")
}

/// Versions of work items that were written, by what the queue was seen to hold.
fn formats(stage: &Stage, seen: &mut BTreeSet<String>) {
    for message in stage.azure.storage.messages("holdfast-work") {
        let text: Value = serde_json::from_str(&message.text).unwrap_or_default();
        seen.extend(text["format"].as_str().map(str::to_owned));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_and_a_way_back_under_load_lose_and_double_nothing() -> Result<()> {
    let (old, new) = (old_app()?, holdfast_tests::app()?);
    let mut estate = world::vaults();
    // The template makes the vault.
    estate["vaults"] = json!([]);
    let knobs =
        Knobs { estate, speed: SPEED, events: Events::ToQueue, app: Some(old.clone()), ..Knobs::default() };
    let stage = Stage::set(knobs).await?;
    let (mut disks, mut seen) = (Vec::new(), BTreeSet::new());
    let before = deployed(&stage, 2048).await?;
    arriving(&stage, "before", &mut disks).await?;
    formats(&stage, &mut seen);

    // The template of the new version first, then its package: instances of both run side by side.
    let after = deployed(&stage, 4096).await?;
    assert_eq!(before, after, "the same app, the same accounts, the same identity");
    let upgraded = beside(&stage, new).await?;
    arriving(&stage, "beside", &mut disks).await?;
    formats(&stage, &mut seen);
    // An instance of the old version ends in the middle of its work; its successor has the new one's messages before it.
    stage.host.kill_handler().await;
    arriving(&stage, "killed", &mut disks).await?;

    // Back again: the older version takes over what the newer one left on the queue and in the ledger.
    let older = beside(&stage, old).await?;
    upgraded.stop().await;
    arriving(&stage, "back", &mut disks).await?;
    formats(&stage, &mut seen);

    let story = stage.until_ended(&disks, PATIENCE).await?;
    for disk in &disks {
        let end = story.end_of(disk).unwrap();
        assert_eq!(end["outcome"], "protected", "{disk}: {end}");
        assert_eq!(stage.protection_states(disk).await?, ["ProtectionConfigured"], "{disk}");
    }
    stage.until_quiet(PATIENCE).await?;
    older.stop().await;
    let story = stage.story()?;
    ensure!(story.rejected("event").is_empty() && story.rejected("message").is_empty(), "{story:?}");
    for queue in stage.azure.storage.queue_names() {
        let left = stage.azure.storage.messages(&queue).len();
        ensure!(left == 0, "{left} messages are left on {queue}");
    }
    println!("{} disks protected, formats of messages: {seen:?}", disks.len());
    Ok(())
}

//! Every folder below `scenarios/` is a test that an administrator can write: see scenarios/README.md.

#[path = "scenarios/file.rs"]
mod file;
#[path = "scenarios/has.rs"]
mod has;
#[path = "scenarios/operations.rs"]
mod operations;
#[path = "scenarios/rule_set.rs"]
mod rule_set;
#[path = "scenarios/then.rs"]
mod then;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use file::Folder;
pub(crate) use has::lacks;
use holdfast_tests::{Knobs, Stage, Story, target};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::notifications::Receiver;
use crate::{logs, rights};

/// What must come of a resource.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Expected {
    /// How it ended before the changes of `then.json`.
    #[serde(default)]
    first: Option<String>,
    /// `protected`, `excluded`, `ignored`, `failed`, …; `waiting` for what has no end soon.
    outcome: String,
    /// A part of the decision's summary, of the reason, or of the failure.
    #[serde(default)]
    says: Option<String>,
    /// Fields of the decided protection.
    #[serde(default)]
    decided: BTreeMap<String, Value>,
    /// What it had to wait for.
    #[serde(default)]
    waits: Vec<String>,
    /// `currentProtectionState` in Azure.
    #[serde(default)]
    azure: Vec<String>,
    /// Operations on it that wait for a person below `approvals/`.
    #[serde(default)]
    approvals: Vec<String>,
    /// Name of the backup policy in Azure.
    #[serde(default)]
    policy: Option<String>,
    /// Parts of the backup instance in Azure, by JSON pointer.
    #[serde(default)]
    instance: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Create {
    id: String,
    api_version: String,
    body: Value,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_scenario_ends_as_expected() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut folders: Vec<PathBuf> =
        fs::read_dir(&root)?.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>()?;
    let wanted = std::env::var("HOLDFAST_SCENARIO").unwrap_or_default();
    folders.retain(|folder| folder.join("expected.json").exists() && name(folder).contains(&wanted));
    folders.sort();
    ensure!(!folders.is_empty(), "no scenario below {}", root.display());
    let log = logs::Log::begin();
    let (at_once, mut playing) = (Arc::new(Semaphore::new(AT_ONCE)), JoinSet::new());
    for folder in folders.clone() {
        let at_once = Arc::clone(&at_once);
        playing.spawn(async move {
            let _turn = at_once.acquire().await?;
            play(&folder).await.with_context(|| format!("scenario {}", name(&folder)))
        });
    }
    let ends = playing.join_all().await;
    let failures: Vec<String> =
        ends.into_iter().filter_map(Result::err).map(|error| format!("{error:#}")).collect();
    ensure!(
        failures.is_empty(),
        "{} of {} scenarios differ:\n{}",
        failures.len(),
        folders.len(),
        failures.join("\n")
    );
    log.judge()
}

/// Whether a line is a change of `then.json`.
pub(crate) fn reads_change(line: &str) -> Result<()> {
    serde_json::from_str::<then::Change>(line).map(drop).with_context(|| line.to_owned())
}

/// Whether a line is a step of `operations.json`.
pub(crate) fn reads_step(line: &str) -> Result<()> {
    serde_json::from_str::<operations::Step>(line).map(drop).with_context(|| line.to_owned())
}

/// Scenarios mostly wait.
const AT_ONCE: usize = 8;

fn name(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

async fn play(folder: &Path) -> Result<()> {
    let files = Folder::open(folder)?;
    let expected: BTreeMap<String, Expected> = files.read("expected.json")?;
    let event_schema = if files.has("cloud-events") { "CloudEventSchemaV1_0" } else { "EventGridSchema" };
    let rules = rule_set::changed(folder)?;
    let mut settings: BTreeMap<String, String> = files.read_if_any("settings.json")?;
    settings.extend(rules.iter().map(rule_set::setting));
    settings.extend([logs::SETTING.map(str::to_owned).into()]);
    let receiver = if files.has("notifications.json") { Some(Receiver::start().await?) } else { None };
    settings.extend(receiver.iter().flat_map(Receiver::settings));
    let settings = settings.into_iter().collect();
    let stage =
        Stage::set(Knobs { estate: files.world()?, event_schema, settings, ..Knobs::default() }).await?;
    set_off(&stage, &files).await?;
    let (waiting, ending): (Vec<_>, Vec<_>) =
        expected.iter().partition(|(_, expected)| expected.outcome == "waiting");
    let (left_out, ended): (Vec<_>, Vec<_>) =
        ending.into_iter().partition(|(_, expected)| expected.outcome == "excluded");
    let ids =
        |some: Vec<(&String, _)>| -> Vec<String> { some.into_iter().map(|(id, _)| id.clone()).collect() };
    let patience = Duration::from_secs(60);
    stage.until_left_out(&ids(left_out), patience).await?;
    let story = stage.until_ended(&ids(ended), patience).await?;
    let changes: Vec<then::Change> = files.read_if_any("then.json")?;
    let mut story = then::carry_out(&stage, story, &changes, &expected).await?;
    for (id, expected) in waiting {
        for word in &expected.waits {
            story = stage.until_waiting(id, word, patience).await?;
        }
    }
    for (id, expected) in &expected {
        compare(&stage, &story, id, expected).await.with_context(|| id.clone())?;
    }
    let steps: Vec<Value> = files.read_if_any("operations.json")?;
    operations::carry_out(&stage, &steps).await?;
    if let Some(receiver) = receiver {
        stage.until_quiet(patience).await?;
        receiver.expect(&files.read::<Vec<Value>>("notifications.json")?).await?;
    }
    let lacking = rights::lacking(&stage.azure.calls());
    ensure!(lacking.is_empty(), "no role in infra/main.json lets the app do {lacking:?}");
    Ok(())
}

/// Creates what the scenario creates; without anything to create, the sweep finds what the world holds.
async fn set_off(stage: &Stage, files: &Folder) -> Result<()> {
    if !files.has("create.json") {
        return then::run(stage, "Sweep").await;
    }
    for Create { id, api_version, body } in files.read::<Vec<Create>>("create.json")? {
        stage.azure("PUT", &format!("{id}?api-version={api_version}"), Some(&body)).await?;
    }
    Ok(())
}

async fn compare(stage: &Stage, story: &Story, id: &str, expected: &Expected) -> Result<()> {
    let outcome = if story.is_left_out(id) { "excluded" } else { "waiting" };
    let none = serde_json::json!({ "outcome": outcome, "waits": story.waiting_of(id) });
    let end = story.end_of(id).unwrap_or(&none);
    ensure!(end["outcome"] == expected.outcome, "ended as {end}");
    let decision = story.decision_of(id).cloned().unwrap_or_default();
    if let Some(part) = &expected.says {
        let told = format!("{end} {}", decision["record"]["summary"]);
        ensure!(told.contains(part), "nothing says {part:?}: {told}");
    }
    for (field, value) in &expected.decided {
        let decided = &decision["protection"][field];
        ensure!(decided == value, "decided {field} is {decided}, not {value}");
    }
    let waits = story.waits_of(id);
    for wait in &expected.waits {
        ensure!(waits.contains(wait), "it did not wait for {wait}, but for {waits:?}");
    }
    let approvals = story.approvals_of(id);
    ensure!(approvals == expected.approvals, "it waits for approval of {approvals:?}");
    if let (id, None) = target(id) {
        let states = stage.protection_states(id).await?;
        ensure!(states == expected.azure, "Azure says {states:?}");
    }
    if expected.policy.is_some() || !expected.instance.is_empty() {
        compare_instance(stage, id, expected).await?;
    }
    Ok(())
}

async fn compare_instance(stage: &Stage, id: &str, expected: &Expected) -> Result<()> {
    // From this version on, Azure shows containers that it protects by itself.
    let path = format!("{id}/providers/Microsoft.DataProtection/backupInstances?api-version=2026-03-01");
    let list = stage.azure("GET", &path, None).await?;
    let items = stage.protected_items(id).await?;
    let instance = items.first().unwrap_or(&list["value"][0]);
    if let Some(policy) = &expected.policy {
        let used = match &instance["properties"]["policyInfo"]["policyId"] {
            Value::Null => &instance["properties"]["policyId"],
            used => used,
        };
        let is_it = used.as_str().is_some_and(|used| used.ends_with(&format!("/{policy}")));
        ensure!(is_it, "its policy is {used}");
    }
    for (pointer, value) in &expected.instance {
        let shown = instance.pointer(pointer);
        ensure!(shown == Some(value), "{pointer} of its backup instance is {shown:?}, not {value}");
    }
    Ok(())
}

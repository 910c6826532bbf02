//! What happens in a scenario after everything has ended once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use holdfast_tests::{Stage, Story};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Expected;

/// One change, in the order of the file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "do", deny_unknown_fields)]
pub(super) enum Change {
    /// A call to Azure by somebody.
    Call {
        /// `PUT`, `PATCH`, `POST` or `DELETE`.
        method: String,
        /// ARM id, or what a POST is sent to. `{instance}` stands for the backup instance of `of`.
        id: String,
        /// Resource whose instance is meant.
        #[serde(default)]
        of: Option<String>,
        api_version: String,
        #[serde(default)]
        body: Option<Value>,
    },
    /// Wait until the instances of a resource are in these states.
    Await {
        /// The resource.
        id: String,
        /// The states.
        azure: Vec<String>,
    },
    /// Let the sweep run.
    Sweep,
}

/// Makes the changes, and waits until each resource has ended once more. Only the new ends are in the story given back.
pub(super) async fn carry_out(
    stage: &Stage,
    story: Story,
    changes: &[Change],
    expected: &BTreeMap<String, Expected>,
) -> Result<Story> {
    for (id, expected) in expected {
        if let Some(first) = &expected.first {
            let end = story.end_of(id).context("no end")?;
            ensure!(end["outcome"] == *first, "{id} first ended as {end}");
        }
    }
    if changes.is_empty() {
        return Ok(story);
    }
    let before: BTreeSet<String> = story.0.into_keys().collect();
    for change in changes {
        make(stage, change).await.with_context(|| format!("{change:?}"))?;
    }
    for _ in 0..600 {
        let mut story = stage.story()?;
        story.0.retain(|path, _| !before.contains(path));
        if expected.keys().all(|id| story.end_of(id).is_some()) {
            return Ok(story);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("not ended again: {:?}", stage.story()?)
}

async fn make(stage: &Stage, change: &Change) -> Result<()> {
    match change {
        Change::Call { method, id, of, api_version, body } => {
            let id = match of {
                Some(resource) => id.replace("{instance}", &instance_of(stage, resource).await?),
                None => id.clone(),
            };
            stage.azure(method, &format!("{id}?api-version={api_version}"), body.as_ref()).await.map(drop)
        }
        Change::Await { id, azure } => until(stage, id, azure).await,
        Change::Sweep => {
            // By then, Azure's index knows what was changed before.
            let noticed = json!({ "advanceSeconds": 60 });
            stage.azure("POST", "/_simulator/clock", Some(&noticed)).await?;
            run(stage, "Sweep").await
        }
    }
}

/// Has the host run a timed function now.
pub(super) async fn run(stage: &Stage, function: &str) -> Result<()> {
    let path = format!("/admin/functions/{function}");
    let (status, answer) = stage.functions("POST", &path, Some(&json!({ "input": "" }))).await?;
    ensure!(status == 202, "{function}: {status} {answer}");
    Ok(())
}

async fn instance_of(stage: &Stage, resource: &str) -> Result<String> {
    let path =
        format!("{resource}/providers/Microsoft.DataProtection/backupInstances?api-version=2024-04-01");
    let list = stage.azure("GET", &path, None).await?;
    let id = list.pointer("/value/0/id").and_then(Value::as_str);
    Ok(id.with_context(|| format!("no backup instance of {resource}"))?.to_owned())
}

pub(super) async fn until(stage: &Stage, id: &str, states: &[String]) -> Result<()> {
    for _ in 0..300 {
        if stage.protection_states(id).await? == states {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("never {states:?}, but {:?}", stage.protection_states(id).await?)
}

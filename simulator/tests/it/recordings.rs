//! Recorded traffic of Azure as the judge: every recorded request of a supported flow is sent to a simulator that was prepared with
//! what the recording presupposes, and status, long-running-operation headers and the shape of the body must be the same.
//!
//! Each provider has a folder: what its recordings presuppose, and `differences.json`, which lists what differs with its reason; an
//! entry that no longer occurs fails as well.
//! The recordings lie beside the repository, not in it; without them the test says that it skips.

mod data_protection;
mod difference;
mod read;
mod recovery_services;
mod replay;
mod shape;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::Value;

use difference::Differences;
use replay::Provider;

use crate::reference;

/// One recorded call.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Recorded {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) request: Option<Value>,
    pub(crate) status: u16,
    pub(crate) headers: std::collections::BTreeMap<String, String>,
    pub(crate) response: Option<Value>,
}

fn recorded(path: &Path) -> Result<Vec<Recorded>> {
    // Ids in URLs and bodies are masked, but some subscription ids in queries and jobs are not.
    let text = std::fs::read_to_string(path)?
        .replace("38304e13-357e-405e-9e9a-220351dcce8c", "00000000-0000-0000-0000-000000000000");
    text.lines().map(|line| serde_json::from_str(line).with_context(|| line.to_owned())).collect()
}

/// Replays all recordings of a provider; at least `least` calls must have been compared.
#[expect(clippy::print_stdout, reason = "the judge reports what it compared, or that it could not")]
async fn judge<P: Provider + 'static>(differences: &str, least: usize) -> Result<()> {
    let Some(folder) = reference::folder(&format!("recordings/{}", P::FOLDER))? else { return Ok(()) };
    let entries = std::fs::read_dir(&folder)?;
    let mut paths: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.sort();
    let mut running = Vec::new();
    for path in paths {
        let calls = recorded(&path)?;
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        running.push(tokio::spawn(async move {
            replay::replay::<P>(&name, calls).await.with_context(|| name.clone())
        }));
    }
    let (mut found, mut compared) = (Vec::new(), 0);
    for one in running {
        let outcome = one.await??;
        compared += outcome.compared;
        found.extend(outcome.differences);
    }
    let unlike: BTreeSet<&str> = found.iter().map(|difference| difference.place.as_str()).collect();
    println!("{}: {} of {compared} calls alike", P::FOLDER, compared - unlike.len());
    let unexplained = Differences::read(differences)?.unexplained(&found);
    ensure!(
        unexplained.is_empty(),
        "{} differences from Azure:\n{}",
        unexplained.len(),
        unexplained.join("\n")
    );
    ensure!(compared > least, "only {compared} calls were compared");
    Ok(())
}

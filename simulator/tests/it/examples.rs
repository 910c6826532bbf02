//! Azure's official example requests as the judge: each is sent to a simulator in which what it presupposes exists, and
//! must be answered with one of the statuses that the example shows.
//!
//! What is left out, and what Azure itself would refuse although an example shows it, is listed with its reason in
//! `examples/table.json`; an entry without its example fails as well. The specifications lie beside the repository, not
//! in it; without them the test says that it skips.

mod preparation;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::Value;

use crate::azure::Azure;
use crate::reference;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// Examples that are not sent, by file, with the reason.
    skipped: BTreeMap<String, String>,
    /// Examples that are refused.
    refused: BTreeMap<String, Refusal>,
    /// What happens to the instance before the example is sent.
    before: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Refusal {
    status: u16,
    code: String,
    reason: String,
}

/// An example and the operation that it belongs to.
struct Example {
    file: String,
    method: String,
    path: String,
    content: Value,
}

fn read(path: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    // Old examples call the workload by a name of its preview.
    Ok(serde_json::from_str(&text.replace("\"OssDB\"", "\"Microsoft.DBforPostgreSQL/servers/databases\""))?)
}

/// Every JSON file (one file has no ending, and no operation refers to it) below `folder` whose path has an `examples` segment.
fn files(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files(&path, found)?;
        } else if path.extension().is_some_and(|end| end == "json")
            && path.components().any(|part| part.as_os_str() == "examples")
        {
            found.push(path);
        }
    }
    Ok(())
}

/// Which operation uses which example, by the end of the example's path, or by its operation id.
fn operations(specification: &Value) -> BTreeMap<String, (String, String)> {
    let mut found = BTreeMap::new();
    let paths = specification["paths"].as_object().into_iter().flatten();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let target = (method.to_uppercase(), path.clone());
            for example in operation["x-ms-examples"].as_object().into_iter().flatten() {
                let reference = example.1["$ref"].as_str().unwrap_or_default();
                found.insert(reference.trim_start_matches("./examples/").to_owned(), target.clone());
            }
            if let Some(id) = operation["operationId"].as_str() {
                found.insert(id.to_owned(), target);
            }
        }
    }
    found
}

fn examples(folder: &Path) -> Result<Vec<Example>> {
    let official = folder.join("specification/dataprotection");
    let mut paths = Vec::new();
    files(&official, &mut paths)?;
    paths.sort();
    let mut known = BTreeMap::new();
    for path in &paths {
        let version = path.ancestors().find(|one| one.ends_with("examples")).and_then(Path::parent);
        let swagger = version.context("no version")?.join("dataprotection.json");
        if swagger.exists() && known.is_empty() {
            known = operations(&read(&swagger)?);
        }
    }
    let derived = read(&folder.join("derived/Microsoft.DataProtection-2026-06-01.derived.json"))?;
    let newer = operations(&derived);
    let mut found = Vec::new();
    for path in paths {
        let text = path.display().to_string();
        let file = text.rsplit_once("/examples/").context("no example")?.1.to_owned();
        let content = read(&path)?;
        let id = content["operationId"].as_str().unwrap_or_default();
        let (method, path) =
            known.get(&file).or_else(|| newer.get(id)).with_context(|| file.clone())?.clone();
        found.push(Example { file, method, path, content });
    }
    Ok(found)
}

impl Example {
    /// The URL: the operation's path with the example's parameters in it.
    fn url(&self) -> String {
        let mut path = self.path.clone();
        for (name, value) in self.content["parameters"].as_object().into_iter().flatten() {
            path = path.replace(&format!("{{{name}}}"), value.as_str().unwrap_or_default());
        }
        format!(
            "{path}?api-version={}",
            self.content["parameters"]["api-version"].as_str().unwrap_or_default()
        )
    }

    fn body(&self) -> Option<Value> {
        self.content["parameters"].get("parameters").cloned()
    }

    fn shows(&self, status: u16) -> bool {
        self.content["responses"].get(status.to_string()).is_some()
    }
}

async fn judge(example: &Example, table: &Table) -> Result<Option<String>> {
    let azure = Azure::frozen(preparation::estate(example)).await?;
    let point = preparation::bring_about(&azure, example, table.before.get(&example.file)).await?;
    let body = example.body().map(|body| match &point {
        Some(point) => body.to_string().replace("hardcodedRP", point),
        None => body.to_string(),
    });
    let body = body.as_deref().map(serde_json::from_str).transpose()?;
    let answer = azure.call(example.method.parse()?, &example.url(), body).await?;
    let told =
        format!("{} ({} {}): {} {}", example.file, example.method, example.url(), answer.status, answer.body);
    Ok(match table.refused.get(&example.file) {
        Some(refusal) => {
            let as_expected = answer.status == refusal.status && answer.code() == refusal.code;
            (!as_expected || refusal.reason.is_empty()).then_some(told)
        }
        None => (!example.shows(answer.status)).then_some(told),
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "the judge reports what it sent")]
async fn official_examples_are_answered_as_they_show() -> Result<()> {
    let Some(folder) = reference::folder("specs")? else { return Ok(()) };
    let table: Table = serde_json::from_str(include_str!("examples/table.json"))?;
    let examples = examples(&folder)?;
    let (mut sent, mut skipped, mut wrong) = (0, 0, Vec::new());
    for example in &examples {
        if table.skipped.get(&example.file).is_some_and(|reason| !reason.is_empty()) {
            skipped += 1;
            continue;
        }
        sent += 1;
        wrong.extend(judge(example, &table).await.with_context(|| example.file.clone())?);
    }
    println!("sent {sent} official examples ({} of them refused), skipped {skipped}", table.refused.len());
    let named = table.skipped.keys().chain(table.refused.keys()).chain(table.before.keys());
    let stale: Vec<&String> = named.filter(|file| !examples.iter().any(|one| one.file == **file)).collect();
    ensure!(stale.is_empty(), "no such examples: {stale:?}");
    ensure!(wrong.is_empty(), "{} examples are answered otherwise:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

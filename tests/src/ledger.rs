//! The ledger as a reader who knows nothing of our types sees it.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use holdfast_simulator::Storage;
use serde_json::Value;

/// The id and the workload of `ID as WORKLOAD`, or of an id alone.
pub fn target(text: &str) -> (&str, Option<&str>) {
    match text.split_once(" as ") {
        Some((id, workload)) => (id, Some(workload)),
        None => (text, None),
    }
}

const LEDGER: &str = "holdfast-ledger";

/// Every document of the ledger, by path.
#[derive(Debug)]
pub struct Story(pub BTreeMap<String, Value>);

impl Story {
    /// Reads it from the simulated storage account.
    pub fn read(storage: &Storage) -> Result<Self> {
        let mut documents = BTreeMap::new();
        for path in storage.blob_names(LEDGER) {
            let blob = storage.blob(LEDGER, &path).with_context(|| format!("read {path}"))?;
            documents.insert(path, serde_json::from_slice(&blob.content)?);
        }
        Ok(Self(documents))
    }

    /// Documents about a resource, in the order of their paths; not those about what lies below it. `ID as WORKLOAD` means those
    /// about another workload of it than the first one.
    pub fn about(&self, resource: &str) -> impl Iterator<Item = (&String, &Value)> {
        let (id, workload) = target(resource);
        let prefix = format!("resources{}/", id.to_ascii_lowercase());
        let workload = workload.map(str::to_owned);
        let is_own = move |path: &String| path.strip_prefix(&prefix).is_some_and(|name| !name.contains('/'));
        let of_it = move |body: &Value| body["workload"].as_str() == workload.as_deref();
        self.0.iter().filter(move |(path, body)| is_own(path) && of_it(body))
    }

    /// The last outcome of a resource.
    pub fn end_of(&self, resource: &str) -> Option<&Value> {
        self.about(resource)
            .filter(|(path, _)| path.contains("-3-ended-"))
            .last()
            .map(|(_, body)| &body["outcome"])
    }

    /// The last decision about a resource.
    pub fn decision_of(&self, resource: &str) -> Option<&Value> {
        self.about(resource)
            .filter(|(path, _)| path.contains("-1-decided-"))
            .last()
            .map(|(_, body)| &body["decision"])
    }

    /// Whether the rules leave a resource out and nothing had to be done about it: the sweep records the decision alone.
    pub fn is_left_out(&self, resource: &str) -> bool {
        self.end_of(resource).is_none()
            && self.decision_of(resource).is_some_and(|decision| decision["outcome"] == "exclude")
    }

    /// What a resource waits or waited for, in full.
    pub fn waiting_of(&self, resource: &str) -> Vec<Value> {
        self.about(resource).filter_map(|(_, body)| body.get("waiting").cloned()).collect()
    }

    /// Words of the waits of a resource, such as `permissions`.
    pub fn waits_of(&self, resource: &str) -> Vec<String> {
        let word = |(_, body): (&String, &Value)| body.pointer("/waiting/for")?.as_str().map(str::to_owned);
        self.about(resource).filter_map(word).collect()
    }

    /// Operations on a resource that wait for a person.
    pub fn approvals_of(&self, resource: &str) -> Vec<String> {
        let waiting = self.0.iter().filter(|(path, _)| path.starts_with("approvals/"));
        let about = waiting.filter(|(_, body)| {
            body["resource"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(resource))
        });
        about.filter_map(|(path, _)| path.split('/').nth(1).map(str::to_owned)).collect()
    }

    /// Problems of rejected input from a source: `event` or `message`.
    pub fn rejected(&self, source: &str) -> Vec<String> {
        let prefix = format!("rejected/{source}/");
        let bodies = self.0.iter().filter(|(path, _)| path.starts_with(&prefix));
        bodies.filter_map(|(_, body)| body["problem"].as_str().map(str::to_owned)).collect()
    }
}

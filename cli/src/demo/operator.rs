//! Two operators of the demo: one suspends a protection against the rules, the other agrees, and no sweep undoes it.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use holdfast_protection::ResourceId;
use reqwest::Method;
use serde_json::{Value, json};

use super::processes::{Processes, SWEEP};

/// What came of it.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) resource: ResourceId,
    /// The hold, as the API shows it.
    pub(super) hold: Value,
    /// Azure's word after a sweep.
    pub(super) state: String,
}

/// Suspends the backups of a resource, and waits for a sweep that would resume them.
pub(super) async fn suspend(processes: &Processes, resource: &ResourceId) -> Result<Held> {
    let api = Api::of(processes)?;
    let why = "the owner migrates it";
    let asked = api
        .call(
            Method::POST,
            "/api/protection/suspend",
            "alice",
            Some(json!({ "resource": resource, "why": why })),
        )
        .await?;
    let id = asked.get("id").and_then(Value::as_str).context("an operation has an id")?.to_owned();
    let agreed = json!({ "why": "seen with alice" });
    api.call(Method::POST, &format!("/api/approvals/{id}/approve"), "bob", Some(agreed)).await?;
    api.until_done(&id).await?;
    tokio::time::sleep(SWEEP + Duration::from_secs(2)).await;
    let shown =
        api.call(Method::GET, &format!("/api/protection/one?resource={resource}"), "alice", None).await?;
    let state = shown.pointer("/instances/0/state").and_then(Value::as_str).unwrap_or_default().to_owned();
    ensure!(state != "ProtectionConfigured", "a sweep undid what alice and bob did to {}", resource.name());
    Ok(Held { resource: resource.clone(), hold: shown.get("hold").cloned().unwrap_or_default(), state })
}

/// Backs a database up with the log that follows, and gives the last moment to which it can be restored.
pub(super) async fn back_up_with_log(processes: &Processes, database: &ResourceId) -> Result<String> {
    let api = Api::of(processes)?;
    for rule in ["full", "log"] {
        let body = json!({ "resource": database, "rule": rule });
        let asked = api.call(Method::POST, "/api/backup", "alice", Some(body)).await?;
        let id = asked.get("id").and_then(Value::as_str).context("an operation has an id")?;
        api.until_done(id).await?;
    }
    let ranges = api.get(&format!("/api/recovery-points/ranges?resource={database}")).await?;
    let end = ranges.pointer("/value/0/end").and_then(Value::as_str);
    Ok(end.with_context(|| format!("{} can be restored to no moment: {ranges}", database.name()))?.to_owned())
}

impl Held {
    /// For people.
    pub(super) fn described(&self) -> String {
        let text = |name: &str| self.hold.get(name).and_then(Value::as_str).unwrap_or_default();
        format!(
            "alice suspended the backups of {} against the rules ({}), and bob agreed.\n\
             A sweep later it is {}: the hold ends at {}, or with `POST /api/protection/resume`.",
            self.resource.name(),
            text("decided"),
            self.state,
            text("until"),
        )
    }
}

/// The function app's API, as people call it.
pub(super) struct Api<'a> {
    client: reqwest::Client,
    url: &'a str,
}

impl<'a> Api<'a> {
    pub(super) fn of(processes: &'a Processes) -> Result<Self> {
        Ok(Self { client: reqwest::Client::builder().build()?, url: &processes.functions })
    }

    /// Reads, as alice.
    pub(super) async fn get(&self, path: &str) -> Result<Value> {
        self.call(Method::GET, path, "alice", None).await
    }

    async fn call(&self, method: Method, path: &str, key: &str, body: Option<Value>) -> Result<Value> {
        let mut request =
            self.client.request(method, format!("{}{path}", self.url)).header("x-functions-key", key);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.with_context(|| format!("call {path}"))?;
        let (status, answered): (_, Value) = (answer.status(), answer.json().await.unwrap_or_default());
        ensure!(status.is_success(), "{path} answered with {status}: {answered}");
        Ok(answered)
    }

    async fn until_done(&self, id: &str) -> Result<()> {
        for _ in 0..120 {
            let shown = self.call(Method::GET, &format!("/api/operations/{id}"), "alice", None).await?;
            match shown.get("status").and_then(Value::as_str).unwrap_or_default() {
                "Succeeded" => return Ok(()),
                "Failed" => anyhow::bail!("operation {id} failed: {shown}"),
                _ => tokio::time::sleep(Duration::from_millis(250)).await,
            }
        }
        anyhow::bail!("operation {id} does not end")
    }
}

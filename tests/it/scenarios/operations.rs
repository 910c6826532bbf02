//! What people then ask of the function app, and what must come of it.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use holdfast_tests::Stage;
use reqwest::{Method, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::file::named;
use super::has::lacks;
use super::then;

/// One step of `operations.json`, in the order of the file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "do", deny_unknown_fields)]
pub(super) enum Step {
    /// Somebody asks the function app.
    Ask(Call),
    /// Somebody asks Azure, or `/_simulator`.
    Azure(Call),
    /// Time goes by in Azure.
    Pass {
        /// So many hours of it.
        hours: f64,
    },
    /// Wait until the instances of a resource are in these states.
    Await {
        /// The resource.
        id: String,
        /// The states.
        azure: Vec<String>,
    },
    /// Let a timed function run; again and again, if something of Azure's is waited for.
    Run {
        /// Its name.
        function: String,
        /// A call to Azure, and what must come of it.
        #[serde(default)]
        until: Option<Call>,
    },
}

/// A call, and what must come of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Call {
    #[serde(default)]
    method: Option<String>,
    path: String,
    #[serde(default)]
    body: Option<Value>,
    /// Further headers.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// HTTP status; below 300 if none is stated.
    #[serde(default)]
    status: Option<u16>,
    /// Parts of the answer's or the operation's text.
    #[serde(default)]
    says: Vec<String>,
    /// What the answer, or the operation at its end, holds.
    #[serde(default)]
    has: Option<Value>,
    /// Texts of the answer that later steps name as `{name}`, by JSON pointer.
    #[serde(default)]
    keep: BTreeMap<String, String>,
    /// Whose function key is sent.
    #[serde(default, rename = "as")]
    whose: Option<String>,
    /// The caller goes away after so many milliseconds, without waiting for an answer.
    #[serde(default)]
    hang_up: Option<u64>,
    /// `error.code` of the answer.
    #[serde(default)]
    code: Option<String>,
    /// `status` that the operation comes to, followed as a client of Azure would.
    #[serde(default)]
    ends: Option<String>,
    /// `error.code` of the operation's end.
    #[serde(default)]
    error: Option<String>,
}

/// How often something is read that does not answer as expected: Azure's index lags behind, so do lists that come from it, and
/// what Azure has accepted takes its time.
const READS: usize = 40;

impl Call {
    fn is_read(&self) -> bool {
        self.method.as_deref().is_none_or(|method| method == "GET")
            && self.body.is_none()
            && self.hang_up.is_none()
    }
}

/// Carries the steps out.
pub(super) async fn carry_out(stage: &Stage, steps: &[Value]) -> Result<()> {
    let mut kept = BTreeMap::new();
    for (number, step) in steps.iter().enumerate() {
        let text = named(&step.to_string(), &kept);
        let told = || format!("step {} of operations.json: {text}", number + 1);
        let step: Step = serde_json::from_str(&text).with_context(told)?;
        take(stage, step, &mut kept).await.with_context(told)?;
    }
    Ok(())
}

async fn take(stage: &Stage, step: Step, kept: &mut BTreeMap<String, String>) -> Result<()> {
    match step {
        Step::Ask(ref call) | Step::Azure(ref call) if call.is_read() => {
            let mut tries = 0;
            loop {
                tries += 1;
                let read = match &step {
                    Step::Azure(_) => azures(stage, call, kept).await,
                    _ => ours(stage, call, kept).await,
                };
                match read {
                    Err(_) if tries < READS => tokio::time::sleep(Duration::from_millis(300)).await,
                    ended => return ended,
                }
            }
        }
        Step::Ask(call) => ours(stage, &call, kept).await,
        Step::Azure(call) => azures(stage, &call, kept).await,
        Step::Pass { hours } => {
            let body = json!({ "advanceSeconds": hours * 3600.0 });
            stage.azure("POST", "/_simulator/clock", Some(&body)).await.map(drop)
        }
        Step::Await { id, azure } => then::until(stage, &id, &azure).await,
        Step::Run { function, until: None } => then::run(stage, &function).await,
        Step::Run { function, until: Some(call) } => {
            let mut tries = 0;
            loop {
                then::run(stage, &function).await?;
                tokio::time::sleep(Duration::from_millis(300)).await;
                tries += 1;
                match azures(stage, &call, kept).await {
                    Err(_) if tries < 100 => {}
                    ended => return ended,
                }
            }
        }
    }
}

async fn azures(stage: &Stage, call: &Call, kept: &mut BTreeMap<String, String>) -> Result<()> {
    let headers = [("authorization", "Bearer owner".to_owned())];
    let answer = send(&stage.azure.http_url, call, &headers).await?;
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap_or_default();
    check_status(call, status, &body)?;
    check(call, &body, kept)
}

async fn ours(stage: &Stage, call: &Call, kept: &mut BTreeMap<String, String>) -> Result<()> {
    let key: Vec<_> = call.whose.iter().map(|whose| ("x-functions-key", whose.clone())).collect();
    let sent = send(stage.host.url(), call, &key);
    if let Some(patience) = call.hang_up {
        let answered = tokio::time::timeout(Duration::from_millis(patience), sent).await;
        ensure!(answered.is_err(), "it was answered before the caller went away");
        return Ok(());
    }
    let answer = sent.await?;
    let status = answer.status().as_u16();
    let follow = answer.headers().get("operation-location").and_then(|value| value.to_str().ok());
    let follow = follow.map(str::to_owned);
    let mut body: Value = answer.json().await.unwrap_or_default();
    check_status(call, status, &body)?;
    if let Some(code) = &call.code {
        ensure!(body["error"]["code"] == *code, "its code is {}: {body}", body["error"]["code"]);
    }
    if let Some(ends) = &call.ends {
        let over = ["Succeeded", "Failed"].contains(&body["status"].as_str().unwrap_or_default());
        if status == 202 || !over {
            let id = body["id"].as_str().unwrap_or_default();
            let own = format!("{}/api/operations/{id}", stage.host.url());
            ensure!(status != 202 || follow.as_ref() == Some(&own), "Operation-Location is {follow:?}");
            body = followed(&own, ends).await?;
        }
        ensure!(body["status"] == *ends, "it ended as {body}");
    }
    if let Some(error) = &call.error {
        ensure!(body["error"]["code"] == *error, "it ended with {}: {body}", body["error"]);
    }
    check(call, &body, kept)
}

/// Follows an operation until it has ended, or is at the status that is waited for.
async fn followed(address: &str, until: &str) -> Result<Value> {
    let mut last = Value::Null;
    for _ in 0..600 {
        last = reqwest::get(address).await?.json().await?;
        let status = last["status"].as_str().unwrap_or_default();
        if status == until || ["Succeeded", "Failed"].contains(&status) {
            return Ok(last);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("it never came to an end: {last}")
}

async fn send(base: &str, call: &Call, headers: &[(&str, String)]) -> Result<Response> {
    let method = call.method.as_deref().unwrap_or(if call.body.is_some() { "POST" } else { "GET" });
    let url = format!("{base}{}", call.path);
    let mut request = reqwest::Client::new().request(method.parse::<Method>()?, &url);
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    for (name, value) in &call.headers {
        request = request.header(name, value);
    }
    if let Some(body) = &call.body {
        request = request.json(body);
    }
    Ok(request.send().await?)
}

fn check_status(call: &Call, status: u16, body: &Value) -> Result<()> {
    let fits = call.status.map_or(status < 300, |expected| expected == status);
    ensure!(fits, "answered with {status}: {body}");
    Ok(())
}

fn check(call: &Call, body: &Value, kept: &mut BTreeMap<String, String>) -> Result<()> {
    let text = body.to_string();
    for part in &call.says {
        ensure!(text.contains(part), "nothing says {part:?}: {text}");
    }
    if let Some(difference) = call.has.as_ref().and_then(|expected| lacks(body, expected)) {
        bail!("{difference}\n{text}");
    }
    for (name, pointer) in &call.keep {
        let value = body.pointer(pointer).and_then(Value::as_str);
        kept.insert(name.clone(), value.with_context(|| format!("no text at {pointer}: {text}"))?.to_owned());
    }
    Ok(())
}

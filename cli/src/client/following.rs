//! An operation, followed to its end with a sign of life.

use std::time::Duration;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use super::{Answer, Client, Code};

/// Between two looks, when the function app does not say.
const USUAL: Duration = Duration::from_secs(5);

/// How an operation ended, or where it was left.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The operation as the function app last showed it.
    pub(crate) operation: Value,
    /// What the command says of it.
    pub(crate) code: Code,
}

/// Follows an operation until it ends, or waits for a person.
pub(crate) async fn follow(client: &Client, mut answer: Answer) -> Result<Ended> {
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template("{spinner} {elapsed} {msg}")?);
    bar.enable_steady_tick(Duration::from_millis(120));
    loop {
        let operation = answer.body;
        if let Some(code) = code_of(&operation) {
            bar.finish_and_clear();
            return Ok(Ended { operation, code });
        }
        bar.set_message(told(client, &operation).await);
        tokio::time::sleep(answer.retry_after.unwrap_or(USUAL)).await;
        let path = format!("/api/operations/{}", text(&operation, "id"));
        answer = client.get(&path, &[]).await?;
    }
}

/// The code, once there is nothing to wait for but a person.
fn code_of(operation: &Value) -> Option<Code> {
    match text(operation, "status") {
        "Succeeded" => Some(Code::Done),
        "Failed" => Some(Code::Refused),
        "AwaitsApproval" => Some(Code::NeedsApproval),
        _ => None,
    }
}

async fn told(client: &Client, operation: &Value) -> String {
    let status = text(operation, "status");
    let Some(job) = operation.get("job").and_then(Value::as_str) else { return status.to_owned() };
    // The bar is a courtesy: a job that cannot be read now ends nothing.
    let Ok(job) = client.get("/api/jobs/one", &[("id", job)]).await else { return status.to_owned() };
    let count = |pointer: &str| job.body.pointer(pointer).and_then(Value::as_u64).unwrap_or_default();
    match count("/progress/of") {
        0 => status.to_owned(),
        of => format!("{status}: {} of {of} tasks", count("/progress/done")),
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

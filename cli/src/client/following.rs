//! An operation, followed to its end with a sign of life.

use std::time::Duration;

use anyhow::{Context as _, Result};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use super::{Answer, Client};
use crate::exit::Exit;
use crate::operation::waits_for;
use crate::out;
use crate::refusal::Coded;

/// Between two polls, when the function app does not say.
const USUAL: Duration = Duration::from_secs(5);

/// The command that goes on to follow an operation, but for its id.
pub(crate) const FOLLOW: &str = "holdfast operation";

/// How an operation ended, or how far it was when nobody waited any more.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The operation as the function app last showed it.
    pub(crate) operation: Value,
    /// What the command says of it.
    pub(crate) code: Exit,
}

/// Follows an operation until it ends, waits for a person, or the client's time is up.
///
/// Its id is told first, on standard error: whatever becomes of this command, the operation goes on. `again` is the command
/// that takes it up, but for the id.
pub(crate) async fn follow(client: &Client, mut answer: Answer, again: &str) -> Result<Ended> {
    let id = text(&answer.body, "id").to_owned();
    let path = format!("/api/operations/{id}");
    out::note(&format!("operation {id}"));
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template("{spinner} {elapsed} {msg}")?);
    bar.enable_steady_tick(Duration::from_millis(120));
    let mut is_told = false;
    loop {
        let operation = answer.body;
        if let Some(code) = code_of(&operation) {
            bar.finish_and_clear();
            return Ok(Ended { operation, code });
        }
        // What somebody has to give is told while it is waited for, not after.
        if text(&operation, "status") == "AwaitsPermissions" && !is_told {
            is_told = true;
            out::note(&waits_for(&operation).join("\n"));
        }
        bar.set_message(described(client, &operation).await);
        if client.left().is_some_and(|left| left.is_zero()) {
            bar.finish_and_clear();
            let status = text(&operation, "status");
            let message = format!(
                "the operation is still {status} when the time is up; it goes on. Follow it with:\n  {again} {id}"
            );
            return Err(Coded::described("TimeIsUp", message));
        }
        tokio::time::sleep(client.pause(answer.retry_after.unwrap_or(USUAL))).await;
        answer = client.get(&path, &[]).await.with_context(|| {
            format!("the operation goes on, but it could not be followed. Try again with:\n  {again} {id}\n")
        })?;
    }
}

/// The code, once there is nothing to wait for but a person.
pub(crate) fn code_of(operation: &Value) -> Option<Exit> {
    match text(operation, "status") {
        "Succeeded" => Some(Exit::Done),
        "Failed" => Some(Exit::Failed),
        "AwaitsApproval" => Some(Exit::NeedsApproval),
        _ => None,
    }
}

async fn described(client: &Client, operation: &Value) -> String {
    let status = text(operation, "status");
    let Some(job) = operation.get("job").and_then(Value::as_str) else { return status.to_owned() };
    // The bar is a courtesy: a job that cannot be read now ends nothing, and is not waited for.
    let Ok(job) = client.glance("/api/jobs/one", &[("id", job)]).await else { return status.to_owned() };
    let count = |pointer: &str| job.body.pointer(pointer).and_then(Value::as_u64).unwrap_or_default();
    match count("/progress/of") {
        0 => status.to_owned(),
        of => format!("{status}: {} of {of} tasks", count("/progress/done")),
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

//! An operation, followed to its end with a sign of life.

use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use super::answer::Refused;
use super::{Answer, Client};
use crate::exit::Exit;

/// Between two looks, when the function app does not say.
const USUAL: Duration = Duration::from_secs(5);

/// How an operation ended, or where it was left.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The operation as the function app last showed it.
    pub(crate) operation: Value,
    /// What the command says of it.
    pub(crate) code: Exit,
}

/// Polls in a row that may fail before the command gives up.
const MOST_FAILURES: u32 = 6;

/// Follows an operation until it ends, waits for a person, or has taken so long.
///
/// Its id is told first, on standard error: whatever becomes of this command, the operation goes on.
pub(crate) async fn follow(client: &Client, mut answer: Answer, patience: Option<Duration>) -> Result<Ended> {
    let id = text(&answer.body, "id").to_owned();
    let path = format!("/api/operations/{id}");
    // Nothing can be done about a closed standard error.
    let _ = writeln!(std::io::stderr(), "operation {id}");
    let begun = Instant::now();
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
        let left = patience.map(|patience| patience.saturating_sub(begun.elapsed()));
        if left.is_some_and(|left| left.is_zero()) {
            let status = text(&operation, "status");
            bail!("still {status} when the time was up. It goes on; follow it with: holdfast operation {id}");
        }
        let pause = answer.retry_after.unwrap_or(USUAL);
        tokio::time::sleep(left.map_or(pause, |left| pause.min(left))).await;
        answer = poll(client, &path).await.with_context(|| {
            format!(
                "the operation goes on, but could not be followed; try again with: holdfast operation {id}"
            )
        })?;
    }
}

/// Asks again where asking again may help.
async fn poll(client: &Client, path: &str) -> Result<Answer> {
    let mut failures = 0;
    loop {
        match client.get(path, &[]).await {
            Err(error) if Refused::may_pass(&error) && failures < MOST_FAILURES => {
                failures += 1;
                tokio::time::sleep(Duration::from_millis(250 << failures)).await;
            }
            ended => return ended,
        }
    }
}

/// The code, once there is nothing to wait for but a person.
fn code_of(operation: &Value) -> Option<Exit> {
    match text(operation, "status") {
        "Succeeded" => Some(Exit::Done),
        "Failed" => Some(Exit::Failed),
        "AwaitsApproval" => Some(Exit::NeedsApproval),
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

//! `holdfast operation`, and what the commands that ask for an operation have in common.

use anyhow::Result;
use clap::Args;
use holdfast_evaluator::Visible;
use serde_json::Value;
use uuid::Uuid;

use crate::client::{Client, Server, follow};
use crate::exit::{self, Exit};
use crate::moment::Patience;
use crate::out;

/// How an operation is asked for.
#[derive(Args)]
pub(crate) struct Way {
    /// Why; kept with the operation.
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: Option<String>,
    /// Show what would be done and let Azure validate it, but do nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// End as soon as it has begun, instead of following it.
    #[arg(long)]
    no_wait: bool,
    /// Stop following it after this time, such as 30m or 2h; the operation goes on.
    #[arg(long, value_name = "TIME", conflicts_with = "no_wait")]
    timeout: Option<Patience>,
    /// The same key asks for the same operation, however often it is sent; one is made up without it.
    #[arg(long, value_name = "KEY")]
    key_of_request: Option<String>,
    /// Print the operation as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which operation.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// The operation's id, as the command that asked for it printed it.
    id: String,
    /// Show it as it is now, instead of following it.
    #[arg(long)]
    no_wait: bool,
    /// Stop following it after this time, such as 30m or 2h; the operation goes on.
    #[arg(long, value_name = "TIME", conflicts_with = "no_wait")]
    timeout: Option<Patience>,
    /// Print the operation as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    server: Server,
}

/// Shows an operation that somebody asked for, and follows it.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?;
    let answer = client.get(&format!("/api/operations/{}", options.id), &[]).await?;
    let (operation, exit) = if options.no_wait {
        (answer.body, Exit::Done)
    } else {
        let ended = follow(&client, answer, options.timeout.map(|Patience(time)| time)).await?;
        (ended.operation, ended.code)
    };
    tell(&operation, options.json)?;
    Ok(exit)
}

/// Asks for an operation, follows it, and tells how it ended.
pub(crate) async fn ask(client: &Client, path: &str, body: &Value, way: &Way) -> Result<Exit> {
    let query: &[(&str, &str)] = if way.dry_run { &[("dry_run", "true")] } else { &[] };
    let key = way.key_of_request.clone().unwrap_or_else(|| Uuid::new_v4().to_string());
    let answer = client.post(path, query, body, &key).await?;
    let (operation, code) = if way.no_wait {
        (answer.body, Exit::Done)
    } else {
        let ended = follow(client, answer, way.timeout.map(|Patience(time)| time)).await?;
        (ended.operation, ended.code)
    };
    tell(&operation, way.json)?;
    Ok(code)
}

/// Prints an operation.
pub(crate) fn tell(operation: &Value, as_json: bool) -> Result<()> {
    if as_json {
        out::json(operation)?;
    } else {
        out::page(&told(operation));
    }
    Ok(())
}

/// An operation in lines for a person.
fn told(operation: &Value) -> String {
    let text = |pointer: &str| operation.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let name = text("/resource").rsplit('/').next().unwrap_or_default();
    let mut lines = vec![format!("{} of {name}: {}", text("/action"), in_words(text("/status")))];
    let list =
        |pointer: &str| operation.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default();
    lines.extend(list("/steps").iter().filter_map(Value::as_str).map(|step| format!("  {step}")));
    lines.extend(list("/missingRoles").iter().map(|missing| {
        let part = |key: &str| missing.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        format!("  needs the role {} on {}", part("role"), part("scope"))
    }));
    lines.extend(list("/notes").iter().filter_map(Value::as_str).map(|note| format!("  {note}")));
    if !text("/error/code").is_empty() {
        lines.push(format!("  {}: {}", text("/error/code"), text("/error/message")));
    }
    if text("/status") == "AwaitsApproval" {
        lines.push(format!("  somebody else has to agree until {}:", text("/needs/until")));
        lines.push(format!("  holdfast approve {}", text("/id")));
    }
    lines.push(format!("  operation {}", text("/id")));
    let shown: Vec<String> = lines.iter().map(|line| Visible::of(line).to_string() + "\n").collect();
    shown.concat()
}

fn in_words(status: &str) -> &str {
    match status {
        "Succeeded" => "done",
        "Failed" => "failed",
        "AwaitsApproval" => "awaits approval",
        "AwaitsPermissions" => "waits for permissions",
        "InProgress" => "in progress",
        "Validating" => "being validated by Azure",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_operation_is_told_with_what_a_person_has_to_do_next() {
        let operation = json!({ "id": "7", "status": "AwaitsApproval", "action": "restore",
            "resource": "/subscriptions/s/x/erp-data", "steps": ["validate", "restore"],
            "needs": { "until": "2026-01-01T00:00:00Z" } });
        let lines = told(&operation);
        assert!(lines.starts_with("restore of erp-data: awaits approval\n  validate\n"), "{lines}");
        assert!(lines.contains("holdfast approve 7"), "{lines}");
    }
}

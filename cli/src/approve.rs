//! `holdfast approve`: the second person's word.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use crate::client::{Server, follow};
use crate::exit::{self, Exit};
use crate::{listing, operation};

/// Which operation, and which word.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// The operation's id; without it, those that wait are listed.
    id: Option<String>,
    /// Reject it instead.
    #[arg(long, requires = "id")]
    reject: bool,
    /// Why; kept with the operation.
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    server: Server,
}

/// Says the word, and follows what is approved to its end.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?;
    let Some(id) = &options.id else {
        let waiting = client.list("/api/approvals", &[]).await?;
        listing::print(&waiting, options.json, &["UNTIL", "ACTION", "BY", "RESOURCE", "ID"], row)?;
        return Ok(Exit::Done);
    };
    let word = if options.reject { "reject" } else { "approve" };
    let body = json!({ "why": options.why });
    let answer = client.post(&format!("/api/approvals/{id}/{word}"), &[], &body, id).await?;
    if options.reject {
        operation::tell(&answer.body, options.json)?;
        return Ok(Exit::Done);
    }
    let ended = follow(&client, answer, None).await?;
    operation::tell(&ended.operation, options.json)?;
    Ok(ended.code)
}

fn row(operation: &Value) -> Vec<String> {
    let text =
        |pointer: &str| operation.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let name = text("/resource").rsplit('/').next().unwrap_or_default().to_owned();
    vec![
        listing::time(operation.get("needs").unwrap_or(&Value::Null), "until"),
        text("/action"),
        text("/by/name"),
        name,
        text("/id"),
    ]
}

//! `holdfast rules`: the rule set in force, how each rule does, and the way back.

mod page;

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::client::Server;
use crate::exit::{self, Exit};
use crate::out;

const EXAMPLES: &str = "\
Examples:
  holdfast rules
  holdfast rules refresh
  holdfast rules rollback 2 --why \"it protects too little\"";

/// What is asked of the rules in force.
#[derive(Args)]
#[command(after_help = format!("{}\n\n{EXAMPLES}", exit::HELP))]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Option<Command>,
    /// Print JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(flatten)]
    server: Server,
}

#[derive(Subcommand)]
enum Command {
    /// Show the rule set in force, and how each rule does (the default).
    Show,
    /// Have the function app read its rule set source now.
    Refresh,
    /// Serve an earlier revision, on every instance, until a newer one is offered.
    Rollback(Rollback),
}

#[derive(Args)]
struct Rollback {
    /// Revision to serve; `holdfast rules` lists those that were accepted.
    #[arg(value_name = "REVISION")]
    to: u64,
    /// Why; kept with the order in the ledger.
    #[arg(long, value_name = "TEXT")]
    why: String,
}

/// Does what was asked, and tells which rules are in force then.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?;
    let (said, answer) = match &options.command {
        None | Some(Command::Show) => (None, client.get("/api/rules", &[]).await?),
        Some(Command::Refresh) => (Some("Refreshed"), client.order("/api/rules/refresh", &json!({})).await?),
        Some(Command::Rollback(Rollback { to, why })) => {
            let body = json!({ "to": to, "why": why });
            (Some("Rolled back"), client.order("/api/rules/rollback", &body).await?)
        }
    };
    let answer = answer.body;
    match said {
        _ if options.json => out::json(&answer)?,
        Some(said) => {
            let revision = answer.get("revision").and_then(Value::as_u64).unwrap_or_default();
            out::page(&format!("{said}: revision {revision} is in force\n"));
        }
        None => out::page(&page::of(&answer)),
    }
    Ok(Exit::Done)
}

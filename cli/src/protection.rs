//! `holdfast protection`: what is protected, was, or could be, with its state.

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::client::{Server, stated};
use crate::exit::{self, Exit};
use crate::listing::{self, text};
use crate::words::{name, state};

/// Which targets.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// Only resources of this name; those without a backup instance are listed then too.
    name: Option<String>,
    /// Only those in this state. Orphaned is what is left of a resource that is gone.
    #[arg(long, value_enum, ignore_case = true)]
    state: Option<State>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    server: Server,
}

/// States of targets.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum State {
    Protected,
    Configuring,
    Error,
    Stopped,
    Suspended,
    SoftDeleted,
    Orphaned,
    Unprotected,
}

/// Lists targets.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?;
    let state =
        options.state.and_then(|state| state.to_possible_value()).map(|state| state.get_name().to_owned());
    let given = [("name", options.name), ("state", state)];
    let query = stated(&given);
    let found = client.list("/api/protection", &query).await?;
    listing::print_entries(&found, options.json, "no resource is in this list", entry)?;
    Ok(Exit::Done)
}

/// A target in a few lines.
fn entry(target: &Value) -> Vec<String> {
    let resource = text(target, "resource");
    let mut lines = vec![format!("{}: {}", name(&resource), state(target)), format!("  {resource}")];
    let (policy, vault) = (text(target, "policy"), text(target, "vault"));
    if !vault.is_empty() {
        lines.push(format!("  policy {} in vault {}", name(&policy), name(&vault)));
    }
    if let Some(error) = target.get("error") {
        lines.push(format!("  {}: {}", text(error, "code"), text(error, "message")));
    }
    lines
}

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
    let none = none(options.name.as_deref(), options.state);
    let given = [("name", options.name), ("state", state)];
    let query = stated(&given);
    let found = client.list("/api/protection", &query).await?;
    listing::print_entries(&found.items, options.json, found.none(none), entry)?;
    Ok(found.end())
}

/// What an empty list means.
fn none(name: Option<&str>, state: Option<State>) -> &'static str {
    match (name, state) {
        (Some(_), None) => "Azure's index, minutes behind, has no resource of exactly this name",
        (Some(_), Some(_)) => "Azure's index, minutes behind, has no resource of this name in this state",
        (None, Some(_)) => "Azure's index, minutes behind, has no resource in this state",
        (None, None) => {
            "nothing is protected, or was\n  holdfast protection --state unprotected lists what could be"
        }
    }
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

#[test]
fn an_empty_list_says_what_was_looked_for() {
    assert!(none(Some("erp"), None).contains("exactly this name"));
    assert!(none(None, Some(State::Error)).contains("in this state"));
    assert!(none(None, None).contains("--state unprotected"));
}

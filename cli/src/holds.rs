//! `holdfast holds`: what people decided against the rules, and until when.

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;
use serde_json::Value;

use crate::client::Server;
use crate::exit::{self, Exit};
use crate::listing::{self, text};
use crate::words::{name, person, target, target_of_command};

/// How they are shown.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    server: Server,
}

/// Lists the holds that are in force; what ends first comes first.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?;
    let mut found = client.list("/api/holds", &[]).await?;
    found.items.sort_by_cached_key(end);
    let none = found.none("nothing is held against the rules");
    listing::print_entries(&found.items, options.json, none, entry)?;
    Ok(found.end())
}

/// When a hold ends.
fn end(listed: &Value) -> Option<Timestamp> {
    text(listed, "until").parse().ok()
}

/// A hold of the list, in a few lines.
fn entry(listed: &Value) -> Vec<String> {
    let resource = text(listed, "resource");
    let hold = listed.get("hold").unwrap_or(listed);
    let mut lines = vec![format!("{}: {}", target(listed), in_short(hold)), format!("  {resource}")];
    lines.extend(details(hold));
    lines.push("  to end it before:".to_owned());
    lines.push(format!("  holdfast resume {}", target_of_command(listed)));
    lines
}

/// What a hold is, in half a line.
pub(crate) fn in_short(hold: &Value) -> String {
    format!("held as {} until {}", text(hold, "act"), listing::time(hold, "until"))
}

/// Who, since when, why, with which policy, by which operation.
pub(crate) fn details(hold: &Value) -> Vec<String> {
    let mut lines = vec![format!("  by {} since {}", person(hold.get("by")), listing::time(hold, "since"))];
    let (why, policy, operation) = (text(hold, "why"), text(hold, "policy"), text(hold, "operation"));
    if !why.is_empty() {
        lines.push(format!("  why: {why}"));
    }
    let decided = text(hold, "decided");
    if !decided.is_empty() {
        lines.push(format!("  the rules decided: {decided}"));
    }
    if !policy.is_empty() {
        lines.push(format!("  policy {}", name(&policy)));
    }
    if !operation.is_empty() {
        lines.push(format!("  operation {operation}"));
    }
    lines
}

#[test]
fn the_command_that_ends_a_hold_names_the_workload_that_is_held() {
    let mut hold = serde_json::json!({ "resource": "/x/virtualMachines/erp", "act": "suspend",
        "since": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z" });
    assert_eq!(entry(&hold).last().map(String::as_str), Some("  holdfast resume /x/virtualMachines/erp"));
    hold["workload"] = "sql-in-vm".into();
    let lines = entry(&hold);
    assert_eq!(lines[0], "erp as sql-in-vm: held as suspend until 2026-02-01T00:00:00Z");
    let command = "  holdfast resume /x/virtualMachines/erp --workload sql-in-vm";
    assert_eq!(lines.last().map(String::as_str), Some(command));
}

#[test]
fn what_ends_first_comes_first() {
    let hold = |until: &str| serde_json::json!({ "until": until });
    let mut found =
        [hold("2026-03-01T00:00:00Z"), hold("2026-02-01T00:00:00.5Z"), hold("2026-02-01T00:00:00Z")];
    found.sort_by_cached_key(end);
    let order: Vec<String> = found.iter().map(|one| text(one, "until")).collect();
    assert_eq!(order, ["2026-02-01T00:00:00Z", "2026-02-01T00:00:00.5Z", "2026-03-01T00:00:00Z"]);
}

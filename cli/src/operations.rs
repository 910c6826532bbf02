//! `holdfast operations`: what was asked for, newest first.

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::client::{Server, resolve_if_named, stated};
use crate::exit::{self, Exit};
use crate::listing::{self, text};
use crate::moment::Moment;
use crate::words::{person, status, target};

/// Which operations.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// Only those about this resource: ARM id, or its name if no other has it.
    #[arg(long)]
    resource: Option<String>,
    /// Only those that are so far.
    #[arg(long, value_enum, ignore_case = true)]
    status: Option<Status>,
    /// Only those that are not over.
    #[arg(long)]
    open: bool,
    /// Only those that rules judge as this: files are a restore, archive is a change-policy, a registration a backup.
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Only those that this person asked for: name, id, or name of the key.
    #[arg(long, value_name = "PERSON")]
    by: Option<String>,
    /// Only those that were asked for since then: RFC 3339, a date, or how long ago, such as 90d; 31d without it.
    #[arg(long, value_name = "TIME")]
    since: Option<Moment>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    server: Server,
}

/// How far operations are.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Status {
    AwaitsApproval,
    Validating,
    AwaitsPermissions,
    InProgress,
    Succeeded,
    Failed,
}

/// What operations do.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Backup,
    Restore,
    StopAndRetain,
    StopAndDelete,
    Suspend,
    Resume,
    ChangePolicy,
}

/// Lists operations, newest first.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?;
    let resource = resolve_if_named(&client, options.resource.as_deref()).await?;
    let kind = options.kind.and_then(|kind| kind.to_possible_value()).map(|kind| kind.get_name().to_owned());
    let none = match options.since {
        None => "no operation of the last 31 days fits; --since 90d looks further back",
        Some(_) => "no operation since then fits",
    };
    let given = [
        ("resource", resource),
        ("status", options.status.map(|status| format!("{status:?}"))),
        ("open", options.open.then(|| "true".to_owned())),
        ("kind", kind),
        ("by", options.by),
        ("since", options.since.map(|Moment(time)| time.to_string())),
    ];
    let query = stated(&given);
    let found = client.list("/api/operations", &query).await?;
    listing::print_entries(&found.items, options.json, found.none(none), entry)?;
    Ok(found.end())
}

/// An operation in a few lines.
pub(crate) fn entry(operation: &Value) -> Vec<String> {
    let mut lines = vec![
        format!(
            "{}  {} of {}: {}",
            listing::time(operation, "startTime"),
            text(operation, "action"),
            target(operation),
            status(operation)
        ),
        format!("  by {}", person(operation.get("by"))),
    ];
    let why = text(operation, "why");
    if !why.is_empty() {
        lines.push(format!("  why: {why}"));
    }
    if let Some(error) = operation.get("error") {
        lines.push(format!("  {}: {}", text(error, "code"), text(error, "message")));
    }
    lines.push(format!("  operation {}", text(operation, "id")));
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_says_who_and_why_and_how_it_ended() {
        let lines =
            entry(&json!({ "id": "7", "status": "Failed", "action": "suspend", "resource": "/x/erp-data",
            "startTime": "2026-01-01T00:00:00.5Z", "by": { "id": "key:olga", "name": "olga" }, "why": "moved",
            "error": { "code": "OperationRejected", "message": "bob (key:bob) did not agree" } }));
        assert_eq!(
            lines,
            [
                "2026-01-01T00:00:00Z  suspend of erp-data: rejected",
                "  by olga (key:olga)",
                "  why: moved",
                "  OperationRejected: bob (key:bob) did not agree",
                "  operation 7"
            ]
        );
    }
}

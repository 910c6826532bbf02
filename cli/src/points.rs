//! `holdfast points`: what a resource can be restored from.

use anyhow::Result;
use clap::Args;
use clap::builder::PossibleValuesParser;
use holdfast_evaluator::Visible;
use serde_json::{Value, json};

use crate::client::{Listed, Server, resolve, stated, told};
use crate::exit::{self, Exit};
use crate::listing;
use crate::moment::Moment;
use crate::out;
use crate::words::command_target;

/// Which recovery points.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// ARM id, or the name of a resource if no other has it.
    resource: String,
    /// Which of its workloads, such as azure-vm; all without it.
    #[arg(long, value_name = "WORD")]
    workload: Option<String>,
    /// Only points of this time or later: RFC 3339, a date, or how long ago, such as 7d.
    #[arg(long, value_name = "TIME")]
    from: Option<Moment>,
    /// Only points of this time or earlier.
    #[arg(long, value_name = "TIME")]
    to: Option<Moment>,
    /// Only points of this kind, such as Full or Incremental.
    #[arg(long)]
    kind: Option<String>,
    /// Only points with a copy in this tier.
    #[arg(long, value_parser = PossibleValuesParser::new(TIERS), ignore_case = true)]
    tier: Option<String>,
    /// What the paired region of the vault has.
    #[arg(long)]
    secondary: bool,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    server: Server,
}

/// Data stores of Azure Backup, as its REST API writes them (official).
const TIERS: [&str; 3] = ["OperationalStore", "VaultStore", "ArchiveStore"];

/// What an empty list means where something could not be read: there may be recovery points.
const NONE_READ: &str = "no recovery point in what could be read";

/// Lists recovery points, newest first, and the moments that continuous backup can go back to.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?;
    let resource = resolve(&client, &options.resource).await?;
    let is_narrowed =
        options.from.is_some() || options.to.is_some() || options.kind.is_some() || options.tier.is_some();
    let none = none(&resource, options.workload.as_deref(), is_narrowed, options.secondary);
    let time = |moment: Option<Moment>| moment.map(|Moment(time)| time.to_string());
    let given = [
        ("workload", options.workload),
        ("from", time(options.from)),
        ("to", time(options.to)),
        ("tier", options.tier),
        ("kind", options.kind),
    ];
    let mut query = vec![("resource", resource.as_str())];
    query.extend(stated(&given));
    if options.secondary {
        query.push(("region", "secondary"));
    }
    let points = client.list("/api/recovery-points", &query).await?;
    let ranges = match options.secondary {
        true => Listed::default(),
        false => {
            let named = |(name, _): &&(&str, &str)| ["resource", "workload"].contains(name);
            let of: Vec<_> = query.iter().filter(named).copied().collect();
            client.list("/api/recovery-points/ranges", &of).await?
        }
    };
    let unread = all_unread(&points, &ranges);
    let (points, ranges) = (points.items, ranges.items);
    if options.json {
        let all = json!({ "points": points, "ranges": ranges });
        out::json(&all)?;
        return Ok(told(&unread));
    }
    if ranges.is_empty() || !points.is_empty() {
        let none = if unread.is_empty() { none.as_str() } else { NONE_READ };
        listing::print(&points, false, none, &["TIME", "TIER", "EXPIRES", "ID"], row)?;
    }
    for range in ranges {
        let (start, end) = (listing::text(&range, "start"), listing::text(&range, "end"));
        out::page(&format!("any moment from {} to {}\n", Visible::of(&start), Visible::of(&end)));
    }
    Ok(told(&unread))
}

/// What both lists lack, each once.
fn all_unread(points: &Listed, ranges: &Listed) -> Vec<String> {
    let only_of_ranges = ranges.unread.iter().filter(|line| !points.unread.contains(line));
    points.unread.iter().chain(only_of_ranges).cloned().collect()
}

/// What an empty list means, and what to do about it.
fn none(resource: &str, workload: Option<&str>, is_narrowed: bool, is_secondary: bool) -> String {
    let target = command_target(resource, workload);
    match (is_narrowed, is_secondary) {
        (true, false) => {
            format!("no recovery point fits; those of every time, kind and tier:\n  holdfast points {target}")
        }
        (true, true) => format!(
            "no recovery point of the paired region fits; all of them:\n  holdfast points {target} --secondary"
        ),
        (false, true) => format!(
            "the paired region has no recovery point yet: points arrive there within 12 hours\n  what the vault's own \
             region has:\n  holdfast points {target}"
        ),
        (false, false) => format!(
            "no recovery point yet\n  the policy takes the next one by its schedule; to take one now:\n  holdfast backup {target}"
        ),
    }
}

fn row(point: &Value) -> Vec<String> {
    let copies = point.get("copies").and_then(Value::as_array).into_iter().flatten();
    let tiers: Vec<&str> = copies.filter_map(|copy| copy.get("store")?.as_str()).collect();
    let tiers = tiers.iter().map(|tier| tier.trim_end_matches("Store")).collect::<Vec<_>>().join(", ");
    let text = |key: &str| listing::text(point, key);
    let expires = listing::time(point, "expires").chars().take("2026-01-31".len()).collect();
    let threat = match text("threat").as_str() {
        "warning" | "unhealthy" => " (suspicious)",
        _ => "",
    };
    vec![listing::time(point, "time"), tiers, expires, format!("{}{threat}", text("id"))]
}

#[test]
fn an_empty_list_says_what_it_means() {
    let said = |is_narrowed, is_secondary| none("/x/disks/d", None, is_narrowed, is_secondary);
    assert!(said(false, false).ends_with("to take one now:\n  holdfast backup /x/disks/d"));
    assert!(said(true, false).contains("fits") && !said(true, false).contains("yet"));
    assert!(said(false, true).contains("within 12 hours") && !said(false, true).contains("holdfast backup"));
    assert!(said(true, true).ends_with("holdfast points /x/disks/d --secondary"));
    let of_machine = none("/x/vms/m", Some("azure-vm"), false, false);
    assert!(of_machine.ends_with("holdfast backup /x/vms/m --workload azure-vm"), "{of_machine}");
}

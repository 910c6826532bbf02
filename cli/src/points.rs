//! `holdfast points`: what a resource can be restored from.

use anyhow::Result;
use clap::Args;
use clap::builder::PossibleValuesParser;
use holdfast_evaluator::Visible;
use serde_json::{Value, json};

use crate::client::{Server, resolve, stated};
use crate::exit::{self, Exit};
use crate::listing;
use crate::moment::Moment;
use crate::out;

const NONE: &str =
    "no recovery point yet\n  the policy takes the next one by its schedule; `holdfast backup` takes one now";

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

/// Lists recovery points, newest first, and the moments that continuous backup can go back to.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?;
    let resource = resolve(&client, &options.resource).await?;
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
        true => Vec::new(),
        false => {
            let named = |(name, _): &&(&str, &str)| ["resource", "workload"].contains(name);
            let of: Vec<_> = query.iter().filter(named).copied().collect();
            client.list("/api/recovery-points/ranges", &of).await?
        }
    };
    if options.json {
        let all = json!({ "points": points, "ranges": ranges });
        out::json(&all)?;
        return Ok(Exit::Done);
    }
    if ranges.is_empty() || !points.is_empty() {
        listing::print(&points, false, NONE, &["TIME", "TIER", "EXPIRES", "ID"], row)?;
    }
    for range in ranges {
        let (start, end) = (listing::text(&range, "start"), listing::text(&range, "end"));
        out::page(&format!("any moment from {} to {}\n", Visible::of(&start), Visible::of(&end)));
    }
    Ok(Exit::Done)
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

//! `holdfast points`: what a resource can be restored from.

use anyhow::Result;
use clap::Args;
use serde_json::Value;

use crate::client::{Code, EXIT_CODES, Server, resolve};
use crate::listing;

/// Which recovery points.
#[derive(Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Options {
    /// ARM id, or the name of a protected resource if no other has it.
    resource: String,
    /// Only points of this time or later (RFC 3339).
    #[arg(long)]
    from: Option<String>,
    /// Only points of this time or earlier (RFC 3339).
    #[arg(long)]
    to: Option<String>,
    /// Only points with a copy in this tier: OperationalStore, VaultStore or ArchiveStore.
    #[arg(long)]
    tier: Option<String>,
    /// What the paired region of the vault has.
    #[arg(long)]
    secondary: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

/// Lists recovery points, newest first.
pub(crate) async fn run(options: Options) -> Result<Code> {
    let client = options.server.client().await?;
    let resource = resolve(&client, &options.resource).await?;
    let given = [("from", &options.from), ("to", &options.to), ("tier", &options.tier)];
    let mut query = vec![("resource", resource.as_str())];
    query.extend(given.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))));
    if options.secondary {
        query.push(("region", "secondary"));
    }
    let points = client.list("/api/recovery-points", &query).await?;
    listing::print(&points, options.json, &["TIME", "KIND", "TIER", "EXPIRES", "ID"], row)?;
    Ok(Code::Done)
}

fn row(point: &Value) -> Vec<String> {
    let copies = point.get("copies").and_then(Value::as_array).into_iter().flatten();
    let tiers: Vec<&str> = copies.filter_map(|copy| copy.get("store")?.as_str()).collect();
    let tiers = tiers.iter().map(|tier| tier.trim_end_matches("Store")).collect::<Vec<_>>().join(", ");
    let text = |key: &str| listing::text(point, key);
    vec![listing::time(point, "time"), text("kind"), tiers, listing::time(point, "expires"), text("id")]
}

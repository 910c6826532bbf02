//! `holdfast jobs`: backups and restores of all vaults, once or until none runs.

use std::time::Duration;

use anyhow::Result;
use clap::Args;
use serde_json::Value;

use crate::client::{Server, resolve};
use crate::exit::{self, Exit};
use crate::listing;

/// Which jobs.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// Only jobs of this resource: ARM id, or the name of a protected resource if no other has it.
    #[arg(long)]
    resource: Option<String>,
    /// Azure's word, such as InProgress, Completed or Failed.
    #[arg(long)]
    status: Option<String>,
    /// Azure's word, such as Backup or Restore.
    #[arg(long)]
    operation: Option<String>,
    /// Restores that the paired regions of vaults do.
    #[arg(long)]
    secondary: bool,
    /// Show them again and again until none runs.
    #[arg(long)]
    watch: bool,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    server: Server,
}

/// Between two looks of `--watch`.
const PAUSE: Duration = Duration::from_secs(5);

/// Lists jobs, newest first; 1 if the watched ones include one that failed.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?;
    let resource = match &options.resource {
        Some(named) => Some(resolve(&client, named).await?),
        None => None,
    };
    let given = [("resource", &resource), ("status", &options.status), ("operation", &options.operation)];
    let mut query: Vec<(&str, &str)> =
        given.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
    if options.secondary {
        query.push(("region", "secondary"));
    }
    loop {
        let jobs = client.list("/api/jobs", &query).await?;
        listing::print(&jobs, options.json, &["STARTED", "OPERATION", "STATUS", "TASKS", "RESOURCE"], row)?;
        let runs = |job: &Value| job.get("hasEnded").and_then(Value::as_bool) == Some(false);
        if !options.watch || !jobs.iter().any(runs) {
            let failed = |job: &Value| listing::text(job, "status").eq_ignore_ascii_case("failed");
            let bad = options.watch && jobs.iter().any(failed);
            return Ok(if bad { Exit::Failed } else { Exit::Done });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn row(job: &Value) -> Vec<String> {
    let count = |pointer: &str| job.pointer(pointer).and_then(Value::as_u64).unwrap_or_default();
    // Not every job has tasks: nothing is counted then.
    let tasks = match count("/progress/of") {
        0 => "-".to_owned(),
        of => format!("{}/{of}", count("/progress/done")),
    };
    let datasource = listing::text(job, "datasource");
    let name = datasource.rsplit('/').next().unwrap_or_default().to_owned();
    let text = |key: &str| listing::text(job, key);
    vec![listing::time(job, "started"), text("operation"), text("status"), tasks, name]
}

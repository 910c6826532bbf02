//! `holdfast backup`: a backup now.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::client::{Server, resolve};
use crate::exit::{self, Exit};
use crate::operation::{self, Way};

/// What to back up, and how.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// ARM id, or the name of a resource if no other has it.
    resource: String,
    /// Backup rule of the policy; may be left out when there is one.
    #[arg(long)]
    rule: Option<String>,
    /// Retention tag of the policy that says how long it is kept.
    #[arg(long, value_name = "TAG")]
    retention: Option<String>,
    #[command(flatten)]
    pub(crate) way: Way,
    #[command(flatten)]
    server: Server,
}

/// Asks for a backup and follows it to its end.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?;
    let resource = resolve(&client, &options.resource).await?;
    let body = json!({ "resource": resource, "rule": options.rule, "retentionTag": options.retention,
        "why": options.way.why, "workload": options.way.workload });
    operation::ask(client, "/api/backup", &body, &options.way).await
}

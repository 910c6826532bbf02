//! `holdfast resume`: backups again, whether they were stopped, suspended or deleted softly.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::client::{Server, resolve};
use crate::exit::{self, Exit};
use crate::operation::{self, Way};

/// What to resume.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// ARM id, or the name of a resource if no other has it.
    resource: String,
    #[command(flatten)]
    pub(crate) way: Way,
    #[command(flatten)]
    server: Server,
}

/// Asks for backups again, and follows it.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?;
    let resource = resolve(&client, &options.resource).await?;
    let body = json!({ "resource": resource, "why": options.way.why, "workload": options.way.workload });
    operation::ask(client, "/api/protection/resume", &body, &options.way).await
}

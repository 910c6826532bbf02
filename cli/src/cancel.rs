//! `holdfast cancel`: ends a job that runs.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::client::{Server, resolve_if_named};
use crate::exit::{self, Exit};
use crate::operation::{self, Way};

/// Which job.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// ARM id of the job; `holdfast jobs` shows the command for each that can be ended.
    job: String,
    /// The resource that it is about, where the job does not name it: ARM id, or its name if no other has it.
    #[arg(long)]
    resource: Option<String>,
    #[command(flatten)]
    pub(crate) way: Way,
    #[command(flatten)]
    server: Server,
}

/// Asks for the end of a job, and follows it.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?;
    let resource = resolve_if_named(&client, options.resource.as_deref()).await?;
    let body = json!({ "job": options.job, "resource": resource, "why": options.way.why,
        "workload": options.way.workload });
    operation::ask(client, "/api/jobs/cancel", &body, &options.way).await
}

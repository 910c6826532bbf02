//! `holdfast suspend`: no backups for a while; what there is expires by its policy.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::client::{Server, resolve};
use crate::exit::{self, Exit};
use crate::moment::Until;
use crate::operation::{self, Way};

/// What to suspend.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// ARM id, or the name of a resource if no other has it.
    resource: String,
    /// Until when this holds against the rules: a time, a date, or how far away, such as 30d.
    #[arg(long, value_name = "TIME")]
    until: Option<Until>,
    #[command(flatten)]
    pub(crate) way: Way,
    #[command(flatten)]
    server: Server,
}

/// Asks for backups to be suspended, and follows it.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?;
    let resource = resolve(&client, &options.resource).await?;
    let mut body = json!({ "resource": resource, "why": options.way.why, "workload": options.way.workload });
    Until::put(options.until, &mut body);
    operation::ask(client, "/api/protection/suspend", &body, &options.way).await
}

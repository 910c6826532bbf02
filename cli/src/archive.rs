//! `holdfast archive`: moves a recovery point into the archive tier.

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use crate::client::{Server, resolve};
use crate::exit::{self, Exit};
use crate::operation::{self, Way};
use crate::question;

/// Which recovery point.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// ARM id, or the name of a resource if no other has it.
    resource: String,
    /// The id of a recovery point; `holdfast points` lists them.
    #[arg(long, value_name = "POINT")]
    point: String,
    /// Do not ask before it is moved.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    pub(crate) way: Way,
    #[command(flatten)]
    server: Server,
}

/// Asks for the move, and follows it.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?;
    let resource = resolve(&client, &options.resource).await?;
    let what = "In the archive it costs less, stays at least half a year, and takes up to 15 hours to be brought back.";
    if !options.yes && !options.way.dry_run && !question::agreed(what, "Move it?")? {
        bail!("not moved");
    }
    let body = json!({ "resource": resource, "point": options.point, "why": options.way.why,
        "workload": options.way.workload });
    operation::ask(client, "/api/recovery-points/archive", &body, &options.way).await
}

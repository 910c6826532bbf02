//! `holdfast show`: one resource: its protection, what holds it, what the rules say, its points, what runs and what failed.

mod gathered;
mod page;
mod reading;

use anyhow::Result;
use clap::Args;

use crate::client::{Server, resolve, told};
use crate::exit::{self, Exit};
use crate::{out, page as pages};

/// Which resource.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// ARM id, or the name of a resource if no other has it. The resource may be gone.
    resource: String,
    /// Only this one of its workloads, such as sql-in-vm; all are shown without it.
    #[arg(long)]
    workload: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    server: Server,
}

/// Gathers what is known of a resource, which touches nothing, and tells it.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?;
    let resource = resolve(&client, &options.resource).await?;
    let gathered = gathered::about(&client, &resource, options.workload.as_deref()).await?;
    if options.json {
        out::json(&gathered)?;
    } else {
        out::page(&pages::of_lines(&page::lines(&gathered)));
    }
    Ok(told(&gathered.unread))
}

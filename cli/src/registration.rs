//! `holdfast register` and `holdfast unregister`: the registration of a machine with the vault of its databases.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::client::{Server, resolve};
use crate::exit::{self, Exit};
use crate::operation::{self, Way};

/// Which machine.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// ARM id of a virtual machine, or its name if no other resource has it.
    resource: String,
    #[command(flatten)]
    pub(crate) way: Way,
    #[command(flatten)]
    server: Server,
}

/// Has Azure set up its extension in the machine again, and follows it.
pub(crate) async fn register(options: Options) -> Result<Exit> {
    run(options, "/api/protection/register").await
}

/// Takes a machine in which nothing is protected out of its vault, and follows it.
pub(crate) async fn unregister(options: Options) -> Result<Exit> {
    run(options, "/api/protection/unregister").await
}

async fn run(options: Options, path: &str) -> Result<Exit> {
    let client = options.server.client().await?;
    let resource = resolve(&client, &options.resource).await?;
    let body = json!({ "resource": resource, "why": options.way.why, "workload": options.way.workload });
    operation::ask(client, path, &body, &options.way).await
}

//! A resource about which the rules in force are asked.

use anyhow::Result;
use clap::Args;
use serde_json::Value;

use crate::client::{Server, resolve};
use crate::exit;

/// Which resource.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Asked {
    /// ARM id, or the name of a resource if no other has it.
    resource: String,
    /// Which of its workloads, such as azure-vm; the first one without it.
    #[arg(long, value_name = "WORD")]
    workload: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    server: Server,
}

impl Asked {
    /// What the function app answers at this path about it; that touches nothing.
    pub(crate) async fn answer(&self, path: &str) -> Result<Value> {
        let client = self.server.client().await?;
        let resource = resolve(&client, &self.resource).await?;
        let mut query = vec![("resource", resource.as_str())];
        query.extend(self.workload.as_deref().map(|workload| ("workload", workload)));
        Ok(client.get(path, &query).await?.body)
    }
}

//! `holdfast host`: the function app as the Azure Functions host runs it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use holdfast_functions_host::{Host, HostConfig};

use crate::stopping::told_to_end;

/// Options of the host. App settings are taken from the environment, as the real host does.
#[derive(Args)]
pub(crate) struct Options {
    /// Folder with `host.json` and the functions.
    #[arg(long)]
    app_root: PathBuf,
    /// Port to serve on; 0 takes a free one.
    #[arg(long, default_value_t = 7071)]
    port: u16,
    /// How much faster than the real host its own waits are.
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
}

/// Runs until Ctrl-C.
pub(crate) async fn run(options: Options) -> Result<()> {
    // A variable that is no text is no app setting.
    let settings: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let config = HostConfig {
        app_root: options.app_root,
        port: options.port,
        settings,
        speed: options.speed,
        ..HostConfig::default()
    };
    let running = Host::start(config).await?;
    tracing::info!("functions at {}", running.url());
    told_to_end().await?;
    running.stop().await;
    Ok(())
}

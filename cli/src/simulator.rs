//! `holdfast simulator`: Azure on this machine, for trying rules and automation against.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use holdfast_simulator::{Config, Estate, Simulator, Throttling};

use crate::stopping::told_to_end;

/// Options of the simulator.
#[derive(Args)]
pub(crate) struct Options {
    /// Port for http; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Port for https; 0 takes a free one.
    #[arg(long, default_value_t = 8443)]
    https_port: u16,
    /// Where `ca.pem` is written; clients trust it.
    #[arg(long)]
    ca_dir: PathBuf,
    /// JSON file with the resources that exist at start.
    #[arg(long)]
    estate: Option<PathBuf>,
    /// Make up an estate of so many resources instead, from --seed.
    #[arg(long, value_name = "COUNT", conflicts_with = "estate")]
    resources: Option<usize>,
    /// Take an estate with one datasource of each Backup vault workload instead.
    #[arg(long, conflicts_with_all = ["estate", "resources"])]
    workloads: bool,
    /// The same seed gives the same estate, identifiers and disorder.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How much faster than Azure waiting is.
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// The clock stands still until it is moved through /_simulator/clock.
    #[arg(long)]
    frozen: bool,
    /// No call is refused for being one too many.
    #[arg(long)]
    no_throttling: bool,
}

/// Serves until Ctrl-C.
pub(crate) async fn run(options: Options) -> Result<()> {
    let estate = match (&options.estate, options.resources) {
        (Some(file), _) => Some(Estate::load(file)?),
        (None, Some(count)) => Some(Estate::seeded(options.seed, count)),
        (None, None) if options.workloads => Some(Estate::workloads()?),
        (None, None) => None,
    };
    let config = Config {
        http_port: options.port,
        https_port: options.https_port,
        ca_dir: Some(options.ca_dir.clone()),
        estate,
        speed: options.speed,
        seed: options.seed,
        frozen_at: options.frozen.then(jiff::Timestamp::now),
        throttling: if options.no_throttling { Throttling::Off } else { Throttling::Azure },
        ..Config::default()
    };
    let running = Simulator::start(config).await?;
    let trust = options.ca_dir.join("ca.pem");
    tracing::info!("ARM and Storage at {} and {}", running.https_url, running.http_url);
    tracing::info!("trust {} (SSL_CERT_FILE, REQUESTS_CA_BUNDLE, NODE_EXTRA_CA_CERTS)", trust.display());
    told_to_end().await?;
    Ok(())
}

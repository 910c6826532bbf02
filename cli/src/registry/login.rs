//! Who we are to a registry.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use holdfast_distribution::{DockerConfig, Registry, Repository, RetryTime};

use crate::exit::Unusable;

/// Where credentials come from.
#[derive(Args)]
pub(super) struct Login {
    /// Docker configuration with credentials; else the one that `docker login` and `oras login`
    /// write ($DOCKER_CONFIG/config.json or ~/.docker/config.json).
    #[arg(long, value_name = "FILE")]
    registry_config: Option<PathBuf>,
}

impl Login {
    /// A client for the registry of this repository.
    pub(super) fn registry(&self, repository: &Repository) -> Result<Registry> {
        let usual = || DockerConfig::usual_path(|name| std::env::var(name).ok());
        let config = match self.registry_config.clone().or_else(usual) {
            Some(path) => DockerConfig::load(&path).map_err(Unusable::of)?,
            None => DockerConfig::default(),
        };
        let credentials = config.credentials(repository.registry()).map_err(Unusable::of)?;
        Ok(Registry::new(credentials, RetryTime::default())?)
    }
}

//! Why a host could not start.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// A host that could not start.
#[derive(Debug, Error)]
pub enum HostError {
    /// `host.json` or `local.settings.json` is missing or not readable.
    #[error("could not read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not the JSON it should be.
    #[error("{} is not valid", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// `host.json` says something that cannot be done.
    #[error("host.json: {0}")]
    HostJson(String),
    /// The port is taken or not allowed.
    #[error("could not listen on port {port}: choose another one, or 0 for a free one")]
    Listen {
        /// The port.
        port: u16,
        /// Why.
        source: io::Error,
    },
    /// The client that calls the handler and the storage could not be made.
    #[error("could not make the http client")]
    Client(#[from] reqwest::Error),
    /// The speed is not a number above zero.
    #[error("speed {0} must be finite and above zero")]
    Speed(f64),
}

//! What a host can be told beside the app's own files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::Access;

/// The settings of one host. The default serves the current folder on port 7071, open to all, as Core Tools does.
#[derive(Clone, Debug)]
pub struct HostConfig {
    /// Folder with `host.json` and one folder for each function.
    pub app_root: PathBuf,
    /// Port to serve on, on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// App settings. They win over the environment, which wins over `local.settings.json`.
    pub settings: BTreeMap<String, String>,
    /// Divides the waits that are the host's own: queue polling and retry delays.
    pub speed: f64,
    /// How invocations state their length.
    pub framing: Framing,
    /// Who may call.
    pub access: Access,
    /// What follows when the handler crashed too often.
    pub after_stop: AfterStop,
}

impl Default for HostConfig {
    fn default() -> Self {
        Self {
            app_root: PathBuf::from("."),
            port: 7071,
            settings: BTreeMap::new(),
            speed: 1.0,
            framing: Framing::Chunked,
            access: Access::Open,
            after_stop: AfterStop::StartAgain,
        }
    }
}

/// How the body of an invocation is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// `Transfer-Encoding: chunked`, as in Azure.
    Chunked,
    /// `Content-Length`, as under Core Tools.
    ContentLength,
}

/// What follows when the host stops itself, because the handler crashed three times or never became ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterStop {
    /// A second later the platform starts it anew, as Azure does.
    StartAgain,
    /// It stays down and says so to every caller, as Core Tools would exit.
    StayDown,
}

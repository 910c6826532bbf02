//! Starting the handler: executable, folder, arguments and environment, and nothing else.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use uuid::Uuid;

use super::console;
use crate::app::App;

/// All that is needed to start the handler, again and again.
#[derive(Debug)]
pub(crate) struct Launch {
    executable: PathBuf,
    arguments: Vec<String>,
    folder: PathBuf,
    /// App settings and what the host adds for every start.
    environment: Vec<(String, String)>,
    fixed_port: Option<u16>,
    initialization_timeout: Duration,
}

/// A handler that could not be started.
#[derive(Debug, Error)]
pub(crate) enum StartError {
    #[error("could not start {}: {source}; see customHandler.description in host.json", executable.display())]
    Spawn { executable: PathBuf, source: io::Error },
    #[error("could not find a free port for the handler: {0}")]
    Port(io::Error),
    #[error("customHandler.port {port} is taken: {source}")]
    FixedPort { port: u16, source: io::Error },
}

impl Launch {
    /// `host_port` is where the host itself serves.
    pub(crate) fn new(app: &App, host_port: u16) -> Self {
        let description = &app.host.handler;
        let root = app.root.display().to_string();
        let mut environment: Vec<_> =
            app.settings.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        environment.push(("FUNCTIONS_APP_ROOT_PATH".into(), root.clone()));
        // What Core Tools adds, unless the app settings say otherwise.
        for (name, value) in [
            ("AZURE_FUNCTIONS_ENVIRONMENT", "Development".to_owned()),
            ("WEBSITE_HOSTNAME", format!("localhost:{host_port}")),
            ("AzureWebJobsScriptRoot", root),
        ] {
            if app.settings.get(name).is_none() {
                environment.push((name.to_owned(), value));
            }
        }
        Self {
            executable: locate(&app.root, &description.executable),
            arguments: description.arguments.clone(),
            folder: app.root.join(&description.working_directory),
            environment,
            fixed_port: app.host.handler_port,
            initialization_timeout: app.host.initialization_timeout,
        }
    }

    pub(super) fn initialization_timeout(&self) -> Duration {
        self.initialization_timeout
    }

    /// Starts the process and says at which port it should listen.
    pub(super) async fn start(&self) -> Result<(Child, u16), StartError> {
        let port = self.port().await?;
        let id = Uuid::new_v4().to_string();
        let mut child = Command::new(&self.executable)
            .args(&self.arguments)
            .current_dir(&self.folder)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string())
            .env("FUNCTIONS_HTTPWORKER_PORT", port.to_string())
            .env("FUNCTIONS_CUSTOMHANDLER_WORKER_ID", &id)
            .env("FUNCTIONS_HTTPWORKER_ID", &id)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| StartError::Spawn { executable: self.executable.clone(), source })?;
        console::follow(&mut child);
        Ok((child, port))
    }

    async fn port(&self) -> Result<u16, StartError> {
        let wanted = self.fixed_port.unwrap_or(0);
        let free = async { TcpListener::bind(("127.0.0.1", wanted)).await?.local_addr() };
        match (free.await, self.fixed_port) {
            (Ok(address), _) => Ok(address.port()),
            (Err(source), Some(port)) => Err(StartError::FixedPort { port, source }),
            (Err(source), None) => Err(StartError::Port(source)),
        }
    }
}

/// A relative path that exists under the app's root is meant; anything else is looked up on the PATH.
fn locate(root: &Path, executable: &str) -> PathBuf {
    let inside = root.join(executable);
    if inside.exists() { inside } else { PathBuf::from(executable) }
}

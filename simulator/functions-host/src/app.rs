//! The function app as its files describe it, parsed and checked once.

mod binding;
mod cron;
mod function;
mod function_json;
mod host_json;
mod retry;
mod route;
mod settings;
mod time_span;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) use self::binding::{
    AuthLevel, EventGridTrigger, HttpTrigger, Output, QueueOutput, QueueTrigger, TimerTrigger, Trigger,
};
pub(crate) use self::cron::Cron;
pub(crate) use self::function::{Function, FunctionName};
pub use self::function_json::FunctionError;
pub(crate) use self::host_json::{HostJson, HttpMode, MessageEncoding};
pub(crate) use self::retry::Retry;
pub(crate) use self::route::{Route, RouteParameters};
pub(crate) use self::settings::Settings;
use crate::error::HostError;

/// One function app.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) root: PathBuf,
    pub(crate) settings: Settings,
    pub(crate) host: HostJson,
    pub(crate) functions: Vec<Arc<Function>>,
    /// Functions that cannot run, each with what is wrong; the others run all the same.
    pub(crate) rejected: Vec<FunctionError>,
}

impl App {
    /// Reads the app's files.
    pub(crate) fn load(root: &Path, settings: Settings) -> Result<Self, HostError> {
        let root = root.canonicalize().map_err(|source| HostError::Read { path: root.to_owned(), source })?;
        let host = HostJson::load(&root.join("host.json"), &settings)?;
        let mut functions = Vec::new();
        let mut rejected = Vec::new();
        for folder in folders_with_functions(&root)? {
            match function_json::load(&folder, &settings) {
                Ok(Some(function)) => functions.push(Arc::new(function)),
                Ok(None) => tracing::info!(folder = %folder.display(), "the function is disabled"),
                Err(error) => rejected.push(error),
            }
        }
        Ok(Self { root, settings, host, functions, rejected })
    }

    /// The function of that name, in any case.
    pub(crate) fn function(&self, name: &str) -> Option<&Arc<Function>> {
        self.functions.iter().find(|function| function.name.matches(name))
    }
}

fn folders_with_functions(root: &Path) -> Result<Vec<PathBuf>, HostError> {
    let unreadable = |source| HostError::Read { path: root.to_owned(), source };
    let mut folders = Vec::new();
    for entry in fs::read_dir(root).map_err(unreadable)? {
        let folder = entry.map_err(unreadable)?.path();
        if folder.join("function.json").is_file() {
            folders.push(folder);
        }
    }
    folders.sort();
    Ok(folders)
}

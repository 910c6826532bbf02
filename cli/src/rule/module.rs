//! The module that a command works on: a file, or what the project in a folder builds.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, bail};
use holdfast_evaluator::{Inspected, Visible, inspect, manifest_issues};
use serde_json::Value;

use crate::progress;

use super::input;
use super::project::Project;

/// A module that was read, admitted and asked who it is.
pub(crate) struct Module {
    /// Where it lies.
    pub(crate) path: PathBuf,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// What it says of itself.
    pub(crate) inspected: Inspected,
    /// The project that builds it, if it was named by its folder.
    pub(crate) project: Option<Project>,
    /// The settings that the project states.
    settings: Option<Value>,
}

/// Where a module lies, before anything of it is read.
pub(crate) struct Place {
    /// The module file.
    pub(crate) path: PathBuf,
    /// The project that builds it, if it was named by its folder.
    pub(crate) project: Option<Project>,
}

impl Place {
    /// The place that a module file, or the folder of a project, names.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the project.
    pub(crate) fn of(path: &Path) -> anyhow::Result<Self> {
        let project = if path.is_dir() { Some(Project::open(path)?) } else { None };
        let path = project.as_ref().map_or_else(|| path.to_owned(), Project::output);
        Ok(Self { path, project })
    }

    /// The module's bytes.
    ///
    /// # Errors
    ///
    /// Says that it cannot be read, or has yet to be built.
    pub(crate) fn read(&self) -> anyhow::Result<Vec<u8>> {
        match &self.project {
            Some(project) if !self.path.exists() => bail!(
                "{} is not built yet; run `holdfast rule build {}` first",
                self.path.display(),
                project.folder().display()
            ),
            _ => read(&self.path),
        }
    }
}

impl Module {
    /// Opens a module file, or the module of the project in a folder.
    ///
    /// # Errors
    ///
    /// Says what cannot be read or is not admitted, and the way out.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        Self::at(Place::of(path)?)
    }

    /// Opens the module that lies there; compiles it.
    ///
    /// # Errors
    ///
    /// Says what cannot be read or is not admitted, and the way out.
    pub(crate) fn at(place: Place) -> anyhow::Result<Self> {
        let bytes = place.read()?;
        let Place { path, project } = place;
        let _progress = progress::of(format!("reading what {} says of itself", path.display()));
        let inspected =
            inspect(&bytes).with_context(|| format!("{} cannot be used as a rule", path.display()))?;
        let issues = manifest_issues(&inspected.manifest);
        if let Some(issue) = issues.first() {
            bail!("{} describes itself as no rule may: {issue}; see `holdfast rule check`", path.display());
        }
        let settings = project.as_ref().map(Project::settings).transpose()?.flatten();
        Ok(Self { path, bytes, inspected, project, settings })
    }

    /// Settings from a file, else those that the project states, else none.
    ///
    /// # Errors
    ///
    /// Says where the file is not what it should be.
    pub(crate) fn settings(&self, file: Option<&Path>) -> anyhow::Result<Value> {
        match (file, &self.settings) {
            (None, Some(settings)) => Ok(settings.clone()),
            (file, _) => input::settings(file),
        }
    }

    /// A source of the project that has changed since the module was built.
    pub(crate) fn newer_source(&self) -> Option<PathBuf> {
        let built = changed(&self.path)?;
        let folder = self.project.as_ref()?.folder();
        let files = [folder.to_owned(), folder.join("src")]
            .into_iter()
            .filter_map(|folder| fs::read_dir(folder).ok());
        let mut paths = files.flatten().flatten().map(|entry| entry.path()).filter(|path| is_source(path));
        paths.find(|path| changed(path).is_some_and(|changed| changed > built))
    }

    /// Name and version, in the module's words.
    pub(crate) fn title(&self) -> String {
        let manifest = &self.inspected.manifest;
        format!("{} {}", Visible::of(&manifest.name), Visible::of(&manifest.version))
    }
}

/// Reads a module file.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    if path.is_dir() {
        bail!("{} is a folder; name the module file in it", path.display());
    }
    fs::read(path).with_context(|| format!("could not read the module {}", path.display()))
}

fn changed(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

fn is_source(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy().into_owned();
    path.is_file() && matches!(extension.as_str(), "rs" | "js" | "ts" | "py" | "rego")
}

//! The function app as it is deployed: host.json, the functions, the handler, the rules.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::Profile;
use crate::native::precompile;
use crate::package::{self, Handler};
use crate::rules;
use crate::run::{ONE_FEATURE_SET, cargo};

/// Name of the handler; host.json names it too.
pub(crate) const HANDLER: &str = "holdfast-functions";
/// Name of the command line.
pub(crate) const COMMAND: &str = "holdfast";

/// The two programs, compiled by one command so that they share everything below them.
pub(crate) struct Built {
    profile: Profile,
    /// `holdfast`.
    pub(crate) command: PathBuf,
    handler: PathBuf,
}

impl Built {
    /// Compiles both.
    pub(crate) fn make(root: &Path, profile: Profile) -> Result<Self> {
        match profile {
            Profile::Dev => cargo(root, &["build", "--package", COMMAND, "--package", HANDLER])?,
            Profile::Release => package::compile(root, Handler::WithCompiler)?,
        }
        Ok(Self::found(root, profile))
    }

    /// Both, after a command that has compiled them.
    pub(crate) fn found(root: &Path, profile: Profile) -> Self {
        let folder = rules::target_directory(root).join(profile.folder());
        Self { profile, command: folder.join(COMMAND), handler: folder.join(HANDLER) }
    }
}

/// Builds the rules and lays the app out in `target/app`, with the rules' native code, signed by this key.
pub(crate) fn package(root: &Path, built: &Built, key: Option<&Path>) -> Result<PathBuf> {
    let app = root.join("target/app");
    lay_out(root, &built.handler, &app)?;
    rules::build_rules(root, &app.join("rules"))?;
    precompile(root, &app, (&built.command, built.profile), key)?;
    Ok(app)
}

/// A fresh folder with host.json, the functions and the handler.
pub(crate) fn lay_out(root: &Path, handler: &Path, app: &Path) -> Result<()> {
    if app.exists() {
        fs::remove_dir_all(app).with_context(|| format!("clear {}", app.display()))?;
    }
    fs::create_dir_all(app)?;
    fs::copy(root.join("host.json"), app.join("host.json")).context("copy host.json")?;
    fs::copy(handler, app.join(HANDLER)).with_context(|| format!("copy {}", handler.display()))?;
    for entry in fs::read_dir(root.join("functions"))? {
        let folder = entry?.path();
        let declaration = folder.join("function.json");
        if let (true, Some(name)) = (declaration.exists(), folder.file_name()) {
            fs::create_dir_all(app.join(name))?;
            fs::copy(&declaration, app.join(name).join("function.json"))?;
        }
    }
    Ok(())
}

/// A handler that asks for no compiler, as `target/handler-without-compiler`: for a test that it decides from native code
/// alone. What lies below it is that of every other build, so that nothing else is compiled for it; a release leaves
/// compiler and Cranelift out, and [`decide_without_compiler`] shows that native code does without.
pub(crate) fn without_compiler(root: &Path) -> Result<()> {
    let bare = ["build", "--package", HANDLER, "--no-default-features"];
    let below = ["--package", "holdfast-evaluator", "--features", "holdfast-evaluator/default"];
    cargo(root, &[&bare[..], &below, &ONE_FEATURE_SET].concat())?;
    let built = Built::found(root, Profile::Dev).handler;
    let handler = root.join("target/handler-without-compiler");
    fs::copy(built, &handler).with_context(|| format!("could not write {}", handler.display()))?;
    Ok(())
}

/// The evaluator's example `decide` without a compiler, as `target/decide-without-compiler`: for a test that another
/// process decides alike.
pub(crate) fn decide_without_compiler(root: &Path) -> Result<PathBuf> {
    let bare = ["build", "--package", "holdfast-evaluator", "--example", "decide", "--no-default-features"];
    cargo(root, &[&bare[..], &ONE_FEATURE_SET].concat())?;
    let built = rules::target_directory(root).join(Profile::Dev.folder()).join("examples/decide");
    let decide = root.join("target/decide-without-compiler");
    fs::copy(built, &decide).with_context(|| format!("could not write {}", decide.display()))?;
    Ok(decide)
}

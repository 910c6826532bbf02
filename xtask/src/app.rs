//! The function app as it is deployed: host.json, the functions, the handler, the rules.

use std::fs;
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::Profile;
use crate::native::precompile;
use crate::rules;
use crate::run::{ONE_FEATURE_SET, cargo};

/// Name of the handler; host.json names it too.
const HANDLER: &str = "holdfast-functions";

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
        let both = ["build", "--package", "holdfast", "--package", HANDLER];
        match profile {
            Profile::Dev => cargo(root, &both)?,
            // The switch to Lambda is left out of what is deployed to Azure.
            Profile::Release => {
                let deployed =
                    ["--release", "--no-default-features", "--features", "holdfast-functions/compiler"];
                cargo(root, &[&both[..], &deployed].concat())?;
            }
        }
        Ok(Self::found(root, profile))
    }

    /// Both, after a command that has compiled them.
    pub(crate) fn found(root: &Path, profile: Profile) -> Self {
        let folder = rules::target_directory(root).join(profile.folder());
        Self { profile, command: folder.join("holdfast"), handler: folder.join(HANDLER) }
    }
}

/// Builds the rules and lays the app out in `target/app`, with the rules' native code, signed by this key; a release
/// is zipped as well.
pub(crate) fn package(root: &Path, built: &Built, key: Option<&Path>) -> Result<PathBuf> {
    let app = root.join("target/app");
    if app.exists() {
        fs::remove_dir_all(&app).with_context(|| format!("clear {}", app.display()))?;
    }
    fs::create_dir_all(&app)?;
    fs::copy(root.join("host.json"), app.join("host.json")).context("copy host.json")?;
    fs::copy(&built.handler, app.join(HANDLER))
        .with_context(|| format!("copy {}", built.handler.display()))?;
    for entry in fs::read_dir(root.join("functions"))? {
        let folder = entry?.path();
        let declaration = folder.join("function.json");
        if let (true, Some(name)) = (declaration.exists(), folder.file_name()) {
            fs::create_dir_all(app.join(name))?;
            fs::copy(&declaration, app.join(name).join("function.json"))?;
        }
    }
    rules::build_rules(root, &app.join("rules"))?;
    precompile(root, &app, (&built.command, built.profile), key)?;
    if built.profile == Profile::Release {
        if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            bail!(
                "target/app is built for this machine; Azure Functions needs Linux on x86-64: package it there"
            );
        }
        zip(&app, &root.join("target/app.zip"))?;
    }
    Ok(app)
}

/// A handler that has no compiler of its own, as `target/handler-without-compiler`: for a test that it decides from
/// native code alone. Wasmtime is the one of every other build; a release leaves Cranelift out of it as well.
pub(crate) fn without_compiler(root: &Path) -> Result<()> {
    let bare = ["build", "--package", HANDLER, "--no-default-features"];
    cargo(root, &[&bare[..], &ONE_FEATURE_SET].concat())?;
    let built = Built::found(root, Profile::Dev).handler;
    let handler = root.join("target/handler-without-compiler");
    fs::copy(built, &handler).with_context(|| format!("could not write {}", handler.display()))?;
    Ok(())
}

/// Zips the app; the handler keeps its executable bit, without which the host cannot start it.
fn zip(app: &Path, archive: &Path) -> Result<()> {
    let file = fs::File::create(archive).with_context(|| format!("create {}", archive.display()))?;
    let mut writer = zip::ZipWriter::new(file);
    add(&mut writer, app, app)?;
    writer.finish().context("finish the archive")?;
    Ok(())
}

fn add<W: Write + Seek>(writer: &mut zip::ZipWriter<W>, app: &Path, folder: &Path) -> Result<()> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            add(writer, app, &path)?;
            continue;
        }
        let name = path.strip_prefix(app)?.to_string_lossy().replace('\\', "/");
        let mode = if name == HANDLER { 0o755 } else { 0o644 };
        writer.start_file(name, zip::write::SimpleFileOptions::default().unix_permissions(mode))?;
        writer.write_all(&fs::read(&path)?)?;
    }
    Ok(())
}

//! The function app as it is deployed: host.json, the functions, the handler, the rules.

use std::fs;
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::Profile;
use crate::native::precompile;
use crate::rules;
use crate::run::cargo;

/// Name of the handler; host.json names it too.
const HANDLER: &str = "holdfast-functions";

/// Builds handler and rules and lays the app out in `target/app`, with the rules' native code, signed by
/// this key; a release is zipped as well.
pub(crate) fn package(root: &Path, profile: Profile, key: Option<&Path>) -> Result<PathBuf> {
    let app = root.join("target/app");
    let built = match profile {
        Profile::Dev => {
            cargo(root, &["build", "--package", HANDLER])?;
            rules::target_directory(root).join("debug").join(HANDLER)
        }
        Profile::Release => {
            cargo(root, &["build", "--release", "--package", HANDLER])?;
            rules::target_directory(root).join("release").join(HANDLER)
        }
    };
    if app.exists() {
        fs::remove_dir_all(&app).with_context(|| format!("clear {}", app.display()))?;
    }
    fs::create_dir_all(&app)?;
    fs::copy(root.join("host.json"), app.join("host.json")).context("copy host.json")?;
    fs::copy(&built, app.join(HANDLER)).with_context(|| format!("copy {}", built.display()))?;
    for entry in fs::read_dir(root.join("functions"))? {
        let folder = entry?.path();
        let declaration = folder.join("function.json");
        if let (true, Some(name)) = (declaration.exists(), folder.file_name()) {
            fs::create_dir_all(app.join(name))?;
            fs::copy(&declaration, app.join(name).join("function.json"))?;
        }
    }
    rules::build_rules(root, &app.join("rules"))?;
    precompile(root, &app, profile, key)?;
    if profile == Profile::Release {
        if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            bail!(
                "target/app is built for this machine; Azure Functions needs Linux on x86-64: package it there"
            );
        }
        zip(&app, &root.join("target/app.zip"))?;
    }
    Ok(app)
}

/// A handler that has no compiler, as `target/handler-without-compiler`: for a test that it decides from
/// native code alone.
pub(crate) fn without_compiler(root: &Path) -> Result<()> {
    let folder = root.join("target/without-compiler");
    let into = folder.to_string_lossy();
    cargo(root, &["build", "--package", HANDLER, "--no-default-features", "--target-dir", &into])?;
    let handler = root.join("target/handler-without-compiler");
    fs::copy(folder.join("debug").join(HANDLER), &handler)
        .with_context(|| format!("could not write {}", handler.display()))?;
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

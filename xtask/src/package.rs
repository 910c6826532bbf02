//! `cargo xtask package` as a release: the app and the command line as archives, the same bytes wherever they are built.

pub(crate) mod archive;
mod checksums;
mod libc;
pub(crate) mod paths;
mod sbom;
#[cfg(test)]
mod tests;
mod tool;

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::Profile;
use crate::app::{self, Built, COMMAND, HANDLER};
use crate::run::cargo_with;
use crate::steps::say;

/// What the handler can do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handler {
    /// It compiles rules that come without native code, as those of a registry do.
    WithCompiler,
    /// It takes only rules that come with native code of a trusted key.
    WithoutCompiler,
}

impl Handler {
    pub(crate) fn that(compiles_nothing: bool) -> Self {
        if compiles_nothing { Self::WithoutCompiler } else { Self::WithCompiler }
    }

    /// The features of `functions/Cargo.toml` that are deployed to Azure: all but the switch to Lambda.
    fn features(self) -> &'static [&'static str] {
        match self {
            Self::WithCompiler => &["compiler", "otlp"],
            Self::WithoutCompiler => &["otlp"],
        }
    }

    /// Cargo's options for these features.
    fn options(self) -> [String; 3] {
        let features: Vec<String> =
            self.features().iter().map(|feature| format!("{HANDLER}/{feature}")).collect();
        ["--no-default-features".to_owned(), "--features".to_owned(), features.join(",")]
    }
}

/// Compiles both programs as they are published.
pub(crate) fn compile(root: &Path, handler: Handler) -> Result<()> {
    let flags = paths::environment(root);
    let features = handler.options();
    let both = ["build", "--release", "--package", COMMAND, "--package", HANDLER];
    let alone = ["build", "--release", "--package", HANDLER];
    let build = |packages: &[&str], options: &[String]| {
        let arguments: Vec<&str> =
            packages.iter().copied().chain(options.iter().map(String::as_str)).collect();
        cargo_with(root, &arguments, &flags)
    };
    match handler {
        Handler::WithCompiler => build(&both, &features),
        // By itself: compiled with the command, it would have the command's compiler.
        Handler::WithoutCompiler => {
            build(&["build", "--release", "--package", COMMAND], &[])?;
            build(&alone, &features)
        }
    }
}

/// Builds everything that is published: `target/app.zip`, `target/holdfast.zip`, `target/SHA256SUMS`.
pub(crate) fn package(root: &Path, handler: Handler, key: Option<&Path>) -> Result<()> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        bail!("Azure Functions needs Linux on x86-64: package it there");
    }
    compile(root, handler)?;
    let built = Built::found(root, Profile::Release);
    let app = app::package(root, &built, key)?;
    for program in [&app.join(HANDLER), &built.command] {
        let floor = libc::within(program)?;
        say(&format!("{} needs glibc {floor} or newer", program.display()));
    }
    let target = root.join("target");
    fs::write(app.join(sbom::NAME), sbom::of_app(root, &handler.options())?)?;
    close(&app, &target.join("app.zip"), &[HANDLER])?;
    let tool = target.join("tool");
    tool::lay_out(&built.command, &tool)?;
    fs::copy(root.join("LICENSE"), tool.join("LICENSE")).context("copy LICENSE")?;
    fs::write(tool.join(sbom::NAME), sbom::of_command(root)?)?;
    close(&tool, &target.join("holdfast.zip"), &[COMMAND])?;
    let sums = checksums::of(&target, ["app.zip", "holdfast.zip"])?;
    say(sums.trim_end());
    fs::write(target.join(checksums::NAME), sums).context("write the checksums of the archives")
}

/// Writes the checksums of a folder into it, and the folder as an archive.
fn close(folder: &Path, archive: &Path, programs: &[&str]) -> Result<()> {
    let names = archive::files(folder)?;
    let sums = checksums::of(folder, names.iter().map(String::as_str))?;
    fs::write(folder.join(checksums::NAME), sums)?;
    archive::write(folder, archive, programs)
}

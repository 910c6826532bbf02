//! The same inputs give byte-identical records, fuel included: in two processes without a compiler,
//! and in this one with code for this processor.

#[path = "../../../../../evaluator/examples/decide/request.rs"]
mod request;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, str};

use anyhow::{Context as _, ensure};
use holdfast_evaluator::{CompiledSigner, Decision, Evaluator, precompile};
use serde_json::Value;

use crate::templates::{guests, loaded};
use request::request;

const DISK: &str = "Microsoft.Compute/disks";

#[test]
fn every_language_gives_the_same_bytes_in_every_process() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let rule_set = loaded(folder.path())?;
    for binding in rule_set.bindings() {
        assert!(binding.starts_configured(), "{} has to be configured each time", binding.id());
    }
    let signer = CompiledSigner::from_seed(&[5; 32])?;
    precompile(&rule_set, &folder.path().join("compiled"), &signer)?;
    let decide = example(folder.path())?;
    let run = || {
        let mut command = Command::new(&decide);
        command.arg(rule_set.path()).arg(signer.key().to_string());
        let output = command.args([DISK, DISK]).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(output.stdout)
    };
    let (one, other) = (run()?, run()?);
    assert_eq!(str::from_utf8(&one)?, str::from_utf8(&other)?);

    let lines: Vec<&str> = str::from_utf8(&one)?.lines().collect();
    let [first, second] = lines.as_slice() else { anyhow::bail!("{lines:?}") };
    assert_eq!(first, second, "the second evaluation in a process differs from the first");
    let said: Value = serde_json::from_str(first)?;
    let opinions = said["record"]["opinions"].as_array().context("no opinions")?;
    assert_eq!(opinions.len(), guests()?.built.len());
    for opinion in opinions {
        assert_eq!(opinion["verdict"], "protect", "{opinion}");
        assert!(opinion["fuel"].as_u64().is_some_and(|fuel| fuel > 1000), "{opinion}");
    }
    let here: Decision = Evaluator::new(rule_set)?.decide(&request(DISK));
    assert_eq!(serde_json::to_string(&here)?, *first, "another processor's code decides differently");
    Ok(())
}

/// Where the example `decide` without a compiler is, for tests that `cargo xtask test` runs: another cargo would wait for
/// whatever is built meanwhile.
const BUILT: &str = "HOLDFAST_BUILT_DECIDE";

/// The example `decide`, built without a compiler. Copied at once: the build of these tests has put one
/// with a compiler under the same name, and the next build will do so again.
fn example(folder: &Path) -> anyhow::Result<PathBuf> {
    let built = std::env::var_os(BUILT).map_or_else(build, |built| Ok(built.into()))?;
    let copy = folder.join("decide");
    fs::copy(built, &copy)?;
    let output = Command::new(&copy).output()?;
    ensure!(output.stdout == b"without a compiler\n", "the example `decide` has a compiler");
    Ok(copy)
}

fn build() -> anyhow::Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.current_dir(root()).args(["build", "--quiet", "--example", "decide"]);
    // With the features that everything else here is built with, so that Wasmtime is not compiled once more.
    build.args(["--no-default-features", "--package", "holdfast-evaluator"]);
    let status =
        build.args(["--package", "workspace-hack", "--features", "workspace-hack/product"]).status()?;
    ensure!(status.success(), "the example `decide` does not build without a compiler");
    Ok(root().join("target/debug/examples/decide"))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

//! Rules in JavaScript and Python, built with the real toolchains from their registries. Anyone who sets
//! `HOLDFAST_REQUIRE_REFERENCE=1` wants a failure where they cannot be had; without it, the test says in one line that
//! it skips.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use holdfast_evaluator::Digest;

const COMPONENTIZE_JS: &str = "0.23.0";
const COMPONENTIZE_PY: &str = "0.25.1";

/// Builds a component from standard input's arguments: source, contract, where to.
const BUILD_JS: &str = "
    import { componentize } from '@bytecodealliance/componentize-js';
    import { readFile, writeFile } from 'node:fs/promises';
    const [source, witPath, to] = process.argv.slice(1);
    const disableFeatures = ['random', 'stdio', 'clocks', 'http', 'fetch-event'];
    const options = { witPath, worldName: 'rule', disableFeatures };
    const { component } = await componentize(await readFile(source, 'utf8'), options);
    await writeFile(to, component);";

/// The JavaScript rule; `None`, and a line that says so, where its toolchain cannot be had and need not be.
pub(crate) fn javascript() -> anyhow::Result<Option<PathBuf>> {
    built("JavaScript", "rule.js", COMPONENTIZE_JS, |tools, source, to| {
        if !tools.join("node_modules").exists() {
            let package = format!("@bytecodealliance/componentize-js@{COMPONENTIZE_JS}");
            let install = ["install", "--silent", "--no-audit", "--no-fund", "--prefix"];
            run(Command::new("npm").args(install).arg(tools).arg(package))?;
        }
        let mut node = Command::new("node");
        node.current_dir(tools).args(["--input-type=module", "-e", BUILD_JS, "--"]);
        run(node.arg(source).arg(contract()).arg(to))
    })
}

/// The Python rule; `None`, and a line that says so, where its toolchain cannot be had and need not be.
pub(crate) fn python() -> anyhow::Result<Option<PathBuf>> {
    built("Python", "app.py", COMPONENTIZE_PY, |tools, source, to| {
        let tool = tools.join("bin/componentize-py");
        if !tool.exists() {
            run(Command::new("python3").args(["-m", "venv"]).arg(tools))?;
            let package = format!("componentize-py=={COMPONENTIZE_PY}");
            run(Command::new(tools.join("bin/pip")).args(["install", "--quiet", &package]))?;
        }
        let folder = source.parent().context("the source is in no folder")?;
        let mut build = Command::new(tool);
        build.current_dir(folder).env("PYTHONDONTWRITEBYTECODE", "1").arg("-d").arg(contract());
        run(build.args(["-w", "rule", "componentize", "app", "--stub-wasi", "-o"]).arg(to))
    })
}

/// The module, built unless it was before from the same source, contract and tool.
fn built(
    language: &str,
    source: &str,
    version: &str,
    build: impl FnOnce(&Path, &Path, &Path) -> anyhow::Result<()>,
) -> anyhow::Result<Option<PathBuf>> {
    let make = || -> anyhow::Result<PathBuf> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests").join(source);
        let wit = fs::read(contract().join("holdfast-rule.wit"))?;
        let parts = [fs::read(&source)?, wit, version.as_bytes().to_vec()].concat();
        let digest = Digest::of(&parts).to_string();
        let tools = target().join("guests").join(language.to_lowercase());
        fs::create_dir_all(&tools)?;
        let to = tools.join(format!("{}.wasm", digest.get(7..23).unwrap_or_default()));
        // One installs and builds; whichever other test needs the same waits for it.
        let lock = fs::File::create(tools.join("holdfast-lock"))?;
        lock.lock()?;
        if !to.exists() {
            let temporary = to.with_extension("part");
            build(&tools, &source, &temporary)?;
            fs::rename(&temporary, &to)?;
        }
        Ok(to)
    };
    let required = std::env::var_os("HOLDFAST_REQUIRE_REFERENCE").is_some_and(|value| value == "1");
    decided(language, make(), required)
}

/// A rule that could not be built is a failure only where it is required.
fn decided(language: &str, made: anyhow::Result<PathBuf>, required: bool) -> anyhow::Result<Option<PathBuf>> {
    match made {
        Ok(module) => Ok(Some(module)),
        Err(error) if required => Err(error.context(format!(
            "no rule in {language} could be built here: make its tools reachable, or unset \
             HOLDFAST_REQUIRE_REFERENCE to skip what needs them"
        ))),
        Err(error) => {
            let line = format!("SKIPPED: no rule in {language} could be built here: {error:#}\n");
            std::io::stderr().write_all(line.as_bytes())?;
            Ok(None)
        }
    }
}

#[test]
fn a_language_without_tools_fails_where_it_is_required() -> anyhow::Result<()> {
    let missing = || Err(anyhow::anyhow!("could not run \"npm\""));
    assert_eq!(decided("JavaScript", missing(), false)?, None);
    let refused = decided("JavaScript", missing(), true).unwrap_err();
    crate::said::assert_says(
        &format!("{refused:#}"),
        &["JavaScript", "make its tools reachable", "could not run \"npm\""],
    );
    let built = PathBuf::from("rule.wasm");
    assert_eq!(decided("JavaScript", Ok(built.clone()), true)?, Some(built));
    Ok(())
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let output = command.output().with_context(|| format!("could not run {command:?}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} failed: {said}");
    Ok(())
}

fn contract() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("wit")
}

/// The workspace's folder for what is built.
pub(crate) fn target() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target")
}

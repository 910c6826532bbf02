//! The rules that only tests have, built as components.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, ensure};
use wit_component::ComponentEncoder;

use crate::built::rules;

/// The component of this test rule, such as `mirror`, built once.
pub(crate) fn component(name: &str) -> anyhow::Result<Vec<u8>> {
    static BUILT: Mutex<BTreeMap<String, Vec<u8>>> = Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(component) = built.get(name) {
        return Ok(component.clone());
    }
    let component = build(name)?;
    built.insert(name.to_owned(), component.clone());
    Ok(component)
}

fn build(name: &str) -> anyhow::Result<Vec<u8>> {
    // Two test threads at once would build the rules at once.
    rules()?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("no workspace")?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(root)
        .args(["build", "--quiet", "--profile", "rule", "--target", "wasm32-unknown-unknown"])
        .args(["--package", &format!("holdfast-rule-{name}")])
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .status()?;
    ensure!(status.success(), "the test rule `{name}` did not build");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let file = format!("wasm32-unknown-unknown/rule/holdfast_rule_{name}.wasm");
    let module = fs::read(target.join(file))?;
    ComponentEncoder::default().validate(true).module(&module)?.encode()
}

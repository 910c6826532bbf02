//! The shipped rules as `cargo xtask rules` builds them, for tests: included by path where they are needed.

#[path = "code_cache.rs"]
pub(crate) mod code_cache;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Where they are, for tests that `cargo xtask test` runs: it has built them just before, and another cargo would wait
/// for whatever is built meanwhile.
const BUILT: &str = "HOLDFAST_BUILT_RULES";

/// The folder with the built rules and the pinned rule set; builds them first.
pub(crate) fn built() -> Result<&'static Path, String> {
    code_cache::shared();
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    BUILT.get_or_init(build).as_deref().map_err(Clone::clone)
}

fn build() -> Result<PathBuf, String> {
    if let Some(folder) = std::env::var_os(BUILT) {
        return Ok(folder.into());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("there is no workspace")?;
    // Always: rules that were built before the last change would be tested otherwise.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo).current_dir(root).args(["xtask", "rules"]).status();
    match status {
        Ok(status) if status.success() => Ok(root.join("target/rules")),
        Ok(status) => Err(format!("`cargo xtask rules` ended with {status}")),
        Err(error) => Err(format!("`cargo xtask rules` could not be started: {error}")),
    }
}

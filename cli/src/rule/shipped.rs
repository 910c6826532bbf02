//! The rules that Holdfast ships: on this machine, or in this program.

use std::env;
use std::path::PathBuf;

use anyhow::Context as _;

use super::module;
use super::new::SHIPPED;

/// The rule set that names the shipped modules.
const RULE_SET: &str = "ruleset.toml";

/// The shipped rule set: in `rules` beside this program or beside its folder, as a release and a
/// build have it, or in `target/rules` of the folder here or above.
pub(crate) fn rule_set() -> Option<PathBuf> {
    folders().into_iter().map(|folder| folder.join(RULE_SET)).find(|path| path.is_file())
}

/// The bytes of a shipped module by its file name: those of this machine, else those in this program.
///
/// # Errors
///
/// Says where it was looked for, and how it gets there.
pub(crate) fn module(name: &str) -> anyhow::Result<Vec<u8>> {
    let folders = folders();
    if let Some(path) = folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file()) {
        return module::read(&path);
    }
    let carried = SHIPPED.iter().find(|(own, _)| *own == name).map(|(_, bytes)| bytes.to_vec());
    carried.with_context(|| {
        let looked: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
        format!(
            "the shipped module {name} is not here, nor in this program; looked in {}; put it there from a \
             release, or run `cargo xtask rules` in the repository before `cargo install --path cli`",
            looked.join(", ")
        )
    })
}

fn folders() -> Vec<PathBuf> {
    let program = env::current_exe().unwrap_or_default();
    let mut folders: Vec<PathBuf> =
        program.ancestors().skip(1).take(2).map(|folder| folder.join("rules")).collect();
    let here = env::current_dir().unwrap_or_default();
    folders
        .extend(here.ancestors().map(|folder| folder.join("target/rules")).filter(|folder| folder.is_dir()));
    folders.dedup();
    folders
}

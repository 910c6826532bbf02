//! Compiled code names files of its sources, for its panics: these flags give them names that are the same on every machine.

use std::env;
use std::path::{Path, PathBuf};

use crate::rules;

/// Folders of this machine, and what stands for them.
fn renamed(root: &Path) -> Vec<(PathBuf, &'static str)> {
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let home = || env::home_dir().map(|home| home.join(".cargo"));
    let cargo = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home);
    let target = rules::target_directory(&root);
    // The last that fits counts, and the other folders may lie below the workspace.
    let folders =
        [Some((root, "/holdfast")), Some((target, "/holdfast/target")), cargo.map(|cargo| (cargo, "/cargo"))];
    folders.into_iter().flatten().collect()
}

/// For rustc.
pub(crate) fn of_rust(root: &Path) -> Vec<String> {
    let flag = |(from, to): (PathBuf, &str)| format!("--remap-path-prefix={}={to}", from.display());
    renamed(root).into_iter().map(flag).collect()
}

/// For C, of which some crates have some.
fn of_c(root: &Path) -> Vec<String> {
    let flag = |(from, to): (PathBuf, &str)| format!("-ffile-prefix-map={}={to}", from.display());
    renamed(root).into_iter().map(flag).collect()
}

/// What cargo has to be given.
pub(crate) fn environment(root: &Path) -> [(&'static str, String); 2] {
    [("CARGO_ENCODED_RUSTFLAGS", of_rust(root).join("\u{1f}")), ("CFLAGS", of_c(root).join(" "))]
}

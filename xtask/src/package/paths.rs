//! What a compilation takes from the machine it runs on, and would not be the same on another: names of source files, which code
//! holds for its panics; the time, which C may write into it; and the revision of whatever repository the sources of a crate
//! happen to lie in.

use std::env;
use std::path::{Path, PathBuf};

use crate::rules;

/// The time of every file in the package: the first that a zip can hold, in seconds since 1970.
const TIME: &str = "315532800";

/// Folders of this machine, and what stands for them.
fn renamed(root: &Path) -> Vec<(PathBuf, &'static str)> {
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let cargo = cargo_home();
    let target = rules::target_directory(&root);
    // The last that fits counts, and the other folders may lie below the workspace.
    let folders =
        [Some((root, "/holdfast")), Some((target, "/holdfast/target")), cargo.map(|cargo| (cargo, "/cargo"))];
    folders.into_iter().flatten().collect()
}

fn cargo_home() -> Option<PathBuf> {
    let home = || env::home_dir().map(|home| home.join(".cargo"));
    env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home)
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
pub(crate) fn environment(root: &Path) -> Vec<(&'static str, String)> {
    let mut environment = vec![
        ("CARGO_ENCODED_RUSTFLAGS", of_rust(root).join("\u{1f}")),
        ("CFLAGS", of_c(root).join(" ")),
        // mimalloc says when it was built.
        ("SOURCE_DATE_EPOCH", TIME.to_owned()),
    ];
    // Cranelift says which revision it is of, and asks git: its sources may lie in a repository that is not its own.
    environment.extend(cargo_home().map(|home| ("GIT_CEILING_DIRECTORIES", home.display().to_string())));
    environment
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    fn asked(program: &str, arguments: &[&str], folder: &Path) -> std::io::Result<std::process::Output> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder).envs(environment(&root)).stdin(Stdio::null());
        command.output()
    }

    #[test]
    fn c_writes_the_same_time_whenever_it_is_compiled() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("when.c"), "__DATE__ __TIME__").unwrap();
        let said = asked("cc", &["-E", "-P", "when.c"], folder.path()).unwrap().stdout;
        assert_eq!(String::from_utf8(said).unwrap().trim(), "\"Jan  1 1980\" \"00:00:00\"");
    }

    #[test]
    fn the_sources_of_crates_are_of_no_revision() {
        let sources = cargo_home().unwrap().join("registry");
        assert!(sources.is_dir(), "{}", sources.display());
        // Where there is no git, nobody can be asked for a revision.
        let revision = asked("git", &["rev-parse", "HEAD"], &sources);
        assert!(revision.is_err() || revision.is_ok_and(|said| !said.status.success()));
    }
}

//! Packages of npm that tests need, installed by the first test that needs them.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::Command;

/// Has exactly these packages in a folder. Tests of one process and of several ask for the same folder at the same time: one
/// installs, and the others wait for it. What an installation that was broken off left behind is removed.
pub(crate) fn install(folder: &Path, packages: &[&str]) -> io::Result<()> {
    let (wanted, stamp) = (packages.join("\n"), folder.join("holdfast-packages.txt"));
    fs::create_dir_all(folder)?;
    let lock = File::create(folder.join("holdfast-lock"))?;
    lock.lock()?;
    if fs::read_to_string(&stamp).is_ok_and(|have| have == wanted) {
        return Ok(());
    }
    let modules = folder.join("node_modules");
    if modules.exists() {
        fs::remove_dir_all(modules)?;
    }
    let mut npm = Command::new("npm");
    npm.args(["install", "--silent", "--no-audit", "--no-fund", "--no-save", "--prefix"]).arg(folder);
    let output = npm.args(packages).output()?;
    if !output.status.success() {
        return Err(io::Error::other(format!("npm: {}", String::from_utf8_lossy(&output.stderr))));
    }
    fs::write(stamp, wanted)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::thread;

    use super::install;

    /// A package that is there already: what is installed is a folder, and nothing is fetched.
    #[test]
    fn one_installs_and_the_others_wait() {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("npm");
        let _ = std::fs::remove_dir_all(&folder);
        let package = folder.join("thing");
        std::fs::create_dir_all(&package).unwrap();
        std::fs::write(package.join("package.json"), r#"{ "name": "thing", "version": "1.0.0" }"#).unwrap();
        // What an installation left that was broken off.
        std::fs::create_dir_all(folder.join("tools/node_modules/thing")).unwrap();
        let (tools, package) = (folder.join("tools"), package.to_string_lossy().into_owned());
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    install(&tools, &[&package]).unwrap();
                    assert!(tools.join("node_modules/thing/package.json").exists());
                });
            }
        });
    }
}

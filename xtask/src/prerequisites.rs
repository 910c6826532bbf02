//! What the tests need of a machine and do not install: looked for before they are compiled. Without a C compiler, this task
//! would not have been linked.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};

/// A program that has to be there.
struct Prerequisite {
    /// What it is called.
    name: &'static str,
    /// Ends well where it is usable.
    try_out: fn() -> bool,
    what_for: &'static str,
    /// Debian's package.
    package: &'static str,
}

const ALL: [Prerequisite; 4] = [
    Prerequisite {
        name: "Python 3 with venv",
        try_out: || works("python3", &["-c", "import ensurepip"]),
        what_for: "the Azure SDK, az, and rules in Python",
        package: "python3-venv",
    },
    Prerequisite {
        name: "Node.js",
        try_out: || works("node", &["--version"]),
        what_for: "Azurite, and rules in JavaScript",
        package: "nodejs",
    },
    Prerequisite {
        name: "npm",
        try_out: || works("npm", &["--version"]),
        what_for: "Azurite, and rules in JavaScript",
        package: "npm",
    },
    Prerequisite {
        name: "Chromium, or another one that HOLDFAST_CHROMIUM names",
        try_out: has_chromium,
        what_for: "the tests of the page",
        package: "chromium",
    },
];

/// Fails if anything is missing, and names all of it.
pub(crate) fn check() -> Result<()> {
    let missing: Vec<&Prerequisite> = ALL.iter().filter(|one| !(one.try_out)()).collect();
    ensure!(missing.is_empty(), told(&missing));
    Ok(())
}

fn told(missing: &[&Prerequisite]) -> String {
    let lines: Vec<String> =
        missing.iter().map(|one| format!("  {}, for {}", one.name, one.what_for)).collect();
    let packages: Vec<&str> = missing.iter().map(|one| one.package).collect();
    format!(
        "the tests need what they do not install themselves:\n{}\nOn Debian: apt-get install --no-install-recommends {}\n\
         Tests that do without can be chosen: cargo xtask test --package NAME",
        lines.join("\n"),
        packages.join(" ")
    )
}

fn works(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    let tried =
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

fn has_chromium() -> bool {
    let named = std::env::var_os("HOLDFAST_CHROMIUM").unwrap_or_else(|| "/usr/bin/chromium".into());
    Path::new(&named).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_missing_is_named_with_what_to_do() {
        let [python, .., chromium] = &ALL;
        let told = told(&[python, chromium]);
        assert!(
            told.contains("\n  Python 3 with venv, for the Azure SDK, az, and rules in Python\n"),
            "{told}"
        );
        assert!(told.contains("install --no-install-recommends python3-venv chromium\n"), "{told}");
    }

    #[test]
    fn what_is_not_there_does_not_work() {
        assert!(!works("holdfast-no-such-program", &[]));
        assert!(works("cargo", &["--version"]));
        assert!(!works("cargo", &["no-such-command"]));
    }
}

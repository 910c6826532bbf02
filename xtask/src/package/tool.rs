//! The command line as it is published: the program, what shells need to complete it, its manual.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::app::COMMAND;

/// Shells, and the file that each looks for.
const SHELLS: [(&str, &str); 5] = [
    ("bash", "holdfast.bash"),
    ("elvish", "holdfast.elv"),
    ("fish", "holdfast.fish"),
    ("powershell", "_holdfast.ps1"),
    ("zsh", "_holdfast"),
];

/// A fresh folder with the program `command`, and all that it says of itself.
pub(crate) fn lay_out(command: &Path, folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("clear {}", folder.display()))?;
    }
    let completions = folder.join("completions");
    fs::create_dir_all(&completions)?;
    fs::copy(command, folder.join(COMMAND)).with_context(|| format!("copy {}", command.display()))?;
    for (shell, file) in SHELLS {
        fs::write(completions.join(file), said(command, &["completions", shell])?)?;
    }
    said(command, &["manual", &folder.join("man/man1").to_string_lossy()])?;
    Ok(())
}

fn said(command: &Path, arguments: &[&str]) -> Result<Vec<u8>> {
    let output = Command::new(command).args(arguments).output();
    let output = output.with_context(|| format!("could not run {}", command.display()))?;
    let words = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{} {} failed: {words}", command.display(), arguments.join(" "));
    Ok(output.stdout)
}

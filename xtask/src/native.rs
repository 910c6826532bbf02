//! Native code of the packaged rules, so that a handler that trusts its key starts without compiling.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::Profile;
use crate::run::run;

/// Has `holdfast` compile the rules of the app in `app` and sign their code, and writes the public key to
/// `<app>.key`, which is what HOLDFAST_COMPILED_KEY has to be set to. Without a key of one's own, one is made in
/// `target/` and used again.
pub(crate) fn precompile(
    root: &Path,
    app: &Path,
    (holdfast, profile): (&Path, Profile),
    key: Option<&Path>,
) -> Result<PathBuf> {
    let made = root.join("target/compiled.key");
    if key.is_none() && !made.exists() {
        let name = root.join("target/compiled");
        run(root, &holdfast.to_string_lossy(), &["rule", "keygen", &name.to_string_lossy()])?;
    }
    let rule_set = app.join("rules/ruleset.toml");
    let mut command = Command::new(holdfast);
    command.args(["rule", "precompile", "--json", "--key"]).arg(key.unwrap_or(&made)).arg(&rule_set);
    match profile {
        // The cache that the tests share, so that the same rules are not compiled again.
        Profile::Dev => command
            .env("HOLDFAST_CODE_CACHE", root.join("target/code-cache"))
            .env("XDG_STATE_HOME", root.join("target/code-cache-state")),
        // What is deployed comes from the compiler and from nowhere else.
        Profile::Release => command.arg("--no-cache"),
    };
    let output = command.output().with_context(|| format!("could not run {}", holdfast.display()))?;
    ensure!(
        output.status.success(),
        "{} could not be precompiled: {}",
        rule_set.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    let report: serde_json::Value =
        serde_json::from_slice(&output.stdout).context("could not read what `rule precompile` reported")?;
    let public =
        report.get("key").and_then(serde_json::Value::as_str).context("`rule precompile` reported no key")?;
    let path = app.with_extension("key");
    fs::write(&path, public).with_context(|| format!("could not write {}", path.display()))?;
    Ok(path)
}

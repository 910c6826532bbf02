//! Builds the shipped rules: WASM modules, components, and a rule set that pins their digests.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use toml_edit::{DocumentMut, value};
use wit_component::ComponentEncoder;

use crate::digest;
use crate::javascript::without_javascript;
use crate::package::paths;
use crate::written;

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "rule";

/// A component that has been written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BuiltRule {
    /// Where it is.
    pub path: PathBuf,
    /// `sha256:` and the digest of the file in lower-case hex.
    pub digest: String,
    /// Size of the file.
    pub bytes: usize,
}

/// Builds every shipped rule of the repository at `root` and writes the components to `out`,
/// beside `ruleset.toml`: the shipped one, with the digest of each module pinned.
///
/// # Errors
///
/// Fails if the target cannot be added, a rule does not build, or the rule set names a module
/// that no folder builds.
pub(crate) fn build_rules(root: &Path, out: &Path) -> anyhow::Result<Vec<BuiltRule>> {
    let names = rule_names(root)?;
    add_target()?;
    compile(root, &names)?;
    fs::create_dir_all(out).with_context(|| format!("could not create {}", out.display()))?;
    let modules = target_directory(root).join(TARGET).join(PROFILE);
    let built = names.iter().map(|name| encode(&modules, out, name)).collect::<anyhow::Result<Vec<_>>>()?;
    pin(&root.join("rules/ruleset.toml"), &out.join("ruleset.toml"), &built)?;
    Ok(built)
}

/// Every folder of `rules/` with a package, but for the SDK: package `holdfast-rule-NAME` in
/// `rules/NAME` becomes `NAME.wasm`.
pub(crate) fn rule_names(root: &Path) -> anyhow::Result<Vec<String>> {
    let folder = root.join("rules");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("could not read {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name != "sdk" && path.join("Cargo.toml").exists() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn add_target() -> anyhow::Result<()> {
    let listed = Command::new("rustup").args(["target", "list", "--installed"]).output();
    let Ok(listed) = listed else {
        // Without rustup the toolchain comes from elsewhere; the build itself says if WASM is missing.
        return Ok(());
    };
    let installed = String::from_utf8_lossy(&listed.stdout);
    if installed.lines().any(|line| line.trim() == TARGET) {
        return Ok(());
    }
    let added =
        Command::new("rustup").args(["target", "add", TARGET]).status().context("could not run rustup")?;
    ensure!(
        added.success(),
        "could not add the target {TARGET}, which the rules are built for; \
         check the network and run `rustup target add {TARGET}`"
    );
    Ok(())
}

fn compile(root: &Path, names: &[String]) -> anyhow::Result<()> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root).args(["build", "--quiet", "--profile", PROFILE, "--target", TARGET]);
    for name in names {
        cargo.arg("--package").arg(format!("holdfast-rule-{name}"));
    }
    // Flags for the host would replace those of .cargo/config.toml, and with them the small stack. These are added.
    let paths: Vec<String> = paths::of_rust(root).into_iter().map(|flag| format!("{flag:?}")).collect();
    cargo.arg("--config").arg(format!("target.{TARGET}.rustflags=[{}]", paths.join(",")));
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    let status = cargo.status().context("could not run cargo")?;
    ensure!(status.success(), "the rules did not build for {TARGET}; cargo's message is above");
    Ok(())
}

pub(crate) fn target_directory(root: &Path) -> PathBuf {
    let named = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| OsStr::new("target").into());
    root.join(named)
}

fn encode(modules: &Path, out: &Path, name: &str) -> anyhow::Result<BuiltRule> {
    let module = modules.join(format!("holdfast_rule_{name}.wasm"));
    let bytes = fs::read(&module).with_context(|| format!("could not read {}", module.display()))?;
    let bytes = without_javascript(&bytes).with_context(|| module.display().to_string())?;
    let component = ComponentEncoder::default()
        .validate(true)
        .module(&bytes)
        .and_then(|mut encoder| encoder.encode())
        .with_context(|| format!("could not turn {} into a component", module.display()))?;
    let path = out.join(format!("{name}.wasm"));
    written::write(&path, &component)?;
    let digest = format!("sha256:{}", digest::of(&component));
    Ok(BuiltRule { path, digest, bytes: component.len() })
}

/// Writes the rule set with a `digest` under each `module`; comments and order are kept.
fn pin(shipped: &Path, pinned: &Path, built: &[BuiltRule]) -> anyhow::Result<()> {
    let text =
        fs::read_to_string(shipped).with_context(|| format!("could not read {}", shipped.display()))?;
    let mut document: DocumentMut =
        text.parse().with_context(|| format!("{} is not TOML", shipped.display()))?;
    let rules = document
        .get_mut("rule")
        .and_then(toml_edit::Item::as_array_of_tables_mut)
        .with_context(|| format!("{} has no [[rule]]", shipped.display()))?;
    for rule in rules.iter_mut() {
        let module = rule.get("module").and_then(toml_edit::Item::as_str).unwrap_or_default().to_owned();
        let Some(found) = built.iter().find(|built| built.path.file_name() == Some(OsStr::new(&module)))
        else {
            bail!(
                "{} names the module `{module}`, and no folder `rules/{}` builds it",
                shipped.display(),
                module.trim_end_matches(".wasm")
            );
        };
        rule.insert("digest", value(&found.digest));
    }
    written::write(pinned, document.to_string().as_bytes())
}

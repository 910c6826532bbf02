//! One set of features: what any command builds of a crate, the build of the whole workspace has built before.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Result, bail, ensure};

use crate::run::{ONE_FEATURE_SET, cargo_program, collect};

/// Crates of the product, not of build scripts and procedural macros, by name and version, each with every list of features that it is compiled with.
type Features = BTreeMap<String, BTreeSet<String>>;

/// Crates that `cargo xtask test` has cargo test after it has compiled everything: what they need of ours is there, too.
const AFTER_ALL: &str = "holdfast-tests";

/// Crates whose tests people run alone. The others differ from these in nothing foreign.
const ALONE: [&str; 12] = [
    "holdfast",
    "holdfast-azure",
    "holdfast-azure-policy",
    "holdfast-distribution",
    "holdfast-evaluator",
    "holdfast-functions",
    "holdfast-protection",
    "holdfast-replay",
    "holdfast-rule-select",
    "holdfast-rule-templates",
    "holdfast-simulator",
    "holdfast-tests",
];

/// Fails with each crate that some command would compile once more, and says which features it lacks.
pub(crate) fn check(root: &Path) -> Result<()> {
    let whole = features(root, &["--workspace"], "normal,dev,no-proc-macro", Whose::All)?;
    let mut wrong = Vec::new();
    let mut compare = |what: &str, some: &Features| {
        for (name, lists) in some {
            let known = whole.get(name);
            for list in lists.iter().filter(|list| !known.is_some_and(|known| known.contains(*list))) {
                wrong.push(format!("{what}: {name} with [{list}], elsewhere with {known:?}"));
            }
        }
    };
    compare("cargo xtask", &features(root, &["--package", "xtask"], "normal,no-proc-macro", Whose::Foreign)?);
    let product = ["--package", "holdfast", "--package", "holdfast-functions"];
    compare("cargo xtask demo", &features(root, &product, "normal,no-proc-macro", Whose::All)?);
    for name in ALONE {
        let whose = if name == AFTER_ALL { Whose::All } else { Whose::Foreign };
        let alone = features(
            root,
            &[&["--package", name][..], &ONE_FEATURE_SET].concat(),
            "normal,dev,no-proc-macro",
            whose,
        )?;
        compare(&format!("cargo xtask test -p {name}"), &alone);
    }
    if wrong.is_empty() {
        return Ok(());
    }
    bail!(
        "crates that would be compiled twice; add the missing features to workspace-hack/Cargo.toml, those of a crate of ours where it is depended on:\n  {}",
        wrong.join("\n  ")
    )
}

/// Whose crates are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// Those of others.
    Foreign,
    /// Ours as well.
    All,
}

fn features(root: &Path, packages: &[&str], edges: &str, whose: Whose) -> Result<Features> {
    let options = ["tree", "--locked", "--prefix", "none", "--format", "{p}|{f}", "--edges", edges];
    let output = collect(root, &cargo_program(), &[&options[..], packages].concat(), &[])?;
    ensure!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    let mut features = Features::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let line = line.trim_end_matches(" (*)");
        // A crate of ours has its folder behind the version.
        let counts = |name: &str| whose == Whose::All || !name.contains(" (/");
        let Some((name, list)) = line.split_once('|').filter(|(name, _)| counts(name)) else {
            continue;
        };
        let name = name.trim_end_matches(" (proc-macro)");
        features.entry(name.to_owned()).or_default().insert(list.to_owned());
    }
    Ok(features)
}

//! The arrows between crates.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// What each crate may use of ours in what it ships; dev-dependencies are free.
const ALLOWED: &[(&str, &[&str])] = &[
    ("holdfast-rule-set", &[]),
    ("holdfast-evaluator", &["holdfast-rule-set"]),
    ("holdfast-protection", &["holdfast-evaluator"]),
    ("holdfast-replay", &["holdfast-evaluator"]),
    ("holdfast-report", &["holdfast-protection"]),
    ("holdfast-page", &["holdfast-report"]),
    ("holdfast-notify", &["holdfast-evaluator", "holdfast-protection"]),
    ("holdfast-export", &["holdfast-protection"]),
    ("holdfast-azure", &["holdfast-evaluator", "holdfast-export", "holdfast-notify", "holdfast-protection"]),
    ("holdfast-outlets", &["holdfast-azure", "holdfast-notify"]),
    ("holdfast-distribution", &["holdfast-azure", "holdfast-rule-set"]),
    ("holdfast-azure-policy", &["holdfast-rule-set"]),
    (
        "holdfast-functions",
        &[
            "holdfast-azure",
            "holdfast-distribution",
            "holdfast-evaluator",
            "holdfast-export",
            "holdfast-notify",
            "holdfast-outlets",
            "holdfast-page",
            "holdfast-protection",
            "holdfast-report",
        ],
    ),
    ("holdfast-simulator-storage", &[]),
    ("holdfast-functions-host", &[]),
    ("holdfast-simulator", &["holdfast-simulator-storage"]),
    (
        "holdfast",
        &[
            "holdfast-azure",
            "holdfast-distribution",
            "holdfast-azure-policy",
            "holdfast-evaluator",
            "holdfast-export",
            "holdfast-functions-host",
            "holdfast-notify",
            "holdfast-outlets",
            "holdfast-page",
            "holdfast-protection",
            "holdfast-replay",
            "holdfast-report",
            "holdfast-rule-set",
            "holdfast-simulator",
        ],
    ),
    ("holdfast-rule-sdk", &[]),
    ("holdfast-rule-templates", &["holdfast-evaluator"]),
    ("holdfast-tests", &["holdfast-functions-host", "holdfast-simulator"]),
    (
        "holdfast-fuzz",
        &[
            "holdfast-azure-policy",
            "holdfast-distribution",
            "holdfast-functions",
            "holdfast-protection",
            "holdfast-rule-set",
            "holdfast-simulator",
        ],
    ),
    ("xtask", &[]),
];

/// What a rule may use.
const RULE: &[&str] = &["holdfast-rule-sdk"];

/// Has no code: it names foreign crates for the sake of their features.
const NAMES_FEATURES: &str = "workspace-hack";

/// Foreign crates that only one crate may name, and who may not do I/O at all.
const DOORS: [(&str, &[&str]); 9] = [
    ("wasmtime", &["holdfast-evaluator"]),
    ("azure_core", &["holdfast-azure"]),
    ("azure_storage_blob", &["holdfast-azure"]),
    ("azure_storage_queue", &["holdfast-azure"]),
    ("azure_identity", &["holdfast-azure"]),
    ("sigstore-verify", &["holdfast-distribution"]),
    ("cloudevents-sdk", &["holdfast-notify"]),
    ("opentelemetry-otlp", &["holdfast-functions"]),
    ("parquet", &["holdfast-export"]),
];
const NO_IO: [&str; 8] = [
    "holdfast-rule-set",
    "holdfast-evaluator",
    "holdfast-protection",
    "holdfast-replay",
    "holdfast-notify",
    "holdfast-export",
    "holdfast-report",
    "holdfast-page",
];
const IO: [&str; 5] = ["tokio", "reqwest", "hyper", "axum", "azure_core"];

/// Every arrow that should not be there.
pub(super) fn wrong(root: &Path) -> Result<Vec<String>> {
    Ok(forbidden(&shipped_dependencies(root)?))
}

fn forbidden(shipped: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, dependencies) in shipped {
        if name == NAMES_FEATURES {
            continue;
        }
        let is_rule = name.starts_with("holdfast-rule-") && !ALLOWED.iter().any(|(known, _)| known == name);
        let known = ALLOWED.iter().find(|(known, _)| known == name).map(|(_, allowed)| *allowed);
        let Some(allowed) = known.or(is_rule.then_some(RULE)) else {
            wrong.push(format!("{name} is not listed in xtask/src/arrows/crates.rs"));
            continue;
        };
        for dependency in dependencies {
            let is_ours = dependency.starts_with("holdfast");
            let door = DOORS.iter().find(|(foreign, _)| foreign == dependency);
            if is_ours && !allowed.contains(&dependency.as_str()) {
                wrong.push(format!("{name} may not use {dependency}"));
            }
            if door.is_some_and(|(_, users)| !users.contains(&name.as_str())) {
                wrong.push(format!("{name} may not name {dependency}: its door is elsewhere"));
            }
            if NO_IO.contains(&name.as_str()) && IO.contains(&dependency.as_str()) {
                wrong.push(format!("{name} does no I/O, but names {dependency}"));
            }
        }
    }
    wrong
}

fn shipped_dependencies(root: &Path) -> Result<BTreeMap<String, Vec<String>>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .current_dir(root)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .context("run cargo metadata")?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).context("read cargo metadata")?;
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let list =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let shipped = |package: &Value| {
        let dependencies = list(package, "dependencies");
        dependencies
            .iter()
            .filter(|d| text(d, "kind").as_deref() != Some("dev"))
            .filter_map(|d| text(d, "name"))
            .collect()
    };
    let packages = list(&metadata, "packages");
    Ok(packages.iter().filter_map(|package| Some((text(package, "name")?, shipped(package)))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_planted_arrow_between_crates_is_found() {
        let planted = |name: &str, dependency: &str| {
            forbidden(&BTreeMap::from([(name.to_owned(), vec![dependency.to_owned()])]))
        };
        for (name, dependency) in [
            ("holdfast-rule-set", "holdfast-evaluator"),
            ("holdfast-evaluator", "holdfast-protection"),
            ("holdfast-distribution", "wasmtime"),
            ("holdfast-protection", "tokio"),
            ("holdfast-rule-mine", "holdfast-evaluator"),
        ] {
            assert_eq!(planted(name, dependency).len(), 1, "{name} -> {dependency}");
        }
        assert!(planted("holdfast-evaluator", "holdfast-rule-set").is_empty());
        assert_eq!(planted("holdfast-new", "serde").len(), 1, "an unlisted crate");
    }
}

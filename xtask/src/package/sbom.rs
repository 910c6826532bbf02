//! What is in a program, as CycloneDX: from `cargo tree`, which knows what these features compile in, and `Cargo.lock`, which
//! knows what was downloaded. Without a time, and numbered by its own digest, so that two builds write the same.

mod document;
mod tree;
#[cfg(test)]
mod valid;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use toml_edit::DocumentMut;

use crate::app::{COMMAND, HANDLER};
use crate::rules;
use tree::Tree;

/// Name of the file.
pub(crate) const NAME: &str = "sbom.cdx.json";

const LINUX: &str = "x86_64-unknown-linux-gnu";

/// The bill of the function app: the handler with these features, and the rules beside it.
pub(crate) fn of_app(root: &Path, features: &[String]) -> Result<String> {
    let mut tree = Tree::of(root, HANDLER, LINUX, features)?;
    for name in rules::rule_names(root)? {
        tree.take_in(Tree::of(root, &format!("holdfast-rule-{name}"), rules::TARGET, &[])?);
    }
    document::written(&tree, &checksums(root)?)
}

/// The bill of the command line.
pub(crate) fn of_command(root: &Path) -> Result<String> {
    document::written(&Tree::of(root, COMMAND, LINUX, &[])?, &checksums(root)?)
}

/// Digests of what was downloaded, by name and version.
fn checksums(root: &Path) -> Result<BTreeMap<(String, String), String>> {
    let lock: DocumentMut = fs::read_to_string(root.join("Cargo.lock"))
        .context("read Cargo.lock")?
        .parse()
        .context("Cargo.lock is not TOML")?;
    let packages = lock.get("package").and_then(toml_edit::Item::as_array_of_tables);
    let text = |table: &toml_edit::Table, name: &str| table.get(name)?.as_str().map(str::to_owned);
    let of = |table| Some(((text(table, "name")?, text(table, "version")?), text(table, "checksum")?));
    Ok(packages.into_iter().flatten().filter_map(of).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_bill_of_the_app_names_what_is_in_it_and_nothing_else() {
        let features = crate::package::Handler::WithCompiler.options();
        let written = of_app(&crate::root(), &features).unwrap();
        assert_eq!(written, of_app(&crate::root(), &features).unwrap());
        let bill: Value = serde_json::from_str(&written).unwrap();
        let components = bill.get("components").and_then(Value::as_array).unwrap();
        let names: Vec<&str> =
            components.iter().filter_map(|one| one.get("name").and_then(Value::as_str)).collect();
        for there in ["holdfast-protection", "wasmtime", "cranelift-codegen", "holdfast-rule-select"] {
            assert!(names.contains(&there), "{there} is missing");
        }
        for elsewhere in ["holdfast-simulator", "lambda_http", "proptest", "clap_derive"] {
            assert!(!names.contains(&elsewhere), "{elsewhere} is not in the app");
        }
        let wasmtime = components.iter().find(|one| one.get("name").is_some_and(|name| name == "wasmtime"));
        let digest = wasmtime.and_then(|one| one.pointer("/hashes/0/content")).and_then(Value::as_str);
        assert_eq!(digest.map(str::len), Some(64));
    }

    #[test]
    fn without_its_compiler_the_bill_has_none() {
        let features = crate::package::Handler::WithoutCompiler.options();
        let written = of_app(&crate::root(), &features).unwrap();
        assert!(!written.contains("cranelift-codegen"));
    }
}

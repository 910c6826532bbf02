//! A tree of crates as a document of CycloneDX 1.6.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::{Value, json};

use super::tree::{Crate, Id, Tree};
use crate::digest;

/// The document, with the digests of what was downloaded.
pub(super) fn written(tree: &Tree, checksums: &BTreeMap<Id, String>) -> Result<String> {
    let others = tree.crates.iter().filter(|(id, _)| **id != tree.root);
    let components: Vec<Value> =
        others.map(|(id, found)| component(id, found, "library", checksums.get(id))).collect();
    let program = tree.crates.get(&tree.root).map(|found| component(&tree.root, found, "application", None));
    let dependencies: Vec<Value> = tree
        .crates
        .iter()
        .map(|(id, found)| {
            json!({ "ref": url(id), "dependsOn": found.needs.iter().map(url).collect::<Vec<_>>() })
        })
        .collect();
    let mut document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": program },
        "components": components,
        "dependencies": dependencies,
    });
    let number = serial(&digest::of(document.to_string().as_bytes()));
    if let Some(members) = document.as_object_mut() {
        members.insert("serialNumber".to_owned(), json!(number));
    }
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn component(id: &Id, found: &Crate, kind: &str, checksum: Option<&String>) -> Value {
    let mut described = json!({
        "type": kind, "bom-ref": url(id), "name": id.0, "version": id.1, "purl": url(id),
    });
    let mut add = |name: &str, value: Value| {
        if let Some(members) = described.as_object_mut() {
            members.insert(name.to_owned(), value);
        }
    };
    if !found.licence.is_empty() {
        // Older crates put a stroke between licences to choose from.
        add("licenses", json!([{ "expression": found.licence.replace('/', " OR ") }]));
    }
    if !found.repository.is_empty() && !found.ours {
        add("externalReferences", json!([{ "type": "vcs", "url": found.repository }]));
    }
    if let Some(digest) = checksum {
        add("hashes", json!([{ "alg": "SHA-256", "content": digest }]));
    }
    described
}

/// The address of a crate in the scheme of package URLs.
fn url((name, version): &Id) -> String {
    format!("pkg:cargo/{name}@{version}")
}

/// A number in the form of a UUID of version 8, which leaves its bits to who makes it.
fn serial(digest: &str) -> String {
    let part = |from: usize, to: usize| digest.get(from..to).unwrap_or_default();
    format!("urn:uuid:{}-{}-8{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

//! What we put into registries, by its media types.

use std::collections::BTreeMap;
use std::fmt;

use holdfast_rule_set::Digest;
use serde_json::json;

use super::manifest::Manifest;

/// Layer of a rule: a WASM component, as other WASM tools name it.
pub(super) const WASM: &str = "application/wasm";
/// Config of a rule, by the CNCF's layout of WASM artifacts.
pub(super) const WASM_CONFIG: &str = "application/vnd.wasm.config.v0+json";
/// Artifact type of a rule set; its layers are the files of its folder.
pub(super) const RULE_SET: &str = "application/vnd.holdfast.rule-set.v1";
/// The rule set file itself.
pub(super) const RULE_SET_FILE: &str = "application/vnd.holdfast.rule-set.v1+toml";
/// Any other file of the folder that is not a module.
pub(super) const FILE: &str = "application/octet-stream";
/// Signatures by key files, attached to a rule as a referrer.
pub(super) const SIGNATURES: &str = "application/vnd.holdfast.signatures.v1+json";
/// A sigstore bundle over a module's bytes, attached in the same way.
pub(super) const BUNDLE: &str = "application/vnd.holdfast.sigstore-bundle.v1+json";

pub(super) const TITLE: &str = "org.opencontainers.image.title";
pub(super) const VERSION: &str = "org.opencontainers.image.version";
pub(super) const DESCRIPTION: &str = "org.opencontainers.image.description";

/// What an artifact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArtifactKind {
    /// A rule module.
    Rule,
    /// A rule set with the files of its folder.
    RuleSet,
}

impl ArtifactKind {
    pub(super) fn of(manifest: &Manifest) -> Option<Self> {
        if manifest.artifact_type.as_deref() == Some(RULE_SET) {
            return Some(Self::RuleSet);
        }
        // Whichever tool published it: others give a component another config.
        let holds_wasm = manifest.layers.first().is_some_and(|layer| layer.media_type == WASM);
        holds_wasm.then_some(Self::Rule)
    }
}

impl fmt::Display for ArtifactKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Rule => "rule",
            Self::RuleSet => "rule set",
        })
    }
}

/// What an artifact says of itself. A label proves nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels {
    /// Name of the rule, or of the rule set's file.
    pub name: String,
    /// Version of the rule, or revision of the rule set.
    pub version: String,
    /// One line for people; may be empty.
    pub summary: String,
    /// The contract that a rule was built for, such as `holdfast:rule@1.1.0`; empty where that is not known.
    pub contract: String,
}

impl Labels {
    /// Name and version, if both are stated.
    pub fn stated(&self) -> Option<(&str, &str)> {
        (!self.name.is_empty() && !self.version.is_empty()).then_some((&self.name, &self.version))
    }

    pub(super) fn annotations(&self) -> BTreeMap<String, String> {
        [(TITLE, &self.name), (VERSION, &self.version), (DESCRIPTION, &self.summary)]
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| (key.to_owned(), value.clone()))
            .collect()
    }

    /// Without control characters and of bounded length, since they come from a stranger.
    pub(super) fn of(manifest: &Manifest) -> Self {
        let get = |key: &str| {
            let text = manifest.annotations.get(key).map(String::as_str).unwrap_or_default();
            text.chars().filter(|c| !c.is_control()).take(200).collect()
        };
        Self { name: get(TITLE), version: get(VERSION), summary: get(DESCRIPTION), contract: String::new() }
    }
}

/// The config of a rule. No time of making: the same module is the same artifact.
pub(super) fn wasm_config(module: Digest, labels: &Labels) -> Vec<u8> {
    let mut component = json!({ "exports": [], "imports": [] });
    if let (Some(fields), false) = (component.as_object_mut(), labels.contract.is_empty()) {
        fields.insert("target".to_owned(), labels.contract.as_str().into());
    }
    let config = json!({
        "created": "1970-01-01T00:00:00Z",
        "architecture": "wasm",
        "os": "wasip2",
        "layerDigests": [module.to_string()],
        "component": component,
    });
    config.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_for_the_contract_that_it_was_built_for() {
        let target = |contract: &str| {
            let labels = Labels { contract: contract.to_owned(), ..Labels::default() };
            let config: serde_json::Value =
                serde_json::from_slice(&wasm_config(Digest::of(b"module"), &labels)).unwrap();
            config["component"].get("target").cloned()
        };
        for contract in ["holdfast:rule@1.0.0", "holdfast:rule@1.1.0"] {
            assert_eq!(target(contract), Some(contract.into()));
        }
        assert_eq!(target(""), None, "nothing is made up");
    }
}

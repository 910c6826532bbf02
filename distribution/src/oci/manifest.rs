//! The few parts of OCI's manifest and index that we write and read.

use std::collections::BTreeMap;

use holdfast_rule_set::Digest;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(super) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(super) const EMPTY: &str = "application/vnd.oci.empty.v1+json";
/// Largest manifest or index: the bound that registries set themselves.
pub(super) const MOST_BYTES: u64 = 4 << 20;

/// Names bytes: what they are, which, how many.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    pub(super) media_type: String,
    pub(super) digest: Digest,
    pub(super) size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) artifact_type: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) annotations: BTreeMap<String, String>,
}

impl Descriptor {
    pub(super) fn of(media_type: &str, bytes: &[u8]) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: Digest::of(bytes),
            size: bytes.len() as u64,
            artifact_type: None,
            annotations: BTreeMap::new(),
        }
    }

    pub(super) fn with(mut self, key: &str, value: &str) -> Self {
        self.annotations.insert(key.to_owned(), value.to_owned());
        self
    }
}

/// An artifact: a config and layers, or a statement about another one, its subject.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest {
    pub(super) schema_version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) media_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) artifact_type: Option<String>,
    pub(super) config: Descriptor,
    #[serde(default)]
    pub(super) layers: Vec<Descriptor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<Descriptor>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) annotations: BTreeMap<String, String>,
}

impl Manifest {
    pub(super) fn new(artifact_type: Option<&str>, config: Descriptor, layers: Vec<Descriptor>) -> Self {
        Self {
            schema_version: 2,
            media_type: Some(MANIFEST.to_owned()),
            artifact_type: artifact_type.map(str::to_owned),
            config,
            layers,
            subject: None,
            annotations: BTreeMap::new(),
        }
    }

    /// Keys in a fixed order: the same artifact has the same digest.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// A list of manifests.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Index {
    pub(super) schema_version: u32,
    #[serde(default)]
    pub(super) media_type: Option<String>,
    /// As they stand there: anyone who may write to a repository can have entries listed that we can't read.
    #[serde(default)]
    manifests: Vec<Value>,
}

impl Index {
    pub(super) fn empty() -> Self {
        Self { schema_version: 2, media_type: Some(INDEX.to_owned()), manifests: Vec::new() }
    }

    /// The entries that can be read.
    pub(super) fn descriptors(&self) -> impl Iterator<Item = Descriptor> {
        self.manifests.iter().filter_map(|entry| Descriptor::deserialize(entry).ok())
    }

    pub(super) fn add(&mut self, entry: &Descriptor) {
        self.manifests.extend(serde_json::to_value(entry));
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

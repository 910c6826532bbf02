//! The files around a rule set, wherever they lie: a folder, a container, an artifact.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use holdfast_azure::{BlobFiles, BlobMark};
use holdfast_rule_set::Digest;

use super::error::FetchError;
use crate::oci::{Registry, RuleSetArtifact};
use crate::sizes;

/// Files by path, with `/` between folders.
#[async_trait]
pub(super) trait Blobs: Send + Sync {
    /// What the file holds; none if there is no such file. More than `most` bytes are an error.
    async fn get(&self, path: &str, most: u64) -> Result<Option<Vec<u8>>, FetchError>;

    /// Paths of the files that begin with `prefix`.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, FetchError>;

    /// The digest that the file is known to have without being read. `pinned` is what the rule set wants of it.
    fn known(&self, _path: &str, _pinned: Option<Digest>) -> Option<Digest> {
        None
    }
}

/// What a container shows of the blobs below a prefix, by their paths below it.
pub(super) type Listing = BTreeMap<String, BlobMark>;

/// The blobs below a prefix, as if they were all there is.
pub(super) struct Container {
    pub(super) files: Arc<BlobFiles>,
    pub(super) prefix: String,
    /// None if there is too much to list at each look.
    pub(super) listing: Option<Listing>,
    /// What was fetched before, under which mark.
    pub(super) before: BTreeMap<String, (BlobMark, Digest)>,
}

impl Container {
    /// Lists what is below the prefix, in one call.
    pub(super) async fn open(files: Arc<BlobFiles>, prefix: &str) -> Result<Self, FetchError> {
        let marks =
            files.marks(prefix).await.map_err(|error| storage(format!("blobs below `{prefix}`"), &error))?;
        let below = |(path, mark): (String, BlobMark)| Some((path.strip_prefix(prefix)?.to_owned(), mark));
        let listing = marks.map(|marks| marks.into_iter().filter_map(below).collect());
        Ok(Self { files, prefix: prefix.to_owned(), listing, before: BTreeMap::new() })
    }
}

#[async_trait]
impl Blobs for Container {
    async fn get(&self, path: &str, most: u64) -> Result<Option<Vec<u8>>, FetchError> {
        if self.listing.as_ref().is_some_and(|listing| !listing.contains_key(path)) {
            return Ok(None);
        }
        let path = format!("{}{path}", self.prefix);
        self.files.get(&path, most).await.map_err(|error| storage(format!("blob `{path}`"), &error))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, FetchError> {
        if let Some(listing) = &self.listing {
            return Ok(listing.keys().filter(|path| path.starts_with(prefix)).cloned().collect());
        }
        let below = format!("{}{prefix}", self.prefix);
        let listed = self.files.list(&below, sizes::FILES).await;
        let listed = listed.map_err(|error| storage(format!("blobs below `{below}`"), &error))?;
        Ok(listed.iter().filter_map(|path| path.strip_prefix(&self.prefix)).map(str::to_owned).collect())
    }

    fn known(&self, path: &str, pinned: Option<Digest>) -> Option<Digest> {
        let mark = self.listing.as_ref()?.get(path)?;
        match self.before.get(path) {
            Some((before, digest)) => (before == mark).then_some(*digest),
            None => pinned,
        }
    }
}

/// The files of an artifact, whose manifest names them by digest.
pub(super) struct Artifact {
    pub(super) registry: Arc<Registry>,
    pub(super) artifact: RuleSetArtifact,
}

#[async_trait]
impl Blobs for Artifact {
    async fn get(&self, path: &str, most: u64) -> Result<Option<Vec<u8>>, FetchError> {
        let Some(layer) = self.artifact.layer(path) else { return Ok(None) };
        let repository = &self.artifact.reference.repository;
        Ok(Some(self.registry.layer(repository, layer, most).await?))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, FetchError> {
        Ok(self.artifact.paths().filter(|path| path.starts_with(prefix)).map(str::to_owned).collect())
    }

    fn known(&self, path: &str, _pinned: Option<Digest>) -> Option<Digest> {
        self.artifact.layer(path).map(|layer| layer.digest)
    }
}

fn storage(what: String, error: &dyn std::fmt::Display) -> FetchError {
    FetchError::Storage { what, detail: error.to_string() }
}

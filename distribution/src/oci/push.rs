//! Publishing rules and rule sets.

use holdfast_rule_set::Digest;

use super::artifact::{self, FILE, Labels, RULE_SET, RULE_SET_FILE, TITLE, WASM, WASM_CONFIG};
use super::error::RegistryError;
use super::manifest::{Descriptor, EMPTY, MANIFEST, Manifest};
use super::reference::{Reference, Repository};
use super::registry::Registry;
use crate::trust::{BUNDLE_ENDING, SIGNATURES_ENDING};

/// A file that is published with a rule set, by its path in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushedFile {
    /// Relative, with `/` between folders.
    pub path: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// What was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// The artifact by digest: what a rule set pins.
    pub reference: Reference,
    /// Digest of the artifact's manifest, as in the reference.
    pub artifact: Digest,
    /// Digest of the module or rule set file itself.
    pub content: Digest,
    /// Size of all its layers, in bytes.
    pub bytes: u64,
}

impl Registry {
    /// Publishes a rule module under a tag or digest, in the CNCF's layout of WASM artifacts.
    ///
    /// Publishing the same module again changes nothing and gives the same digest.
    ///
    /// # Errors
    ///
    /// When the registry doesn't take it.
    pub async fn push_rule(
        &self,
        target: &Reference,
        module: &[u8],
        labels: &Labels,
    ) -> Result<Pushed, RegistryError> {
        let repository = &target.repository;
        let content = self.put_blob(repository, module).await?;
        let config = artifact::wasm_config(content, labels);
        self.put_blob(repository, &config).await?;
        let layer = Descriptor::of(WASM, module).with(TITLE, &format!("{}.wasm", labels.name));
        let mut manifest = Manifest::new(None, Descriptor::of(WASM_CONFIG, &config), vec![layer]);
        manifest.annotations = labels.annotations();
        self.finish(target, &manifest, content).await
    }

    /// Publishes a rule set with the files of its folder; the first file is the rule set.
    ///
    /// # Errors
    ///
    /// When the registry doesn't take it.
    pub async fn push_rule_set(
        &self,
        target: &Reference,
        files: &[PushedFile],
        labels: &Labels,
    ) -> Result<Pushed, RegistryError> {
        let repository = &target.repository;
        let mut layers = Vec::new();
        for (index, file) in files.iter().enumerate() {
            self.put_blob(repository, &file.bytes).await?;
            let media_type = match index {
                0 => RULE_SET_FILE,
                _ if file.path.ends_with(".wasm") => WASM,
                _ if file.path.ends_with(SIGNATURES_ENDING) => artifact::SIGNATURES,
                _ if file.path.ends_with(BUNDLE_ENDING) => artifact::BUNDLE,
                _ => FILE,
            };
            layers.push(Descriptor::of(media_type, &file.bytes).with(TITLE, &file.path));
        }
        let content = layers.first().map_or_else(|| Digest::of(b""), |layer| layer.digest);
        self.put_blob(repository, b"{}").await?;
        let mut manifest = Manifest::new(Some(RULE_SET), Descriptor::of(EMPTY, b"{}"), layers);
        manifest.annotations = labels.annotations();
        self.finish(target, &manifest, content).await
    }

    async fn finish(
        &self,
        target: &Reference,
        manifest: &Manifest,
        content: Digest,
    ) -> Result<Pushed, RegistryError> {
        let digest = self.put_manifest(target, MANIFEST, &manifest.to_bytes()).await?;
        let bytes = manifest.layers.iter().map(|layer| layer.size).sum();
        Ok(Pushed { reference: target.repository.at(digest), artifact: digest, content, bytes })
    }

    /// Attaches a file of signatures (`.sig.json`) to a published rule.
    ///
    /// # Errors
    ///
    /// When there is no such rule, or the registry doesn't take it.
    pub async fn attach_signatures(
        &self,
        repository: &Repository,
        rule: Digest,
        signatures: &[u8],
    ) -> Result<(), RegistryError> {
        self.attach(repository, rule, artifact::SIGNATURES, signatures).await
    }

    /// Attaches a sigstore bundle over the module to a published rule.
    ///
    /// # Errors
    ///
    /// When there is no such rule, or the registry doesn't take it.
    pub async fn attach_bundle(
        &self,
        repository: &Repository,
        rule: Digest,
        bundle: &[u8],
    ) -> Result<(), RegistryError> {
        self.attach(repository, rule, artifact::BUNDLE, bundle).await
    }
}

//! Fetching what was published, verified from the manifest down.

use holdfast_evaluator::Digest;

use super::artifact::{self, ArtifactKind, Labels, RULE_SET_FILE, TITLE};
use super::error::RegistryError;
use super::manifest::{Descriptor, Manifest};
use super::reference::{Reference, Repository};
use super::referrers::Referrers;
use super::registry::Registry;
use crate::relative::RelativePath;
use crate::signature::SignatureFile;
use crate::sizes;

/// A file of an artifact. The path of a rule set's file has been checked to stay in its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PulledFile {
    /// Relative, with `/` between folders.
    pub path: String,
    /// What it holds; its digest is the one in the manifest.
    pub bytes: Vec<u8>,
}

/// A rule or rule set as it lies in the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// What it is.
    pub kind: ArtifactKind,
    /// The artifact by digest.
    pub reference: Reference,
    /// What it says of itself.
    pub labels: Labels,
    /// The module, or the rule set file and then the other files of its folder.
    pub files: Vec<PulledFile>,
    /// Signatures by key files that are attached to a rule, none verified.
    pub signatures: Option<SignatureFile>,
    /// A sigstore bundle that is attached to a rule, not verified. Of several the first.
    pub bundle: Option<Vec<u8>>,
}

impl Pulled {
    /// The module, or the rule set file.
    pub fn content(&self) -> &[u8] {
        self.files.first().map(|file| file.bytes.as_slice()).unwrap_or_default()
    }
}

impl Registry {
    /// Fetches a rule or rule set. A tag is resolved once; everything after that goes by digest.
    ///
    /// # Errors
    ///
    /// When it is missing, was tampered with, is too large, or is something else.
    pub async fn pull(&self, reference: &Reference) -> Result<Pulled, RegistryError> {
        self.pull_with(reference, None).await
    }

    /// Fetches a rule; the module itself only if it isn't the one in `cached`.
    ///
    /// # Errors
    ///
    /// As [`Registry::pull`], and when it is a rule set.
    pub(crate) async fn pull_rule(
        &self,
        reference: &Reference,
        cached: Option<Vec<u8>>,
    ) -> Result<Pulled, RegistryError> {
        let pulled = self.pull_with(reference, cached).await?;
        match pulled.kind {
            ArtifactKind::Rule => Ok(pulled),
            ArtifactKind::RuleSet => Err(other(&pulled.reference, "rule", "it is a rule set".to_owned())),
        }
    }

    async fn pull_with(
        &self,
        reference: &Reference,
        cached: Option<Vec<u8>>,
    ) -> Result<Pulled, RegistryError> {
        let (bytes, digest) = self.manifest(reference).await?;
        let pinned = reference.repository.at(digest);
        let manifest = read(&bytes, &pinned)?;
        let kind = ArtifactKind::of(&manifest).ok_or_else(|| {
            let first = manifest.layers.first().map_or("nothing", |layer| layer.media_type.as_str());
            let problem = format!("it holds `{first}`");
            other(&pinned, "rule or rule set", problem)
        })?;
        let (labels, repository) = (Labels::of(&manifest), &reference.repository);
        let mut pulled =
            Pulled { kind, reference: pinned, labels, files: Vec::new(), signatures: None, bundle: None };
        match (kind, manifest.layers.first()) {
            (ArtifactKind::Rule, Some(layer)) => {
                let bytes = match cached.filter(|cached| Digest::of(cached) == layer.digest) {
                    Some(cached) => cached,
                    None => self.layer(repository, layer, sizes::MODULE).await?,
                };
                pulled.files = vec![PulledFile { path: "rule.wasm".to_owned(), bytes }];
                let referrers = self.referrers(repository, digest).await?;
                pulled.signatures = self.signatures(&referrers, layer.digest).await?;
                let bundles = self.statements(&referrers, artifact::BUNDLE).await?;
                pulled.bundle = bundles.into_iter().next();
            }
            (ArtifactKind::Rule | ArtifactKind::RuleSet, _) => {
                pulled.files = self.folder(&pulled.reference, &manifest).await?;
            }
        }
        Ok(pulled)
    }

    /// Signatures over the module from everybody who attached some.
    pub(super) async fn signatures(
        &self,
        referrers: &Referrers,
        module: Digest,
    ) -> Result<Option<SignatureFile>, RegistryError> {
        let mut all = SignatureFile::default();
        for statement in self.statements(referrers, artifact::SIGNATURES).await? {
            if let Ok(file) = SignatureFile::parse(&statement) {
                all.take_over(file, module);
            }
        }
        Ok(Some(all).filter(|all| !all.signatures().is_empty()))
    }

    /// The files of a rule set's folder, the rule set first.
    async fn folder(
        &self,
        pinned: &Reference,
        manifest: &Manifest,
    ) -> Result<Vec<PulledFile>, RegistryError> {
        let wrong = |problem: String| other(pinned, "rule set", problem);
        let total: u64 = manifest.layers.iter().map(|layer| layer.size).fold(0, u64::saturating_add);
        if total > sizes::RULE_SET_FOLDER || manifest.layers.len() > sizes::FILES {
            return Err(wrong(format!("{} files with {total} bytes are too many", manifest.layers.len())));
        }
        let first = manifest.layers.first().filter(|layer| layer.media_type == RULE_SET_FILE);
        if first.is_none() {
            return Err(wrong(format!("its first layer is no `{RULE_SET_FILE}`")));
        }
        let mut files: Vec<PulledFile> = Vec::new();
        for layer in &manifest.layers {
            let title = layer.annotations.get(TITLE).map(String::as_str).unwrap_or_default();
            let path: RelativePath =
                title.parse().map_err(|error| wrong(format!("a layer's title is unusable: {error}")))?;
            if files.iter().any(|file| file.path == path.as_str()) {
                return Err(wrong(format!("the file `{title}` is in it twice")));
            }
            let bytes = self.layer(&pinned.repository, layer, sizes::of(path.as_str())).await?;
            files.push(PulledFile { path: path.as_str().to_owned(), bytes });
        }
        Ok(files)
    }

    async fn layer(
        &self,
        repository: &Repository,
        layer: &Descriptor,
        most: u64,
    ) -> Result<Vec<u8>, RegistryError> {
        self.blob(repository, layer.digest, most.min(layer.size)).await
    }
}

pub(super) fn read(bytes: &[u8], reference: &Reference) -> Result<Manifest, RegistryError> {
    serde_json::from_slice(bytes)
        .map_err(|error| other(reference, "rule or rule set", format!("its manifest is unusable: {error}")))
}

fn other(reference: &Reference, expected: &'static str, problem: String) -> RegistryError {
    RegistryError::OtherArtifact { reference: reference.to_string(), expected, problem }
}

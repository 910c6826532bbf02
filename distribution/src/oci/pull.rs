//! Fetching what was published, verified from the manifest down.

use holdfast_rule_set::Digest;

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
        let (manifest, pinned) = self.artifact(reference).await?;
        let kind = kind(&manifest, &pinned)?;
        let (labels, repository) = (Labels::of(&manifest), &reference.repository);
        let mut pulled =
            Pulled { kind, reference: pinned, labels, files: Vec::new(), signatures: None, bundle: None };
        match kind {
            ArtifactKind::Rule => {
                let rule = self.rule_of(&manifest, &pulled.reference).await?;
                let bytes = self.layer(repository, &rule.module, sizes::MODULE).await?;
                pulled.files = vec![PulledFile { path: "rule.wasm".to_owned(), bytes }];
                (pulled.signatures, pulled.bundle) = (rule.signatures, rule.bundle);
            }
            ArtifactKind::RuleSet => {
                let artifact = RuleSetArtifact::of(&manifest, &pulled.reference)?;
                for (path, layer) in &artifact.files {
                    let bytes = self.layer(repository, layer, sizes::of(path.as_str())).await?;
                    pulled.files.push(PulledFile { path: path.as_str().to_owned(), bytes });
                }
            }
        }
        Ok(pulled)
    }

    /// A rule set, of which nothing but the list of its files was fetched.
    ///
    /// # Errors
    ///
    /// When it is missing, was tampered with, is too large, or is something else.
    pub(crate) async fn rule_set(&self, reference: &Reference) -> Result<RuleSetArtifact, RegistryError> {
        let (manifest, pinned) = self.artifact(reference).await?;
        match kind(&manifest, &pinned)? {
            ArtifactKind::RuleSet => RuleSetArtifact::of(&manifest, &pinned),
            ArtifactKind::Rule => Err(other(&pinned, "rule set", "it is a single rule".to_owned())),
        }
    }

    /// A rule with its signatures, but without the module.
    ///
    /// # Errors
    ///
    /// As [`Registry::rule_set`].
    pub(crate) async fn rule(&self, reference: &Reference) -> Result<RuleArtifact, RegistryError> {
        let (manifest, pinned) = self.artifact(reference).await?;
        match kind(&manifest, &pinned)? {
            ArtifactKind::Rule => self.rule_of(&manifest, &pinned).await,
            ArtifactKind::RuleSet => Err(other(&pinned, "rule", "it is a rule set".to_owned())),
        }
    }

    async fn artifact(&self, reference: &Reference) -> Result<(Manifest, Reference), RegistryError> {
        let (bytes, digest) = self.manifest(reference).await?;
        let pinned = reference.repository.at(digest);
        Ok((read(&bytes, &pinned)?, pinned))
    }

    async fn rule_of(&self, manifest: &Manifest, pinned: &Reference) -> Result<RuleArtifact, RegistryError> {
        let layer = manifest.layers.first();
        let layer = layer.ok_or_else(|| other(pinned, "rule", "it is empty".to_owned()))?;
        let referrers = self.referrers_of(pinned).await?;
        Ok(RuleArtifact {
            module: Layer::of(layer),
            signatures: self.signatures(&referrers, layer.digest).await?,
            bundle: self.statements(&referrers, artifact::BUNDLE).await?.into_iter().next(),
            mark: referrers.mark(),
        })
    }

    /// Changes when signatures of a rule come or go; what they hold is not fetched.
    ///
    /// # Errors
    ///
    /// When the registry can't be asked.
    pub(crate) async fn signatures_mark(&self, pinned: &Reference) -> Result<Digest, RegistryError> {
        Ok(self.referrers_of(pinned).await?.mark())
    }

    async fn referrers_of(&self, pinned: &Reference) -> Result<Referrers, RegistryError> {
        let subject = self.resolve(pinned).await?;
        self.referrers(&pinned.repository, subject).await
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

    /// A layer's bytes, of at most `most`.
    ///
    /// # Errors
    ///
    /// When it is missing, was tampered with, or is too large.
    pub(crate) async fn layer(
        &self,
        repository: &Repository,
        layer: &Layer,
        most: u64,
    ) -> Result<Vec<u8>, RegistryError> {
        self.blob(repository, layer.digest, most.min(layer.size)).await
    }
}

/// Bytes in a registry, by their digest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layer {
    pub(crate) digest: Digest,
    size: u64,
}

impl Layer {
    fn of(descriptor: &Descriptor) -> Self {
        Self { digest: descriptor.digest, size: descriptor.size }
    }
}

/// A rule as it lies in the registry, without its module.
pub(crate) struct RuleArtifact {
    pub(crate) module: Layer,
    pub(crate) signatures: Option<SignatureFile>,
    pub(crate) bundle: Option<Vec<u8>>,
    /// As [`Registry::signatures_mark`] gives it.
    pub(crate) mark: Digest,
}

/// A rule set as it lies in the registry: its files, the rule set first, each path checked and once.
pub(crate) struct RuleSetArtifact {
    pub(crate) reference: Reference,
    files: Vec<(RelativePath, Layer)>,
}

impl RuleSetArtifact {
    /// Path of the rule set file.
    pub(crate) fn name(&self) -> &str {
        self.paths().next().unwrap_or_default()
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|(path, _)| path.as_str())
    }

    pub(crate) fn layer(&self, path: &str) -> Option<&Layer> {
        self.files.iter().find(|(known, _)| known.as_str() == path).map(|(_, layer)| layer)
    }

    fn of(manifest: &Manifest, pinned: &Reference) -> Result<Self, RegistryError> {
        let wrong = |problem: String| other(pinned, "rule set", problem);
        let total: u64 = manifest.layers.iter().map(|layer| layer.size).fold(0, u64::saturating_add);
        if total > sizes::RULE_SET_FOLDER || manifest.layers.len() > sizes::FILES {
            return Err(wrong(format!("{} files with {total} bytes are too many", manifest.layers.len())));
        }
        let first = manifest.layers.first().filter(|layer| layer.media_type == RULE_SET_FILE);
        if first.is_none() {
            return Err(wrong(format!("its first layer is not `{RULE_SET_FILE}`")));
        }
        let mut files: Vec<(RelativePath, Layer)> = Vec::new();
        for layer in &manifest.layers {
            let title = layer.annotations.get(TITLE).map(String::as_str).unwrap_or_default();
            let path: RelativePath =
                title.parse().map_err(|error| wrong(format!("a layer's title is unusable: {error}")))?;
            if files.iter().any(|(known, _)| *known == path) {
                return Err(wrong(format!("the file `{title}` is in it twice")));
            }
            files.push((path, Layer::of(layer)));
        }
        Ok(Self { reference: pinned.clone(), files })
    }
}

fn kind(manifest: &Manifest, pinned: &Reference) -> Result<ArtifactKind, RegistryError> {
    ArtifactKind::of(manifest).ok_or_else(|| {
        let first = manifest.layers.first().map_or("nothing", |layer| layer.media_type.as_str());
        other(pinned, "rule or rule set", format!("it holds `{first}`"))
    })
}

/// Whether these bytes are the manifest of a rule or of a rule set.
pub fn is_artifact(manifest: &[u8]) -> bool {
    serde_json::from_slice(manifest).is_ok_and(|manifest: Manifest| {
        let labels = super::artifact::Labels::of(&manifest);
        ArtifactKind::of(&manifest).is_some() && labels.stated().is_some()
    })
}

pub(super) fn read(bytes: &[u8], reference: &Reference) -> Result<Manifest, RegistryError> {
    serde_json::from_slice(bytes)
        .map_err(|error| other(reference, "rule or rule set", format!("its manifest is unusable: {error}")))
}

fn other(reference: &Reference, expected: &'static str, problem: String) -> RegistryError {
    RegistryError::OtherArtifact { reference: reference.to_string(), expected, problem }
}

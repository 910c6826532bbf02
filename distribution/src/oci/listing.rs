//! What a repository holds.

use holdfast_rule_set::Digest;

use super::artifact::{self, ArtifactKind, Labels};
use super::error::RegistryError;
use super::pull::read;
use super::reference::{Reference, Repository, Target};
use super::referrers::is_list;
use super::registry::Registry;

/// A tag of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The tag.
    pub tag: String,
    /// Digest of the artifact that it leads to now.
    pub digest: Digest,
    /// What it is; none if it is nothing of ours.
    pub kind: Option<ArtifactKind>,
    /// What it says of itself.
    pub labels: Labels,
    /// Size of its layers, in bytes.
    pub bytes: u64,
    /// Who claims to have signed it: key ids, and `sigstore`. Nothing is verified.
    pub signed_by: Vec<String>,
}

impl Registry {
    /// Every tag that a person gave, in the order of the alphabet.
    ///
    /// # Errors
    ///
    /// When there is no such repository, or the registry can't be asked.
    pub async fn list(&self, repository: &Repository) -> Result<Vec<Listed>, RegistryError> {
        let mut tags = self.tags(repository).await?;
        tags.retain(|tag| !is_list(tag));
        tags.sort();
        let mut listed = Vec::with_capacity(tags.len());
        for tag in tags {
            listed.push(self.listed(repository, tag).await?);
        }
        Ok(listed)
    }

    async fn listed(&self, repository: &Repository, tag: String) -> Result<Listed, RegistryError> {
        let reference = Reference { repository: repository.clone(), target: Target::Tag(tag.clone()) };
        let (bytes, digest) = self.manifest(&reference).await?;
        let Ok(manifest) = read(&bytes, &reference) else {
            let (labels, signed_by) = (Labels::default(), Vec::new());
            return Ok(Listed { tag, digest, kind: None, labels, bytes: 0, signed_by });
        };
        let kind = ArtifactKind::of(&manifest);
        let mut signed_by = Vec::new();
        if let (Some(ArtifactKind::Rule), Some(module)) = (kind, manifest.layers.first()) {
            let referrers = self.referrers(repository, digest).await?;
            let signatures = self.signatures(&referrers, module.digest).await?.unwrap_or_default();
            signed_by.extend(signatures.signatures().iter().map(|signed| signed.statement.key.to_string()));
            if !self.statements(&referrers, artifact::BUNDLE).await?.is_empty() {
                signed_by.push("sigstore".to_owned());
            }
        }
        let labels = Labels::of(&manifest);
        let bytes = manifest.layers.iter().map(|layer| layer.size).fold(0, u64::saturating_add);
        Ok(Listed { tag, digest, kind, labels, bytes, signed_by })
    }
}

//! Artifacts that speak about another one: signatures that were made after it was published.
//!
//! Registries of specification 1.1 list them; for older ones the list is kept under a tag made of
//! the subject's digest, as the specification says. Two who sign at the same moment on such an old
//! registry can lose one entry; signing again mends it.

use holdfast_rule_set::Digest;
use reqwest::{Method, StatusCode};

use super::artifact::{BUNDLE, SIGNATURES};
use super::body::bounded;
use super::error::RegistryError;
use super::manifest::{Descriptor, EMPTY, INDEX, Index, MANIFEST, MOST_BYTES, Manifest};
use super::place;
use super::reference::{Reference, Repository, Target};
use super::registry::{Access, Call, Registry, below, expect, protocol};

/// More statements of one type about one artifact than this are not read. The list itself is bounded by its bytes.
const MOST_REFERRERS: usize = 256;
/// Pages of a registry's list that are read.
const MOST_PAGES: usize = 50;
/// Largest statement, in bytes.
const MOST_STATEMENT: u64 = 1 << 20;

impl Registry {
    pub(super) async fn attach(
        &self,
        repository: &Repository,
        subject: Digest,
        artifact_type: &str,
        bytes: &[u8],
    ) -> Result<(), RegistryError> {
        let (subject_bytes, _) = self.manifest(&repository.at(subject)).await?;
        self.put_blob(repository, b"{}").await?;
        self.put_blob(repository, bytes).await?;
        let layer = Descriptor::of(artifact_type, bytes);
        let mut manifest = Manifest::new(Some(artifact_type), Descriptor::of(EMPTY, b"{}"), vec![layer]);
        manifest.subject = Some(Descriptor::of(MANIFEST, &subject_bytes));
        let manifest = manifest.to_bytes();
        let digest = self.put_manifest(&repository.at(Digest::of(&manifest)), MANIFEST, &manifest).await?;
        if self.listed_by_registry(repository, subject).await?.is_some() {
            return Ok(());
        }
        let mut index = self.listed_by_tag(repository, subject).await?;
        if index.descriptors().any(|known| known.digest == digest) {
            return Ok(());
        }
        let mut entry = Descriptor::of(MANIFEST, &manifest);
        entry.artifact_type = Some(artifact_type.to_owned());
        index.add(&entry);
        self.put_manifest(&tag(repository, subject), INDEX, &index.to_bytes()).await.map(|_| ())
    }

    /// What is listed as speaking about an artifact, in the registry's order.
    pub(super) async fn referrers(
        &self,
        repository: &Repository,
        subject: Digest,
    ) -> Result<Referrers, RegistryError> {
        let listed = match self.listed_by_registry(repository, subject).await? {
            Some(listed) => listed,
            // A list that is none was put there by somebody, and proves nothing.
            None => match self.listed_by_tag(repository, subject).await {
                Ok(index) => index.descriptors().collect(),
                Err(error) if is_nonsense(&error) => Vec::new(),
                Err(error) => return Err(error),
            },
        };
        Ok(Referrers { repository: repository.clone(), subject, listed })
    }

    /// What statements of one type hold, in the registry's order.
    ///
    /// Those that can't be read are passed over: anyone who may write to the repository could add
    /// nonsense, and it proves nothing.
    pub(super) async fn statements(
        &self,
        referrers: &Referrers,
        artifact_type: &str,
    ) -> Result<Vec<Vec<u8>>, RegistryError> {
        let mut found = Vec::new();
        for entry in referrers.of_type(artifact_type).take(MOST_REFERRERS) {
            match self.statement(referrers, entry.digest).await {
                Ok(statement) => found.extend(statement),
                Err(error) if is_nonsense(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    async fn statement(
        &self,
        referrers: &Referrers,
        statement: Digest,
    ) -> Result<Option<Vec<u8>>, RegistryError> {
        let repository = &referrers.repository;
        let (bytes, _) = self.manifest(&repository.at(statement)).await?;
        let manifest: Option<Manifest> = serde_json::from_slice(&bytes).ok();
        let about = |manifest: &Manifest| {
            manifest.subject.as_ref().is_some_and(|subject| subject.digest == referrers.subject)
        };
        let layers = manifest.filter(about).map(|manifest| manifest.layers).unwrap_or_default();
        match layers.first().filter(|layer| layer.size <= MOST_STATEMENT) {
            Some(layer) => self.blob(repository, layer.digest, MOST_STATEMENT).await.map(Some),
            None => Ok(None),
        }
    }

    /// None if the registry is too old to keep such a list.
    async fn listed_by_registry(
        &self,
        repository: &Repository,
        subject: Digest,
    ) -> Result<Option<Vec<Descriptor>>, RegistryError> {
        let mut url = below(repository, &format!("referrers/{subject}"));
        let mut listed = Vec::new();
        for page in 0..MOST_PAGES {
            let call = Call::new(Method::GET, url.clone()).accept(INDEX);
            let answer = self.call(repository, Access::Pull, &call).await?;
            if page == 0 && answer.status() == StatusCode::NOT_FOUND {
                return Ok(None);
            }
            let answer = expect(answer, &url, "artifact").await?;
            let next = place::next_page(&answer, repository);
            let bytes = bounded(answer, &url, MOST_BYTES).await?;
            let index: Index = serde_json::from_slice(&bytes).map_err(|error| protocol(&url, &error))?;
            listed.extend(index.descriptors());
            match next {
                Some(next) => url = next.into(),
                None => break,
            }
        }
        Ok(Some(listed))
    }

    async fn listed_by_tag(&self, repository: &Repository, subject: Digest) -> Result<Index, RegistryError> {
        let reference = tag(repository, subject);
        match self.manifest(&reference).await {
            Ok((bytes, _)) => {
                serde_json::from_slice(&bytes).map_err(|error| protocol(&reference.to_string(), &error))
            }
            Err(RegistryError::Missing { .. }) => Ok(Index::empty()),
            Err(error) => Err(error),
        }
    }
}

/// What is listed as speaking about one artifact. Nothing of it was read yet.
pub(super) struct Referrers {
    repository: Repository,
    subject: Digest,
    listed: Vec<Descriptor>,
}

impl Referrers {
    fn of_type(&self, artifact_type: &str) -> impl Iterator<Item = &Descriptor> {
        self.listed.iter().filter(move |entry| entry.artifact_type.as_deref() == Some(artifact_type))
    }

    /// Changes when signatures come or go.
    pub(super) fn mark(&self) -> Digest {
        let signatures = self.of_type(SIGNATURES).chain(self.of_type(BUNDLE));
        let lines: String = signatures.map(|entry| format!("{}\n", entry.digest)).collect();
        Digest::of(lines.as_bytes())
    }
}

/// What somebody put there, and not what the registry or the way to it lacks.
fn is_nonsense(error: &RegistryError) -> bool {
    match error {
        RegistryError::Missing { .. }
        | RegistryError::Tampered { .. }
        | RegistryError::TooLarge { .. }
        | RegistryError::OtherArtifact { .. }
        | RegistryError::Protocol { .. } => true,
        RegistryError::Unreachable { .. }
        | RegistryError::Forbidden { .. }
        | RegistryError::Identity { .. }
        | RegistryError::NoClient { .. }
        | RegistryError::Status { .. } => false,
    }
}

fn tag(repository: &Repository, subject: Digest) -> Reference {
    let tag = subject.to_string().replace(':', "-");
    Reference { repository: repository.clone(), target: Target::Tag(tag) }
}

/// Whether a tag is such a list, and nothing that a person published.
pub(super) fn is_list(tag: &str) -> bool {
    tag.strip_prefix("sha256-")
        .is_some_and(|rest| rest.len() >= 64 && rest.bytes().take(64).all(|byte| byte.is_ascii_hexdigit()))
}

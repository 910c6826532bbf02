//! Fetching a rule set with everything that belongs to it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use holdfast_azure::{BlobFiles, CredentialKind, StorageOptions};
use holdfast_evaluator::Digest;

use super::cache::{Cache, Files};
use super::error::FetchError;
use super::files::{Artifact, Below, Blobs, Folder};
use super::rule_set;
use crate::oci::{ArtifactKind, DockerConfig, Patience, Reference, Registry, RegistryError};
use crate::relative::RelativePath;
use crate::sizes;
use crate::source::{BlobUrl, Source, folder_and_name};
use crate::trust::{BUNDLE_ENDING, SIGNATURES_ENDING};

/// Folder of native code beside a rule set.
const COMPILED: &str = "compiled/";

/// A rule set on this machine, complete and unchanging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Materialised {
    /// The rule set file. Its folder holds the modules beside it, those from elsewhere as
    /// `modules/sha256-<digest of the module>.wasm`, their signatures, and `compiled/`.
    pub ruleset: PathBuf,
    /// Digest of the rule set file.
    pub digest: Digest,
    /// The source, pinned by digest if it is a registry.
    pub source: Source,
}

/// Fetches rule sets into a cache.
///
/// Nothing is trusted that was not asked for by digest, but the rule set file itself: who vouches
/// for that, and for the modules, is for a [`crate::TrustPolicy`] to say.
pub struct Fetcher {
    pub(super) cache: Cache,
    storage: Option<StorageOptions>,
    identity: CredentialKind,
    docker: DockerConfig,
    patience: Patience,
    whole: Duration,
}

impl Fetcher {
    /// A fetcher with its cache in `folder`, which is made if it is missing.
    ///
    /// # Errors
    ///
    /// When the folder can't be made.
    pub fn new(folder: &Path) -> Result<Self, FetchError> {
        Ok(Self {
            cache: Cache::open(folder)?,
            storage: None,
            identity: CredentialKind::default(),
            docker: DockerConfig::default(),
            patience: Patience::default(),
            whole: Duration::from_secs(300),
        })
    }

    /// Uses these options for the storage account that they are for. Any other account of Azure
    /// Storage is reached with an identity.
    #[must_use]
    pub fn with_storage(mut self, storage: StorageOptions) -> Self {
        self.storage = Some(storage);
        self
    }

    /// Uses this identity for other accounts of Azure Storage, instead of the managed one.
    #[must_use]
    pub fn with_identity(mut self, identity: CredentialKind) -> Self {
        self.identity = identity;
        self
    }

    /// Uses these credentials for registries.
    #[must_use]
    pub fn with_docker(mut self, docker: DockerConfig) -> Self {
        self.docker = docker;
        self
    }

    /// Uses this patience with registries, and gives up a whole fetch after `whole`.
    #[must_use]
    pub fn with_patience(mut self, patience: Patience, whole: Duration) -> Self {
        (self.patience, self.whole) = (patience, whole);
        self
    }

    /// Fetches the rule set at `source`, its modules, their signatures and its compiled code.
    ///
    /// Fetching the same again changes nothing; several may fetch at once. Modules that are in the
    /// cache are not fetched again.
    ///
    /// # Errors
    ///
    /// Names what could not be fetched and why. What was fetched before stays as it is.
    pub async fn fetch(&self, source: &Source) -> Result<Materialised, FetchError> {
        let too_slow =
            |_| FetchError::TooSlow { source_text: source.to_string(), seconds: self.whole.as_secs() };
        tokio::time::timeout(self.whole, self.fetch_all(source)).await.map_err(too_slow)?
    }

    async fn fetch_all(&self, source: &Source) -> Result<Materialised, FetchError> {
        let (files, name, source): (Box<dyn Blobs>, String, Source) = match source {
            Source::Folder(path) => {
                let (folder, name) = folder_and_name(path);
                (Box::new(Folder(folder)), name, source.clone())
            }
            Source::Blob(url) => {
                let (prefix, name) = url.folder_and_name();
                let files = Below { prefix: prefix.to_owned(), files: self.container(url)? };
                (Box::new(files), name.to_owned(), source.clone())
            }
            Source::Oci(reference) => {
                let (files, name, pinned) = self.artifact(reference).await?;
                (Box::new(files), name, Source::Oci(pinned))
            }
        };
        let gathered = self.gather(files.as_ref(), &name, &source.to_string()).await?;
        let name: RelativePath = name.parse().map_err(|_| no_rule_set(&source, &name))?;
        let digest = gathered.get(&name).map(|bytes| Digest::of(bytes));
        let digest = digest.ok_or_else(|| no_rule_set(&source, name.as_str()))?;
        let ruleset = name.below(&self.cache.folder(&gathered)?);
        Ok(Materialised { ruleset, digest, source })
    }

    /// Everything that belongs into the folder.
    async fn gather(&self, files: &dyn Blobs, name: &str, source_text: &str) -> Result<Files, FetchError> {
        let (path, ruleset) = read_rule_set(files, name, source_text).await?;
        let modules = rule_set::modules(&ruleset, source_text)?;
        let mut gathered = Files::new();
        gather_signatures(files, &path, &mut gathered).await?;
        gathered.insert(path, ruleset);
        for module in &modules {
            self.gather_module(files, module, source_text, &mut gathered).await?;
            bounded(&gathered, source_text)?;
        }
        gather_compiled(files, source_text, &mut gathered).await?;
        Ok(gathered)
    }

    async fn artifact(&self, reference: &Reference) -> Result<(Artifact, String, Reference), FetchError> {
        let pulled = self.registry(reference)?.pull(reference).await?;
        let name = pulled.files.first().map(|file| file.path.clone()).unwrap_or_default();
        let pinned = pulled.reference.clone();
        match pulled.kind {
            ArtifactKind::RuleSet => Ok((Artifact::of(pulled), name, pinned)),
            ArtifactKind::Rule => Err(FetchError::Registry(RegistryError::OtherArtifact {
                reference: pinned.to_string(),
                expected: "rule set",
                problem: "it is a single rule".to_owned(),
            })),
        }
    }

    /// A client for the registry of a reference, with the credentials for it.
    pub(super) fn registry(&self, reference: &Reference) -> Result<Registry, FetchError> {
        let credentials = self.docker.credentials(reference.repository.registry())?;
        Ok(Registry::new(credentials, self.patience)?)
    }

    /// The container of a blob. A token is sent to Azure Storage only, and a key only to its account.
    pub(super) fn container(&self, url: &BlobUrl) -> Result<BlobFiles, FetchError> {
        let own = self.storage.as_ref().filter(|own| own.blob_endpoint() == url.endpoint());
        let options = match own {
            Some(own) => own.clone(),
            None if url.is_azure() => StorageOptions::of_account(url.endpoint(), self.identity)
                .map_err(|error| unreachable(url, &error))?,
            None => return Err(FetchError::ForeignAccount { endpoint: url.endpoint().to_owned() }),
        };
        BlobFiles::new(&options, url.container()).map_err(|error| unreachable(url, &error))
    }
}

pub(super) async fn read_rule_set(
    files: &dyn Blobs,
    name: &str,
    source_text: &str,
) -> Result<(RelativePath, Vec<u8>), FetchError> {
    let missing = || FetchError::NoRuleSet { source_text: source_text.to_owned(), name: name.to_owned() };
    let path: RelativePath = name.parse().map_err(|_| missing())?;
    let bytes = files.get(name, sizes::RULE_SET).await?.ok_or_else(missing)?;
    Ok((path, bytes))
}

/// The native code beside a rule set.
pub(super) async fn gather_compiled(
    files: &dyn Blobs,
    source_text: &str,
    gathered: &mut Files,
) -> Result<(), FetchError> {
    for listed in files.list(COMPILED).await? {
        let Ok(path) = listed.parse::<RelativePath>() else { continue };
        if let Some(bytes) = files.get(path.as_str(), sizes::COMPILED).await? {
            gathered.insert(path, bytes);
            bounded(gathered, source_text)?;
        }
    }
    Ok(())
}

/// The signatures that lie beside a file, under the same name.
pub(super) async fn gather_signatures(
    files: &dyn Blobs,
    path: &RelativePath,
    gathered: &mut Files,
) -> Result<(), FetchError> {
    for ending in [SIGNATURES_ENDING, BUNDLE_ENDING] {
        let signature = path.with(ending);
        if let Some(bytes) = files.get(signature.as_str(), sizes::of(ending)).await? {
            gathered.insert(signature, bytes);
        }
    }
    Ok(())
}

fn bounded(gathered: &Files, source_text: &str) -> Result<(), FetchError> {
    let total: u64 = gathered.values().map(|bytes| bytes.len() as u64).sum();
    if total <= sizes::RULE_SET_FOLDER {
        return Ok(());
    }
    Err(FetchError::TooLarge { what: source_text.to_owned(), most: sizes::RULE_SET_FOLDER, unit: "bytes" })
}

fn no_rule_set(source: &Source, name: &str) -> FetchError {
    FetchError::NoRuleSet { source_text: source.to_string(), name: name.to_owned() }
}

fn unreachable(url: &BlobUrl, error: &dyn std::fmt::Display) -> FetchError {
    FetchError::Storage { what: url.to_string(), detail: error.to_string() }
}

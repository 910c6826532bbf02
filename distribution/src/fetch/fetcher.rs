//! Fetching a rule set with everything that belongs to it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use holdfast_azure::{CredentialKind, Identity, StorageOptions};
use holdfast_rule_set::Digest;

use super::cache::Cache;
use super::connections::Connections;
use super::error::FetchError;
use super::half::Half;
use super::look::{Care, Last};
use crate::oci::{DockerConfig, RetryTime};
use crate::relative::RelativePath;
use crate::source::Source;

/// A rule set on this machine, complete and unchanging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
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
    pub(super) connections: Connections,
    whole: Duration,
    last: Mutex<HashMap<String, Arc<Last>>>,
    half: Mutex<HashMap<String, Arc<Half>>>,
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
            connections: Connections::default(),
            whole: Duration::from_secs(300),
            last: Mutex::default(),
            half: Mutex::default(),
        })
    }

    /// Uses these options for the storage account that they are for. Any other account of Azure
    /// Storage is reached with an identity.
    #[must_use]
    pub fn with_storage(mut self, storage: StorageOptions) -> Self {
        self.connections.storage = Some(storage);
        self
    }

    /// Uses this identity for other accounts of Azure Storage, instead of the managed one, and for Azure registries
    /// that the docker credentials do not speak of. `client_id` chooses a user-assigned identity.
    #[must_use]
    pub fn with_identity(mut self, kind: CredentialKind, client_id: Option<String>) -> Self {
        self.connections.entra = Some(Arc::new(Identity::new(kind, client_id.clone())));
        (self.connections.identity, self.connections.client_id) = (kind, client_id);
        self
    }

    /// Uses these credentials for registries.
    #[must_use]
    pub fn with_docker(mut self, docker: DockerConfig) -> Self {
        self.connections.docker = docker;
        self
    }

    /// Speaks to registries by this client, which must follow no redirect.
    #[must_use]
    pub fn with_client(mut self, http: reqwest::Client) -> Self {
        self.connections.http = Some(http);
        self
    }

    /// Uses this patience with registries, and gives up a whole fetch after `whole`.
    #[must_use]
    pub fn with_retry_time(mut self, retry_time: RetryTime, whole: Duration) -> Self {
        (self.connections.retry_time, self.whole) = (retry_time, whole);
        self
    }

    /// Fetches the rule set at `source`, its modules, their signatures and its compiled code.
    ///
    /// Several may fetch at once. Fetching the same again with the same fetcher costs a look: times of files in a
    /// folder, one list of a container, one question about a tag, nothing for a digest. Signatures of modules that
    /// are pinned elsewhere are looked at every twentieth time. What changed is fetched, but for contents that are
    /// in the cache.
    ///
    /// # Errors
    ///
    /// Names what could not be fetched and why. What was fetched before stays as it is.
    pub async fn fetch(&self, source: &Source) -> Result<Fetched, FetchError> {
        self.within(source, Care::Usual).await
    }

    /// The same, with signatures of pinned modules looked at this time.
    ///
    /// # Errors
    ///
    /// As [`Fetcher::fetch`].
    pub async fn fetch_thoroughly(&self, source: &Source) -> Result<Fetched, FetchError> {
        self.within(source, Care::Thorough).await
    }

    async fn within(&self, source: &Source, care: Care) -> Result<Fetched, FetchError> {
        let too_slow =
            |_| FetchError::TooSlow { source_text: source.to_string(), seconds: self.whole.as_secs() };
        tokio::time::timeout(self.whole, self.fetch_all(source, care)).await.map_err(too_slow)?
    }

    async fn fetch_all(&self, source: &Source, care: Care) -> Result<Fetched, FetchError> {
        let last = self.last(source);
        if let Some(last) = &last
            && self.unchanged(source, last, care).await?
        {
            return Ok(last.fetched.clone());
        }
        let half = self.half(source);
        let opened = self.open(source, last.as_deref(), half.as_deref()).await?;
        let (name, source_text) = (opened.name.as_str(), opened.source.to_string());
        let missing = || FetchError::NoRuleSet { source_text: source_text.clone(), name: name.to_owned() };
        let path: RelativePath = name.parse().map_err(|_| missing())?;
        let mut staging = self.cache.stage(half)?;
        let gathered = self.gather(opened.origin.files(), &path, &source_text, &mut staging).await;
        let elsewhere = match gathered {
            Ok(elsewhere) => elsewhere,
            Err(error) => {
                self.keep_half(source, Half::of(staging, opened.origin));
                return Err(error);
            }
        };
        let digest = staging.files().get(&path).map(|staged| staged.digest).ok_or_else(missing)?;
        let (folder, files) = staging.finish().await?;
        let fetched = Fetched { ruleset: path.below(&folder), digest, source: opened.source };
        let last = Last::new(fetched.clone(), (folder, files), opened.origin.seen(), elsewhere);
        self.remember(source, last);
        Ok(fetched)
    }

    fn half(&self, source: &Source) -> Option<Arc<Half>> {
        let half = self.half.lock().unwrap_or_else(PoisonError::into_inner);
        half.get(&source.to_string()).cloned()
    }

    fn keep_half(&self, source: &Source, half: Half) {
        let mut known = self.half.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(source.to_string(), Arc::new(half));
    }

    fn last(&self, source: &Source) -> Option<Arc<Last>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.get(&source.to_string()).cloned()
    }

    fn remember(&self, source: &Source, last: Last) {
        self.half.lock().unwrap_or_else(PoisonError::into_inner).remove(&source.to_string());
        let mut known = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(source.to_string(), Arc::new(last));
    }
}

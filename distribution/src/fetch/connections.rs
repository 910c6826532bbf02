//! Who we are to registries and storage accounts, and the connections to them, which are kept between looks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use holdfast_azure::{BlobFiles, CredentialKind, EntraTokens, StorageOptions};

use super::error::FetchError;
use crate::oci::{Credentials, DockerConfig, Reference, Registry, RetryTime, entra_scope};
use crate::source::BlobUrl;

#[derive(Default)]
pub(super) struct Connections {
    pub(super) storage: Option<StorageOptions>,
    pub(super) identity: CredentialKind,
    pub(super) client_id: Option<String>,
    pub(super) entra: Option<Arc<dyn EntraTokens>>,
    pub(super) docker: DockerConfig,
    pub(super) retry_time: RetryTime,
    pub(super) http: Option<reqwest::Client>,
    registries: Mutex<HashMap<String, Arc<Registry>>>,
    containers: Mutex<HashMap<String, Arc<BlobFiles>>>,
}

impl Connections {
    /// A client for the registry of a reference, with the credentials for it.
    pub(super) fn registry(&self, reference: &Reference) -> Result<Arc<Registry>, FetchError> {
        let host = reference.repository.registry();
        let mut registries = self.registries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = registries.get(host) {
            return Ok(known.clone());
        }
        let credentials = match (self.docker.credentials(host)?, &self.entra) {
            (Credentials::Anonymous, Some(entra)) if entra_scope(host).is_some() => {
                Credentials::Entra(entra.clone())
            }
            (credentials, _) => credentials,
        };
        let registry = Arc::new(match &self.http {
            Some(http) => Registry::with_client(credentials, self.retry_time, http.clone()),
            None => Registry::new(credentials, self.retry_time)?,
        });
        registries.insert(host.to_owned(), registry.clone());
        Ok(registry)
    }

    /// The container of a blob. A token is sent to Azure Storage only, and a key only to its account.
    pub(super) fn container(&self, url: &BlobUrl) -> Result<Arc<BlobFiles>, FetchError> {
        let name = format!("{}/{}", url.endpoint(), url.container());
        let mut containers = self.containers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = containers.get(&name) {
            return Ok(known.clone());
        }
        let own = self.storage.as_ref().filter(|own| own.blob_endpoint() == url.endpoint());
        let options = match own {
            Some(own) => own.clone(),
            None if url.is_azure() => {
                StorageOptions::of_account(url.endpoint(), self.identity, self.client_id.as_deref())
                    .map_err(|error| unreachable(url, &error))?
            }
            None => return Err(FetchError::ForeignAccount { endpoint: url.endpoint().to_owned() }),
        };
        let files = BlobFiles::new(&options, url.container()).map_err(|error| unreachable(url, &error))?;
        let files = Arc::new(files);
        containers.insert(name, files.clone());
        Ok(files)
    }
}

fn unreachable(url: &BlobUrl, error: &dyn std::fmt::Display) -> FetchError {
    FetchError::Storage { what: url.to_string(), detail: error.to_string() }
}

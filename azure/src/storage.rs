//! Azure Storage: the ledger's blobs and the work queue, by Microsoft's own clients.
//!
//! Both containers are made when they are first missed, so that no call is spent on asking whether they exist.

mod blob_files;
mod blobs;
mod connection_string;
mod export;
mod ledger;
mod notify;
mod queue;
mod settings;
mod shared_key;
mod shelf;
mod sweep;
mod undelivered;

use std::sync::Arc;

use azure_core::credentials::TokenCredential;
use azure_core::error::ErrorKind;
use azure_core::http::policies::Policy;
use azure_core::http::{ClientOptions, ExponentialRetryOptions, RetryOptions, StatusCode, Url};
use azure_core::time::Duration;
use azure_storage_blob::{BlobContainerClient, BlobContainerClientOptions};
use azure_storage_queue::{QueueClient, QueueClientOptions};
use holdfast_protection::ports::StorageError;

pub use blob_files::{BlobFiles, BlobMark};
pub use export::ExportBlobs;
pub use ledger::BlobLedger;
pub use notify::{OutboxBlobs, QueueOutlet, StorageNoticeQueue};
pub use queue::StorageQueue;
pub use settings::StorageSettingsError;
pub use shelf::BlobShelf;
pub use sweep::{StorageSweepQueue, SweepBlobs};
pub use undelivered::{DeadLetters, PoisonQueue};

use crate::causes::chain;
use crate::web::{self, WebError};
use shared_key::SharedKey;

/// How a storage account is reached.
#[derive(Debug, Clone)]
pub struct StorageOptions {
    blob: Url,
    queue: Url,
    access: Access,
}

#[derive(Debug, Clone)]
enum Access {
    SharedKey(SharedKey),
    Identity(Arc<dyn TokenCredential>),
}

impl StorageOptions {
    /// Endpoint of the blob service, without a trailing slash.
    pub fn blob_endpoint(&self) -> &str {
        self.blob.as_str().trim_end_matches('/')
    }

    /// Endpoint of the queue service, without a trailing slash.
    pub fn queue_endpoint(&self) -> &str {
        self.queue.as_str().trim_end_matches('/')
    }

    fn credential(&self) -> Option<Arc<dyn TokenCredential>> {
        match &self.access {
            Access::SharedKey(_) => None,
            Access::Identity(credential) => Some(Arc::clone(credential)),
        }
    }

    fn client_options(&self, action: &str) -> Result<ClientOptions, StorageError> {
        let per_try_policies: Vec<Arc<dyn Policy>> = match &self.access {
            Access::SharedKey(key) => vec![Arc::new(key.clone())],
            Access::Identity(_) => Vec::new(),
        };
        // A few seconds at most: what lasts longer goes back to the queue.
        let retry = ExponentialRetryOptions {
            initial_delay: Duration::milliseconds(200),
            max_retries: 3,
            max_total_elapsed: Duration::seconds(5),
            max_delay: Duration::seconds(2),
        };
        let unreachable =
            |error: WebError| StorageError { action: action.to_owned(), detail: error.to_string() };
        Ok(ClientOptions {
            per_try_policies,
            retry: RetryOptions::exponential(retry),
            transport: Some(web::transport().map_err(unreachable)?),
            ..ClientOptions::default()
        })
    }
}

impl StorageOptions {
    /// Microsoft's client of one queue, for anyone who needs more than [`StorageQueue`].
    pub fn queue_client(&self, name: &str) -> Result<QueueClient, StorageError> {
        let action = format!("reach queue `{name}`");
        let client_options = self.client_options(&action)?;
        let options = QueueClientOptions { client_options, ..Default::default() };
        QueueClient::new(below(&self.queue, name)?, self.credential(), Some(options))
            .map_err(|error| failed(action, &error))
    }

    /// Microsoft's client of one blob container, for anyone who needs more than [`BlobLedger`].
    pub fn container_client(&self, name: &str) -> Result<BlobContainerClient, StorageError> {
        let action = format!("reach container `{name}`");
        let client_options = self.client_options(&action)?;
        let options = BlobContainerClientOptions { client_options, ..Default::default() };
        BlobContainerClient::new(below(&self.blob, name)?, self.credential(), Some(options))
            .map_err(|error| failed(action, &error))
    }
}

/// The URL of a container or queue below an endpoint.
fn below(endpoint: &Url, name: &str) -> Result<Url, StorageError> {
    let text = format!("{}/{name}", endpoint.as_str().trim_end_matches('/'));
    text.parse()
        .map_err(|error| StorageError { action: format!("reach `{text}`"), detail: format!("{error}") })
}

/// What storage said, and what to do about it where that is known.
fn failed(action: String, error: &azure_core::Error) -> StorageError {
    let mut detail = said(error);
    if error.http_status() == Some(StatusCode::Forbidden) {
        detail += "; check the account key, or the roles of the function app's identity on this account: infra/README.md lists them";
    }
    StorageError { action, detail }
}

/// Status, code and message of an answer, without the XML around them.
fn said(error: &azure_core::Error) -> String {
    let ErrorKind::HttpResponse { status, error_code, raw_response } = error.kind() else {
        return chain(error);
    };
    let body =
        raw_response.as_ref().map(|raw| String::from_utf8_lossy(raw.body()).into_owned()).unwrap_or_default();
    let element = |name: &str| {
        let (_, rest) = body.split_once(&format!("<{name}>"))?;
        rest.split(['<', '\n']).next().map(str::to_owned)
    };
    let code = error_code.clone().or_else(|| element("Code")).unwrap_or_default();
    let message = element("Message").unwrap_or_default();
    format!("{} {code} {message}", u16::from(*status)).trim().to_owned()
}

fn has_code(error: &azure_core::Error, status: StatusCode, code: &str) -> bool {
    match error.kind() {
        ErrorKind::HttpResponse { status: seen, error_code, .. } => {
            *seen == status && error_code.as_deref().is_some_and(|seen| seen == code)
        }
        _ => false,
    }
}

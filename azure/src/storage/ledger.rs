//! The ledger: one blob per entry, written once and never over another.

use async_trait::async_trait;
use azure_core::http::{Etag, RequestContent, StatusCode};
use azure_storage_blob::BlobContainerClient;
use azure_storage_blob::models::{BlobContainerClientListBlobsOptions, BlockBlobClientUploadOptions};
use futures::TryStreamExt;
use holdfast_protection::ledger::Entry;
use holdfast_protection::ports::{Ledger, StorageError, Written};

use super::{StorageOptions, failed, has_code};

/// The ledger on Azure Storage.
pub struct BlobLedger {
    client: BlobContainerClient,
    page: Option<i32>,
}

impl BlobLedger {
    /// The container's name in production.
    pub const NAME: &'static str = "holdfast-ledger";

    /// The ledger in the container called `name`; it is made when it is first missed.
    pub fn new(options: &StorageOptions, name: &str) -> Result<Self, StorageError> {
        Ok(Self { client: options.container_client(name)?, page: None })
    }

    /// Lists in pages of so many entries instead of Storage's 5,000.
    #[must_use]
    pub fn with_page(mut self, entries: i32) -> Self {
        self.page = Some(entries);
        self
    }

    async fn upload(&self, path: &str, body: &[u8]) -> azure_core::Result<()> {
        let options = BlockBlobClientUploadOptions {
            blob_content_type: Some("application/json".to_owned()),
            if_none_match: Some(Etag::from("*")),
            ..Default::default()
        };
        let blob = self.client.blob_client(path).block_blob_client();
        blob.upload(RequestContent::from(body.to_vec()), Some(options)).await.map(|_| ())
    }

    async fn create(&self) -> azure_core::Result<()> {
        match self.client.create(None).await {
            Ok(_) => Ok(()),
            Err(error) if has_code(&error, StatusCode::Conflict, "ContainerAlreadyExists") => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn names(&self, prefix: &str) -> azure_core::Result<Vec<String>> {
        let options = BlobContainerClientListBlobsOptions {
            prefix: Some(prefix.to_owned()).filter(|prefix| !prefix.is_empty()),
            maxresults: self.page,
            ..Default::default()
        };
        let mut pages = self.client.list_blobs(Some(options))?.into_pages();
        let mut names = Vec::new();
        while let Some(page) = pages.try_next().await? {
            names.extend(page.into_model()?.blob_items.into_iter().filter_map(|blob| blob.name));
        }
        names.sort();
        Ok(names)
    }
}

#[async_trait]
impl Ledger for BlobLedger {
    async fn append(&self, entry: &Entry) -> Result<Written, StorageError> {
        let body = entry.body.to_string();
        let written = match self.upload(&entry.path, body.as_bytes()).await {
            Err(error) if is_no_container(&error) => match self.create().await {
                Ok(()) => self.upload(&entry.path, body.as_bytes()).await,
                Err(error) => Err(error),
            },
            written => written,
        };
        match written {
            Ok(()) => Ok(Written::New),
            Err(error) if is_already_there(&error) => Ok(Written::AlreadyThere),
            Err(error) => Err(failed(format!("write ledger entry `{}`", entry.path), &error)),
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        match self.names(prefix).await {
            Err(error) if is_no_container(&error) => Ok(Vec::new()),
            listed => listed.map_err(|error| failed(format!("list ledger entries below `{prefix}`"), &error)),
        }
    }

    async fn read(&self, path: &str) -> Result<Option<serde_json::Value>, StorageError> {
        let action = || format!("read ledger entry `{path}`");
        let body = match self.client.blob_client(path).download(None).await {
            Ok(found) => found.body.collect().await.map_err(|error| failed(action(), &error))?,
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => return Ok(None),
            Err(error) => return Err(failed(action(), &error)),
        };
        let read = serde_json::from_slice(&body);
        read.map(Some)
            .map_err(|error| StorageError { action: action(), detail: format!("it is no JSON: {error}") })
    }
}

fn is_no_container(error: &azure_core::Error) -> bool {
    has_code(error, StatusCode::NotFound, "ContainerNotFound")
}

/// `If-None-Match: *` is answered with the one or the other, by service version.
fn is_already_there(error: &azure_core::Error) -> bool {
    has_code(error, StatusCode::Conflict, "BlobAlreadyExists")
        || has_code(error, StatusCode::PreconditionFailed, "ConditionNotMet")
}

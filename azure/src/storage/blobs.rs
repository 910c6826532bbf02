//! A blob container: blobs that are written once and never over another, and a few that are written again.

use std::num::{NonZeroU64, NonZeroUsize};

use azure_core::http::{Etag, RequestContent, StatusCode};
use azure_storage_blob::BlobContainerClient;
use azure_storage_blob::models::{BlobContainerClientListBlobsOptions, BlockBlobClientUploadOptions};
use futures::{Stream, TryStreamExt, stream};
use holdfast_protection::ports::{StorageError, Written};

use super::{StorageOptions, failed, has_code};

/// Most that one Put Blob takes: 5,000 MiB (official). Above it, the SDK would stage blocks, which takes the right to
/// write; adding a blob whole takes the right to add alone.
const LARGEST_PUT: NonZeroU64 = match NonZeroU64::new(5_000 * 1024 * 1024) {
    Some(bytes) => bytes,
    None => NonZeroU64::MIN,
};

/// What keeps a blob from being written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unless<'a> {
    /// There is none of this path.
    There,
    /// Somebody wrote it since it had this mark.
    WrittenSince(&'a str),
}

impl Unless<'_> {
    /// Whether this is why a blob was not written.
    fn kept(self, error: &azure_core::Error) -> bool {
        match self {
            Self::There => is_already_there(error),
            Self::WrittenSince(_) => has_code(error, StatusCode::PreconditionFailed, "ConditionNotMet"),
        }
    }
}

/// A container; it is made when it is first missed.
pub(super) struct Blobs {
    client: BlobContainerClient,
    page: Option<i32>,
}

impl Blobs {
    pub(super) fn new(options: &StorageOptions, name: &str) -> Result<Self, StorageError> {
        Ok(Self { client: options.container_client(name)?, page: None })
    }

    /// Lists in pages of so many blobs instead of Storage's 5,000.
    pub(super) fn set_page(&mut self, blobs: i32) {
        self.page = Some(blobs);
    }

    /// Writes a blob unless there is one of this path.
    pub(super) async fn write_new(
        &self,
        what: &str,
        path: &str,
        content_type: &str,
        bytes: Vec<u8>,
    ) -> Result<Written, StorageError> {
        match self.uploaded(Some(Unless::There), path, content_type, bytes).await {
            Ok(()) => Ok(Written::New),
            Err(error) if is_already_there(&error) => Ok(Written::AlreadyThere),
            Err(error) => Err(failed(format!("write {what} `{path}`"), &error)),
        }
    }

    /// Writes a blob on a condition; whether it is written.
    ///
    /// Where an answer is lost, the SDK writes once more, and the condition does not hold any longer because of the first
    /// time: what lies there tells.
    pub(super) async fn write(
        &self,
        what: &str,
        path: &str,
        unless: Unless<'_>,
        bytes: Vec<u8>,
    ) -> Result<bool, StorageError> {
        match self.uploaded(Some(unless), path, "application/json", bytes.clone()).await {
            Ok(()) => Ok(true),
            Err(error) if unless.kept(&error) => {
                Ok(self.read(what, path).await?.is_some_and(|there| there == bytes))
            }
            Err(error) => Err(failed(format!("write {what} `{path}`"), &error)),
        }
    }

    /// Writes a blob over whatever is there.
    pub(super) async fn write_over(
        &self,
        what: &str,
        path: &str,
        bytes: Vec<u8>,
    ) -> Result<(), StorageError> {
        let written = self.uploaded(None, path, "application/json", bytes).await;
        written.map_err(|error| failed(format!("write {what} `{path}`"), &error))
    }

    /// Uploads a blob, into a container that is made if it is missed.
    async fn uploaded(
        &self,
        unless: Option<Unless<'_>>,
        path: &str,
        content_type: &str,
        bytes: Vec<u8>,
    ) -> azure_core::Result<()> {
        match self.upload(unless, path, content_type, bytes.clone()).await {
            Err(error) if is_no_container(&error) => {
                self.create().await?;
                self.upload(unless, path, content_type, bytes).await
            }
            written => written,
        }
    }

    /// Paths of all blobs below `prefix`, in order.
    pub(super) async fn list(&self, what: &str, prefix: &str) -> Result<Vec<String>, StorageError> {
        match self.names(prefix).await {
            Err(error) if is_no_container(&error) => Ok(Vec::new()),
            listed => listed.map_err(|error| failed(format!("list {what} below `{prefix}`"), &error)),
        }
    }

    /// Paths below `prefix`, in order, a page of Storage's at a time; without the container, an error.
    pub(super) fn pages(
        &self,
        what: &str,
        prefix: &str,
    ) -> impl Stream<Item = Result<Vec<String>, StorageError>> + Send + use<> {
        let action = format!("list {what} below `{prefix}` in {}", self.client.url());
        let listed = self.client.list_blobs(Some(self.listing(prefix)));
        stream::once(async { listed.map(azure_core::http::Pager::into_pages) })
            .try_flatten()
            .and_then(async |page| {
                Ok(page.into_model()?.blob_items.into_iter().filter_map(|blob| blob.name).collect())
            })
            .map_err(move |error| failed(action.clone(), &error))
    }

    /// The blob's bytes, or `None` if there is none; without the container, there is none either.
    pub(super) async fn read(&self, what: &str, path: &str) -> Result<Option<Vec<u8>>, StorageError> {
        match self.download(path).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => Ok(None),
            Err(error) => Err(failed(format!("read {what} `{path}`"), &error)),
        }
    }

    /// The same; without the container, an error.
    pub(super) async fn read_existing(
        &self,
        what: &str,
        path: &str,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        match self.download(path).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.http_status() == Some(StatusCode::NotFound) && !is_no_container(&error) => {
                Ok(None)
            }
            Err(error) => Err(failed(format!("read {what} `{path}`"), &error)),
        }
    }

    /// The blob's bytes and its mark, or `None` if there is none; without the container, there is none either.
    pub(super) async fn read_marked(
        &self,
        what: &str,
        path: &str,
    ) -> Result<Option<(Vec<u8>, String)>, StorageError> {
        let action = || format!("read {what} `{path}`");
        let found = match self.client.blob_client(path).download(None).await {
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => return Ok(None),
            found => found.map_err(|error| failed(action(), &error))?,
        };
        let mark = found.properties.etag.map(|etag| etag.to_string()).unwrap_or_default();
        let bytes = found.body.collect().await.map_err(|error| failed(action(), &error))?;
        Ok(Some((bytes.to_vec(), mark)))
    }

    /// Deletes a blob; one that is not there is deleted already.
    pub(super) async fn delete(&self, what: &str, path: &str) -> Result<(), StorageError> {
        match self.client.blob_client(path).delete(None).await {
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => Ok(()),
            deleted => deleted.map(drop).map_err(|error| failed(format!("delete {what} `{path}`"), &error)),
        }
    }

    async fn download(&self, path: &str) -> azure_core::Result<Vec<u8>> {
        let found = self.client.blob_client(path).download(None).await?;
        Ok(found.body.collect().await?.to_vec())
    }

    fn listing<'a>(&self, prefix: &str) -> BlobContainerClientListBlobsOptions<'a> {
        BlobContainerClientListBlobsOptions {
            prefix: Some(prefix.to_owned()).filter(|prefix| !prefix.is_empty()),
            maxresults: self.page,
            ..Default::default()
        }
    }

    async fn upload(
        &self,
        unless: Option<Unless<'_>>,
        path: &str,
        content_type: &str,
        bytes: Vec<u8>,
    ) -> azure_core::Result<()> {
        let (if_match, if_none_match) = match unless {
            Some(Unless::There) => (None, Some(Etag::from("*"))),
            Some(Unless::WrittenSince(mark)) => (Some(Etag::from(mark.to_owned())), None),
            None => (None, None),
        };
        let options = BlockBlobClientUploadOptions {
            blob_content_type: Some(content_type.to_owned()),
            if_match,
            if_none_match,
            // Left open, the SDK asks the system for its processors, at each upload: three files are read for it.
            parallel: Some(NonZeroUsize::MIN),
            partition_size: Some(LARGEST_PUT),
            ..Default::default()
        };
        let blob = self.client.blob_client(path).block_blob_client();
        blob.upload(RequestContent::from(bytes), Some(options)).await.map(|_| ())
    }

    async fn create(&self) -> azure_core::Result<()> {
        match self.client.create(None).await {
            Ok(_) => Ok(()),
            Err(error) if has_code(&error, StatusCode::Conflict, "ContainerAlreadyExists") => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn names(&self, prefix: &str) -> azure_core::Result<Vec<String>> {
        let mut pages = self.client.list_blobs(Some(self.listing(prefix)))?.into_pages();
        let mut names = Vec::new();
        while let Some(page) = pages.try_next().await? {
            names.extend(page.into_model()?.blob_items.into_iter().filter_map(|blob| blob.name));
        }
        names.sort();
        Ok(names)
    }
}

fn is_no_container(error: &azure_core::Error) -> bool {
    has_code(error, StatusCode::NotFound, "ContainerNotFound")
}

/// `If-None-Match: *` is answered with one of the first two, by service version. Without the right to overwrite, or
/// under an immutability policy, Azure may say that first (field: Azure/azure-cli issue 19203; official: the error
/// codes of the Blob service).
fn is_already_there(error: &azure_core::Error) -> bool {
    [
        (StatusCode::Conflict, "BlobAlreadyExists"),
        (StatusCode::PreconditionFailed, "ConditionNotMet"),
        (StatusCode::Forbidden, "UnauthorizedBlobOverwrite"),
        (StatusCode::Conflict, "BlobImmutableDueToPolicy"),
    ]
    .into_iter()
    .any(|(status, code)| has_code(error, status, code))
}

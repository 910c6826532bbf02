//! Files in a blob container, read whole and never beyond a bound.

use std::collections::BTreeMap;

use azure_core::http::StatusCode;
use azure_storage_blob::BlobContainerClient;
use azure_storage_blob::models::{BlobContainerClientListBlobsOptions, BlobItem};
use futures::TryStreamExt;
use holdfast_protection::ports::StorageError;

use super::{StorageOptions, failed};

/// What Storage shows of a blob without sending it; another mark is another content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobMark {
    etag: String,
    size: u64,
}

/// A container whose blobs are read as files.
pub struct BlobFiles {
    client: BlobContainerClient,
    container: String,
}

impl BlobFiles {
    /// The container called `container`. Asks nobody yet.
    ///
    /// # Errors
    ///
    /// When its URL can't be made.
    pub fn new(options: &StorageOptions, container: &str) -> Result<Self, StorageError> {
        Ok(Self { client: options.container_client(container)?, container: container.to_owned() })
    }

    /// Paths of all blobs that begin with `prefix`, sorted; at most `most` of them.
    ///
    /// # Errors
    ///
    /// When there are more, or Storage refuses.
    pub async fn list(&self, prefix: &str, most: usize) -> Result<Vec<String>, StorageError> {
        let action = || format!("list blobs below `{prefix}` in container `{}`", self.container);
        let options = below(prefix);
        let pages = self.client.list_blobs(Some(options)).map_err(|error| failed(action(), &error))?;
        let mut pages = pages.into_pages();
        let mut paths = Vec::new();
        while let Some(page) = pages.try_next().await.map_err(|error| failed(action(), &error))? {
            let page = page.into_model().map_err(|error| failed(action(), &error))?;
            paths.extend(page.blob_items.into_iter().filter_map(|blob| blob.name));
            if paths.len() > most {
                return Err(StorageError { action: action(), detail: format!("there are more than {most}") });
            }
        }
        paths.sort();
        Ok(paths)
    }

    /// What is to be seen of every blob that begins with `prefix`, in one call; none if that is more than Storage
    /// shows in one (5,000 blobs).
    ///
    /// # Errors
    ///
    /// When Storage refuses.
    pub async fn marks(&self, prefix: &str) -> Result<Option<BTreeMap<String, BlobMark>>, StorageError> {
        let action = || format!("list blobs below `{prefix}` in container `{}`", self.container);
        let options = below(prefix);
        let pages = self.client.list_blobs(Some(options)).map_err(|error| failed(action(), &error))?;
        let page = pages.into_pages().try_next().await.map_err(|error| failed(action(), &error))?;
        let Some(page) = page else { return Ok(Some(BTreeMap::new())) };
        let page = page.into_model().map_err(|error| failed(action(), &error))?;
        if page.next_marker.is_some_and(|marker| !marker.is_empty()) {
            return Ok(None);
        }
        let mark = |blob: BlobItem| {
            let properties = blob.properties?;
            let mark = BlobMark { etag: properties.etag?.to_string(), size: properties.content_length? };
            Some((blob.name?, mark))
        };
        let all = page.blob_items.len();
        let marks: BTreeMap<String, BlobMark> = page.blob_items.into_iter().filter_map(mark).collect();
        // What has no mark could change unseen.
        Ok(Some(marks).filter(|marks| marks.len() == all))
    }

    /// What the blob at `path` holds; none if there is no such blob.
    ///
    /// # Errors
    ///
    /// When it has more than `most` bytes, or Storage refuses.
    pub async fn get(&self, path: &str, most: u64) -> Result<Option<Vec<u8>>, StorageError> {
        let action = || format!("read blob `{path}` in container `{}`", self.container);
        let mut body = match self.client.blob_client(path).download(None).await {
            Ok(found) => found.body,
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => return Ok(None),
            Err(error) => return Err(failed(action(), &error)),
        };
        let mut bytes = Vec::new();
        while let Some(chunk) = body.try_next().await.map_err(|error| failed(action(), &error))? {
            if bytes.len() as u64 + chunk.len() as u64 > most {
                return Err(StorageError {
                    action: action(),
                    detail: format!("it has more than {most} bytes"),
                });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Some(bytes))
    }
}

/// Storage takes no empty prefix.
fn below<'a>(prefix: &str) -> BlobContainerClientListBlobsOptions<'a> {
    let prefix = Some(prefix.to_owned()).filter(|prefix| !prefix.is_empty());
    BlobContainerClientListBlobsOptions { prefix, ..Default::default() }
}

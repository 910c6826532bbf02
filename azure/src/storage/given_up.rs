//! What others gave up: the poison queue of the work queue, and Event Grid's dead letters.

use async_trait::async_trait;
use azure_core::http::StatusCode;
use azure_storage_blob::BlobContainerClient;
use azure_storage_blob::models::BlobContainerClientListBlobsOptions;
use azure_storage_queue::QueueClient;
use azure_storage_queue::models::QueueClientReceiveMessagesOptions;
use futures::TryStreamExt;
use holdfast_protection::ports::{GivenUp, GivenUpInputs, StorageError};

use super::{StorageOptions, failed};

/// Messages or blobs taken at a time; Storage gives at most 32 messages.
const AT_ONCE: i32 = 32;
/// How long a message that is taken stays hidden from others.
const HIDDEN: i32 = 300;

/// The poison queue, into which the Functions host puts what failed too often.
pub struct PoisonQueue {
    client: QueueClient,
}

impl PoisonQueue {
    /// The poison queue of the queue called `name`, as the host names it.
    pub fn of(options: &StorageOptions, name: &str) -> Result<Self, StorageError> {
        Ok(Self { client: options.queue_client(&format!("{name}-poison"))? })
    }
}

#[async_trait]
impl GivenUpInputs for PoisonQueue {
    async fn some(&self) -> Result<Vec<GivenUp>, StorageError> {
        let action = || format!("read the queue {}", self.client.url());
        let options = QueueClientReceiveMessagesOptions {
            number_of_messages: Some(AT_ONCE),
            visibility_timeout: Some(HIDDEN),
            ..Default::default()
        };
        let received = match self.client.receive_messages(Some(options)).await {
            Ok(received) => received.into_model().map_err(|error| failed(action(), &error))?,
            // The host makes it with the first poison message.
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => return Ok(Vec::new()),
            Err(error) => return Err(failed(action(), &error)),
        };
        let given_up = |message: azure_storage_queue::models::ReceivedMessage| {
            let receipt = format!("{} {}", message.message_id?, message.pop_receipt?);
            Some(GivenUp { text: message.message_text.unwrap_or_default(), receipt })
        };
        Ok(received.items.unwrap_or_default().into_iter().filter_map(given_up).collect())
    }

    async fn dealt_with(&self, input: &GivenUp) -> Result<(), StorageError> {
        let (id, receipt) = input.receipt.split_once(' ').unwrap_or_default();
        match self.client.delete_message(id, receipt, None).await {
            Ok(_) => Ok(()),
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => Ok(()),
            Err(error) => Err(failed(format!("delete a message of the queue {}", self.client.url()), &error)),
        }
    }
}

/// The container into which Event Grid puts what it could not deliver.
pub struct DeadLetters {
    client: BlobContainerClient,
}

impl DeadLetters {
    /// The container's name in production.
    pub const NAME: &'static str = "holdfast-deadletter";

    /// The dead letters of an account.
    pub fn new(options: &StorageOptions) -> Result<Self, StorageError> {
        Ok(Self { client: options.container_client(Self::NAME)? })
    }

    async fn paths(&self) -> azure_core::Result<Vec<String>> {
        let options = BlobContainerClientListBlobsOptions { maxresults: Some(AT_ONCE), ..Default::default() };
        let page = self.client.list_blobs(Some(options))?.into_pages().try_next().await?;
        let Some(page) = page else { return Ok(Vec::new()) };
        Ok(page.into_model()?.blob_items.into_iter().filter_map(|blob| blob.name).collect())
    }

    async fn letter(&self, path: &str) -> azure_core::Result<String> {
        let found = self.client.blob_client(path).download(None).await?;
        Ok(String::from_utf8_lossy(&found.body.collect().await?).into_owned())
    }
}

#[async_trait]
impl GivenUpInputs for DeadLetters {
    async fn some(&self) -> Result<Vec<GivenUp>, StorageError> {
        let action = || format!("read the dead letters in {}", self.client.url());
        let paths = match self.paths().await {
            Ok(paths) => paths,
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => return Ok(Vec::new()),
            Err(error) => return Err(failed(action(), &error)),
        };
        let mut letters = Vec::with_capacity(paths.len());
        for path in paths {
            let text = self.letter(&path).await.map_err(|error| failed(action(), &error))?;
            letters.push(GivenUp { text, receipt: path });
        }
        Ok(letters)
    }

    async fn dealt_with(&self, input: &GivenUp) -> Result<(), StorageError> {
        match self.client.blob_client(&input.receipt).delete(None).await {
            Ok(_) => Ok(()),
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => Ok(()),
            Err(error) => Err(failed(format!("delete the dead letter `{}`", input.receipt), &error)),
        }
    }
}

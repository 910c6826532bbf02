//! What others gave up: the poison queue of the work queue, and Event Grid's dead letters.

use async_trait::async_trait;
use azure_core::http::StatusCode;
use azure_storage_blob::BlobContainerClient;
use azure_storage_blob::models::BlobContainerClientListBlobsOptions;
use azure_storage_queue::QueueClient;
use azure_storage_queue::models::QueueClientReceiveMessagesOptions;
use futures::future;
use futures::stream::{self, BoxStream, Stream, StreamExt, TryStreamExt};
use holdfast_protection::ports::{StorageError, UndeliveredInput, UndeliveredInputs};

use super::{StorageOptions, failed};

/// Messages or blobs taken at a time; Storage gives at most 32 messages.
const AT_ONCE: i32 = 32;
/// Letters read at the same time.
const READ_AT_ONCE: usize = 8;
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

impl PoisonQueue {
    /// Some messages, hidden from others for a while; none when there is none to be seen.
    async fn receive(&self) -> Result<Vec<UndeliveredInput>, StorageError> {
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
        let undelivered = |message: azure_storage_queue::models::ReceivedMessage| {
            let receipt = format!("{} {}", message.message_id?, message.pop_receipt?);
            Some(UndeliveredInput { text: message.message_text.unwrap_or_default(), receipt })
        };
        Ok(received.items.unwrap_or_default().into_iter().filter_map(undelivered).collect())
    }
}

#[async_trait]
impl UndeliveredInputs for PoisonQueue {
    fn all(&self) -> BoxStream<'_, Result<UndeliveredInput, StorageError>> {
        let received = stream::try_unfold((), async |()| {
            let some = self.receive().await?;
            Ok((!some.is_empty()).then_some((some, ())))
        });
        received.map_ok(|some| stream::iter(some).map(Ok)).try_flatten().boxed()
    }

    async fn dealt_with(&self, input: &UndeliveredInput) -> Result<(), StorageError> {
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

    /// Names of the letters, a page of Storage's at a time; none without the container, which Event Grid's
    /// administrator makes.
    fn pages(&self) -> impl Stream<Item = Result<Vec<String>, StorageError>> + Send {
        let options = BlobContainerClientListBlobsOptions { maxresults: Some(AT_ONCE), ..Default::default() };
        let listed = self.client.list_blobs(Some(options));
        let action = format!("list the dead letters in {}", self.client.url());
        stream::once(async { listed.map(azure_core::http::Pager::into_pages) })
            .try_flatten()
            .and_then(async |page| {
                Ok(page.into_model()?.blob_items.into_iter().filter_map(|blob| blob.name).collect())
            })
            .filter(|page| future::ready(!page.as_ref().is_err_and(is_not_there)))
            .map_err(move |error| failed(action.clone(), &error))
    }

    /// One letter; none if somebody else has dealt with it meanwhile.
    async fn letter(&self, path: String) -> Option<Result<UndeliveredInput, StorageError>> {
        let text = async {
            let found = self.client.blob_client(&path).download(None).await?;
            Ok(String::from_utf8_lossy(&found.body.collect().await?).into_owned())
        };
        match text.await {
            Ok(text) => Some(Ok(UndeliveredInput { text, receipt: path })),
            Err(error) if is_not_there(&error) => None,
            Err(error) => Some(Err(failed(format!("read the dead letter `{path}`"), &error))),
        }
    }
}

fn is_not_there(error: &azure_core::Error) -> bool {
    error.http_status() == Some(StatusCode::NotFound)
}

#[async_trait]
impl UndeliveredInputs for DeadLetters {
    fn all(&self) -> BoxStream<'_, Result<UndeliveredInput, StorageError>> {
        let paths = self.pages().map_ok(|page| stream::iter(page).map(Ok)).try_flatten();
        let letters = paths.map(async |path| match path {
            Ok(path) => self.letter(path).await,
            Err(error) => Some(Err(error)),
        });
        letters.buffered(READ_AT_ONCE).filter_map(future::ready).boxed()
    }

    async fn dealt_with(&self, input: &UndeliveredInput) -> Result<(), StorageError> {
        match self.client.blob_client(&input.receipt).delete(None).await {
            Ok(_) => Ok(()),
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => Ok(()),
            Err(error) => Err(failed(format!("delete the dead letter `{}`", input.receipt), &error)),
        }
    }
}

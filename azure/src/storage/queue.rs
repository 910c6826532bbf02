//! The work queue: plain JSON messages on a Storage queue.

use std::time::Duration;

use async_trait::async_trait;
use azure_core::http::StatusCode;
use azure_storage_queue::QueueClient;
use azure_storage_queue::models::{
    QueueClientGetPropertiesResultHeaders as _, QueueClientSendMessageOptions, QueueMessage,
};
use holdfast_protection::ports::{StorageError, WorkQueue};
use holdfast_protection::work::{Message, WorkItem};

use super::{StorageOptions, failed, has_code};

/// Longest delay that Storage accepts.
const LONGEST_DELAY: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Messages wait for ever: the default of 7 days would lose what a long outage holds up.
const NEVER_EXPIRES: i32 = -1;

/// The work queue on Azure Storage. The Functions host must read it with `messageEncoding` `none`.
pub struct StorageQueue(Messages);

/// A queue of texts; it is made when it is first missed.
pub(super) struct Messages {
    client: QueueClient,
}

impl StorageQueue {
    /// The queue's name in production.
    pub const NAME: &'static str = "holdfast-work";

    /// The queue called `name`; it is made when it is first missed.
    pub fn new(options: &StorageOptions, name: &str) -> Result<Self, StorageError> {
        Messages::new(options, name).map(Self)
    }
}

impl Messages {
    pub(super) fn new(options: &StorageOptions, name: &str) -> Result<Self, StorageError> {
        Ok(Self { client: options.queue_client(name)? })
    }

    /// Puts a message that nobody sees before `delay` has passed. `what` completes "put … on the queue".
    pub(super) async fn put(&self, what: &str, text: &str, delay: Duration) -> Result<(), StorageError> {
        let sent = match self.send(text, delay).await {
            Err(error) if has_code(&error, StatusCode::NotFound, "QueueNotFound") => {
                match self.create().await {
                    Ok(()) => self.send(text, delay).await,
                    Err(error) => Err(error),
                }
            }
            sent => sent,
        };
        sent.map_err(|error| failed(format!("put {what} on the queue {}", self.client.url()), &error))
    }

    /// About how many messages there are, seen and unseen; none where there is no queue yet.
    async fn count(&self) -> Result<u64, StorageError> {
        let counted = match self.client.get_properties(None).await {
            Err(error) if has_code(&error, StatusCode::NotFound, "QueueNotFound") => return Ok(0),
            found => found.and_then(|found| found.approximate_messages_count()),
        };
        let count = counted.map_err(|error| {
            failed(format!("count the messages of the queue {}", self.client.url()), &error)
        })?;
        Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or_default())
    }

    async fn send(&self, text: &str, delay: Duration) -> azure_core::Result<()> {
        let message = QueueMessage { message_text: Some(text.to_owned()) };
        let options = QueueClientSendMessageOptions {
            message_time_to_live: Some(NEVER_EXPIRES),
            visibility_timeout: whole_seconds(delay),
            ..Default::default()
        };
        self.client.send_message(message.try_into()?, Some(options)).await.map(|_| ())
    }

    async fn create(&self) -> azure_core::Result<()> {
        match self.client.create(None).await {
            Ok(_) => Ok(()),
            Err(error) if has_code(&error, StatusCode::Conflict, "QueueAlreadyExists") => Ok(()),
            Err(error) => Err(error),
        }
    }
}

#[async_trait]
impl WorkQueue for StorageQueue {
    async fn put(&self, item: &WorkItem, delay: Duration) -> Result<(), StorageError> {
        let what = format!("work for `{}`", item.resource);
        let Message { text, left_out } = item.message().map_err(|error| StorageError {
            action: format!("put {what} on the queue"),
            detail: error.to_string(),
        })?;
        if let Some(left_out) = left_out {
            tracing::warn!(resource = %item.resource, left_out, "a message was too large for the queue; a part is left out, and the resource is planned anew");
        }
        self.0.put(&what, &text, delay).await
    }

    async fn waiting(&self) -> Result<u64, StorageError> {
        self.0.count().await
    }
}

/// Rounded up, so that nothing is seen too early; `None` for no delay at all.
fn whole_seconds(delay: Duration) -> Option<i32> {
    let delay = delay.min(LONGEST_DELAY);
    let seconds = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
    i32::try_from(seconds).ok().filter(|seconds| *seconds > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_are_whole_seconds_within_bounds() {
        assert_eq!(whole_seconds(Duration::ZERO), None);
        assert_eq!(whole_seconds(Duration::from_millis(1200)), Some(2));
        assert_eq!(whole_seconds(Duration::from_secs(700_000)), Some(604_800));
    }
}

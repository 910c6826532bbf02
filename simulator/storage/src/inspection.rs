//! What tests and the rest of the simulator may see and place without HTTP.

use bytes::Bytes;
use jiff::Timestamp;

use crate::Storage;
use crate::blob::{Blob, Properties};
use crate::limits::Limits;
use crate::name::ResourceName;
use crate::queue::Lifetime;
use crate::reply::Metadata;

/// A queue message as it stands, visible or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMessage {
    /// The message's id.
    pub id: String,
    /// The text as it was put, that is, Base64 if its writer encoded it.
    pub text: String,
    /// How often it was received.
    pub dequeue_count: u32,
    /// From when on it can be received.
    pub next_visible: Timestamp,
}

/// A blob as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBlob {
    /// The bytes.
    pub content: Bytes,
    /// The content type, if one is stored.
    pub content_type: Option<String>,
    /// The metadata, names in lower case.
    pub metadata: Metadata,
    /// The entity tag, in quotes.
    pub etag: String,
    /// When it was last written.
    pub modified: Timestamp,
}

impl Storage {
    /// The names of all queues, sorted.
    pub fn queue_names(&self) -> Vec<String> {
        self.queues().names().map(ToString::to_string).collect()
    }

    /// Every living message of a queue, hidden ones included; none if the queue is not there.
    pub fn messages(&self, queue: &str) -> Vec<StoredMessage> {
        let now = self.clock().now();
        let queues = self.queues();
        queues
            .named(queue)
            .into_iter()
            .flat_map(|queue| queue.messages.all(now))
            .map(|message| StoredMessage {
                id: message.id.to_string(),
                text: message.text.clone(),
                dequeue_count: message.dequeue_count,
                next_visible: message.next_visible,
            })
            .collect()
    }

    /// How often messages of a queue were asked for, be it in vain.
    pub fn receives(&self, queue: &str) -> u64 {
        self.queues().receives(queue)
    }

    /// When the next hidden message of any queue is seen again, if one is hidden now.
    pub fn next_visible(&self) -> Option<Timestamp> {
        let now = self.clock().now();
        let queues = self.queues();
        queues.next_visible(now)
    }

    /// Puts a message for at once, making the queue if it is not there. `false` if Azure would refuse the name.
    pub fn put_message(&self, queue: &str, text: impl Into<String>) -> bool {
        let Ok(name) = ResourceName::parse(queue) else {
            return false;
        };
        let now = self.clock().now();
        let lifetime = Lifetime { visible_from: now, expires: Timestamp::MAX };
        let mut queues = self.queues();
        // A queue that is there already is as good as a new one.
        let _ = queues.create(name.clone(), Metadata::new());
        queues.get(&name).map(|queue| queue.messages.put(text.into(), lifetime, now)).is_ok()
    }

    /// Makes a queue, if it is not there. `false` if Azure would refuse the name.
    pub fn create_queue(&self, queue: &str) -> bool {
        let Ok(name) = ResourceName::parse(queue) else {
            return false;
        };
        // A queue that is there already is as good as a new one.
        let _ = self.queues().create(name, Metadata::new());
        true
    }

    /// Puts a message on a queue that is there, as a service of Azure does. `false` if there is no such queue.
    pub fn deliver(&self, queue: &str, text: impl Into<String>, expires: Timestamp) -> bool {
        let Ok(name) = ResourceName::parse(queue) else {
            return false;
        };
        let now = self.clock().now();
        let lifetime = Lifetime { visible_from: now, expires };
        self.queues().get(&name).map(|queue| queue.messages.put(text.into(), lifetime, now)).is_ok()
    }

    /// The names of all containers, sorted.
    pub fn container_names(&self) -> Vec<String> {
        self.containers().names().map(ToString::to_string).collect()
    }

    /// The names of a container's blobs, sorted; none if the container is not there.
    pub fn blob_names(&self, container: &str) -> Vec<String> {
        let containers = self.containers();
        let found = containers.named(container);
        found.into_iter().flat_map(|container| container.blobs.keys().cloned()).collect()
    }

    /// A blob, if it is there.
    pub fn blob(&self, container: &str, name: &str) -> Option<StoredBlob> {
        let containers = self.containers();
        let blob = containers.named(container)?.blobs.get(name)?;
        let headers = &blob.properties.headers;
        Some(StoredBlob {
            content: blob.content.clone(),
            content_type: headers
                .iter()
                .find_map(|(name, value)| (*name == "content-type").then(|| value.clone())),
            metadata: blob.properties.metadata.clone(),
            etag: blob.etag.quoted(),
            modified: blob.modified,
        })
    }

    /// Writes a blob over whatever is there, making the container if needed. `false` if Azure would refuse its name.
    pub fn put_blob(
        &self,
        container: &str,
        name: &str,
        content: impl Into<Bytes>,
        content_type: &str,
    ) -> bool {
        let Ok(container) = ResourceName::parse(container) else {
            return false;
        };
        let mut containers = self.containers();
        // A container that is there already is as good as a new one.
        let _ = containers.create(container.clone(), Metadata::new());
        let blob = Blob::new(&content.into(), Properties::of_type(content_type));
        containers
            .get(&container)
            .is_ok_and(|container| container.put(name, blob, &Default::default()).is_ok())
    }

    /// Forgets everything.
    pub fn reset(&self) {
        self.queues().clear();
        self.containers().clear();
        *self.limits() = Limits::default();
    }
}

//! The Queue service: queues and the moments at which their messages can be seen.

mod message;
mod routes;

use std::collections::BTreeMap;
use std::ops::Bound;

use jiff::Timestamp;

pub(crate) use self::message::{Handle, Lifetime, Message, MessageQueue};
pub(crate) use self::routes::routes;
use crate::error::{Code, StorageError};
use crate::name::ResourceName;
use crate::reply::Metadata;

/// All queues of the account.
#[derive(Debug, Default)]
pub(crate) struct Queues {
    queues: BTreeMap<ResourceName, Queue>,
    /// How often messages of each queue were asked for, be it there or not.
    receives: BTreeMap<ResourceName, u64>,
}

/// One queue.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    pub(crate) metadata: Metadata,
    pub(crate) messages: MessageQueue,
}

/// What creating a queue came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Creation {
    Created,
    /// It was there with the same metadata, which Azure takes for success.
    Unchanged,
}

impl Queues {
    pub(crate) fn create(
        &mut self,
        name: ResourceName,
        metadata: Metadata,
    ) -> Result<Creation, StorageError> {
        match self.queues.get(&name) {
            Some(queue) if queue.metadata == metadata => Ok(Creation::Unchanged),
            Some(_) => Err(Code::QueueAlreadyExists.because(name.to_string())),
            None => {
                let messages = MessageQueue::default();
                self.queues.insert(name, Queue { metadata, messages });
                Ok(Creation::Created)
            }
        }
    }

    pub(crate) fn delete(&mut self, name: &ResourceName) -> Result<(), StorageError> {
        self.queues.remove(name).map(|_| ()).ok_or_else(|| not_found(name))
    }

    pub(crate) fn get(&mut self, name: &ResourceName) -> Result<&mut Queue, StorageError> {
        self.queues.get_mut(name).ok_or_else(|| not_found(name))
    }

    /// Counts one more request for messages of a queue.
    pub(crate) fn count_receive(&mut self, name: &ResourceName) {
        *self.receives.entry(name.clone()).or_default() += 1;
    }

    pub(crate) fn receives(&self, name: &str) -> u64 {
        self.receives.get(name).copied().unwrap_or_default()
    }

    /// The queue called `name`, which may be no name that a queue can have.
    pub(crate) fn named(&self, name: &str) -> Option<&Queue> {
        self.queues.get(name)
    }

    /// The queues whose names are `first` or come after it, in order.
    pub(crate) fn beginning_with<'a>(
        &'a self,
        first: &'a str,
    ) -> impl Iterator<Item = (&'a ResourceName, &'a Queue)> {
        self.queues.range::<str, _>((Bound::Included(first), Bound::Unbounded))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &ResourceName> {
        self.queues.keys()
    }

    /// When, after `now`, the next hidden message of any queue is seen.
    pub(crate) fn next_visible(&self, now: Timestamp) -> Option<Timestamp> {
        self.queues.values().filter_map(|queue| queue.messages.next_visible(now)).min()
    }

    pub(crate) fn clear(&mut self) {
        self.queues.clear();
        self.receives.clear();
    }
}

fn not_found(name: &ResourceName) -> StorageError {
    Code::QueueNotFound.because(name.to_string())
}

//! The Queue service: queues and the moments at which their messages can be seen.

mod message;
mod routes;

use std::collections::BTreeMap;

pub(crate) use self::message::{Handle, Lifetime, Message, MessageQueue};
pub(crate) use self::routes::routes;
use crate::error::{Code, StorageError};
use crate::name::ResourceName;
use crate::reply::Metadata;

/// All queues of the account.
#[derive(Debug, Default)]
pub(crate) struct Queues(BTreeMap<ResourceName, Queue>);

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
        match self.0.get(&name) {
            Some(queue) if queue.metadata == metadata => Ok(Creation::Unchanged),
            Some(_) => Err(Code::QueueAlreadyExists.because(name.to_string())),
            None => {
                let messages = MessageQueue::default();
                self.0.insert(name, Queue { metadata, messages });
                Ok(Creation::Created)
            }
        }
    }

    pub(crate) fn delete(&mut self, name: &ResourceName) -> Result<(), StorageError> {
        self.0.remove(name).map(|_| ()).ok_or_else(|| not_found(name))
    }

    pub(crate) fn get(&mut self, name: &ResourceName) -> Result<&mut Queue, StorageError> {
        self.0.get_mut(name).ok_or_else(|| not_found(name))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&ResourceName, &Queue)> {
        self.0.iter()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

fn not_found(name: &ResourceName) -> StorageError {
    Code::QueueNotFound.because(name.to_string())
}

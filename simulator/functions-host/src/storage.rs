//! The Queue service of a storage account, as far as triggers and outputs need it.
//!
//! Written from Azure's REST description and free of the product's storage code: a mistake there must show here.

mod connection;
mod queue;
mod shared_key;

pub(crate) use self::connection::{Connection, ConnectionError};
pub(crate) use self::queue::{Lock, Queue, QueueError, ReceivedMessage};

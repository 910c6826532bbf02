//! Azure Blob and Queue storage in memory, as far as Holdfast and the tools around it use them.
//!
//! It is written from Azure's public REST description, not from our own client, and refuses what Azure refuses:
//! unsigned requests, stale ETags, wrong pop receipts. What it does not know it answers with 501, never with a guess.
//!
//! - [`Storage`]: the account's state; clones share it.
//! - `authentication`: Shared Key signatures and bearer tokens.
//! - `queue`, `blob`: the two services, each a state and its routes.
//! - `limits`: what a role without the right to write, or an archived blob, refuses.
//! - `inspection`: what tests and the simulator may see and place without HTTP.

mod authentication;
mod blob;
mod clock;
mod error;
mod inspection;
mod limits;
mod name;
mod parameters;
mod queue;
mod reply;
mod storage;
mod xml;

pub use authentication::{ACCOUNT_KEY, ACCOUNT_NAME};
pub use clock::Clock;
pub use inspection::{StoredBlob, StoredMessage};
pub use storage::Storage;

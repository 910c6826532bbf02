//! The doors to Azure: Resource Manager, Azure Backup, Resource Graph, Storage and identity.
//!
//! Implements the traits of `holdfast_protection::ports` on Microsoft's pipeline and clients.
//! Decides nothing: what to ask, and what an answer means, is the domain's business.

pub mod arm;
mod causes;
pub mod clock;
mod event_grid;
pub mod identity;
#[cfg(test)]
mod reference;
pub mod storage;
pub mod web;

pub use arm::{
    ACTIONS, Action, Allowance, ArmClient, ArmOptions, Exported, calls, canonical, exported, resource_of,
};
pub use clock::{Clock, SystemClock};
pub use event_grid::{BadTopic, EventGridTopic};
pub use identity::{CredentialKind, EntraTokens, Identity, IdentityError, credential};
pub use storage::{
    BlobFiles, BlobLedger, BlobMark, BlobShelf, DeadLetters, ExportBlobs, OutboxBlobs, PoisonQueue,
    QueueOutlet, StorageNoticeQueue, StorageOptions, StorageQueue, StorageSweepQueue, SweepBlobs,
};

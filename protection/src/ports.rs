//! The doors to the outside, as small as the domain needs them.

mod arm;
mod backups;
mod estate;
mod ledger;
mod pace;
mod queue;
mod restore;
mod rule_shelf;
mod storage;
mod target_pages;

pub use arm::{Arm, ObservedResource};
pub use backups::Backups;
pub use estate::Estate;
pub use ledger::Ledger;
pub use pace::{Pace, Permit};
pub use queue::{GivenUp, GivenUpInputs, WorkQueue};
pub use restore::AzureRestore;
pub use rule_shelf::RuleShelf;
pub use storage::{StorageError, Written};
pub use target_pages::{PageOf, Part, TargetPages};

/// All of Azure that a reconcile pass asks.
pub trait Azure: Arm + Backups + Estate + Pace {}

impl<T: Arm + Backups + Estate + Pace + ?Sized> Azure for T {}

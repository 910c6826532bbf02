//! The doors to the outside, as small as the domain needs them.

mod arm;
mod azure;
mod backups;
mod estate;
mod job_pages;
mod ledger;
mod pace;
mod queue;
mod rule_shelf;
mod storage;
mod target_pages;

pub use arm::{Arm, ObservedResource};
pub use azure::Azure;
pub use backups::{Backups, InstancesOf, IsMeant};
pub use estate::Estate;
pub use job_pages::{JobPages, Subjects};
pub use ledger::Ledger;
pub use pace::{Pace, Permit};
pub use queue::{UndeliveredInput, UndeliveredInputs, WorkQueue};
pub use rule_shelf::RuleShelf;
pub use storage::{StorageError, Written};
pub use target_pages::{PageOf, Part, TargetPages};

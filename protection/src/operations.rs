//! Operations that people ask for: a backup now, a restore, stopping, resuming, another policy.
//!
//! Each is judged by the rules for operations, recorded with who, what and why before anything is done, carried
//! out one step at a time, and can be gone on with by anybody who knows its id: [`Operations::advance`].
//! The ledger holds all of its state, in create-only documents.

mod action;
mod asked;
mod standing;

pub use action::{Action, ChangePolicy};
pub use asked::{Answer, Ask, Asked, Judgement, OperationId};
pub use standing::{Operation, Standing};

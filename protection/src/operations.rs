//! Operations that people ask for: a backup now, a restore, stopping, resuming, another policy.
//!
//! Each is judged by the rules for operations, recorded with who, what and why before anything is done, carried
//! out one stage at a time, and can be gone on with by anybody who knows its id: [`Operations::advance`].
//! The ledger holds all of its state, in create-only documents; anyone who comes second finds what the first wrote.

mod action;
mod advance;
mod anew;
mod answer;
mod approver;
mod ask;
mod asked;
mod attempts;
mod by_now;
mod call;
mod change_policy;
mod claim;
mod error;
mod given;
#[cfg(test)]
mod golden;
mod guarded;
pub(crate) mod held;
mod history;
mod holding;
mod list;
mod open;
mod plan;
mod points;
mod prepare;
mod progress;
mod records;
mod refusal;
mod registration;
mod resuming;
mod review;
pub(crate) mod reviewing;
mod ruled;
mod scripts;
mod stage;
mod started;
mod status;
mod subject;
mod terms;
mod validation;
pub(crate) mod withdrawn;

use std::sync::Arc;

use holdfast_evaluator::Evaluator;

use crate::hold::HoldDays;
use crate::ports::{Azure, Ledger};

pub use crate::operation_id::OperationId;
pub use action::{Action, ChangePolicy, Registering};
pub use answer::ANY_KEY;
pub use approver::{APPROVING_ROLES, READER, approver_roles, is_same_caller, nobody_can_approve};
pub use asked::{Answer, Ask, Asked, Judgement};
pub use error::OperationError;
pub use list::{BadOperationCursor, OperationCursor, OperationFilter, OperationPage, UnreadOperation};
pub use open::CarriedOn;
pub use progress::{MissingRole, Progress};
pub use stage::{OperationPlan, Stage};
pub use status::{Operation, OperationStatus};
pub use terms::HoldTerms;

/// Takes, judges, records and carries out operations.
#[derive(Clone)]
pub struct Operations {
    /// Azure.
    pub azure: Arc<dyn Azure>,
    /// Where every operation is written.
    pub ledger: Arc<dyn Ledger>,
    /// The rules for operations.
    pub evaluator: Arc<Evaluator>,
    /// For how many days the rules are kept from undoing an act, where nobody states it.
    pub hold_days: HoldDays,
}

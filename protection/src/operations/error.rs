//! Why an operation could not be asked for, answered or gone on with.

use crate::AzureError;
use crate::impossible::Impossible;
use crate::ports::StorageError;

/// Why there is no operation to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OperationError {
    /// It cannot be done as things are; Azure was asked for nothing but facts.
    #[error(transparent)]
    Impossible(#[from] Impossible),
    /// No operation has this id.
    #[error("there is no operation `{0}`; see the list of operations")]
    Unknown(String),
    /// The idempotency key stands for something else already.
    #[error(
        "idempotency key of operation `{0}` was used for another request; use a new key for a new request"
    )]
    KeyReused(String),
    /// It cannot be approved or refused: not by this person, or not any more.
    #[error("{message}")]
    NotAnswerable {
        /// A stable word.
        code: &'static str,
        /// Why, and what to do.
        message: String,
    },
    /// Azure gave no usable answer.
    #[error(transparent)]
    Azure(#[from] AzureError),
    /// The ledger could not be read or written.
    #[error(transparent)]
    Ledger(#[from] StorageError),
    /// A document of the ledger is not what we wrote.
    #[error("document `{path}` of the ledger cannot be read: {problem}")]
    Unreadable {
        /// Where.
        path: String,
        /// Why.
        problem: String,
    },
}

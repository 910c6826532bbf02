//! Why an export stopped.

use holdfast_protection::AzureError;
use holdfast_protection::ports::StorageError;

use crate::Format;

/// Why an export stopped. It goes on where it was when it is run again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// What sweeps saw could not be read, or files not written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Jobs could not be read.
    #[error(transparent)]
    Azure(#[from] AzureError),
    /// The cursor is not what we wrote.
    #[error(
        "the file `{name}` of the export cannot be read: {problem}; export to another place, or restore the file"
    )]
    Cursor {
        /// Its file.
        name: &'static str,
        /// Why.
        problem: String,
    },
    /// What is there has another format.
    #[error("the files that are there have the format {there}; export {wanted} to another place")]
    OtherFormat {
        /// The format of what is there.
        there: Format,
        /// The wanted one.
        wanted: Format,
    },
    /// Somebody else exports to the same place.
    #[error("another export writes to the same place at this moment; run this one again")]
    Busy,
    /// Rows could not be written in the format.
    #[error("rows of {table} could not be written as a file: {problem}")]
    Encoding {
        /// Which.
        table: &'static str,
        /// Why.
        problem: String,
    },
}

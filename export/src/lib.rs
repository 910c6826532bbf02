//! What sweeps saw and what jobs came to, for other programs: tables in files, each record in exactly one of them.
//!
//! No I/O: what is read and where files go are ports. [`Exporter::run`] has the promise and how it is kept.

mod cell;
mod csv;
mod cursor;
mod error;
mod exporter;
mod files;
mod format;
mod jsonl;
mod open_report;
mod parquet;
mod rows;
mod table;

pub use cell::{Cell, Column, Kind};
pub use cursor::{Cursor, RunPart};
pub use error::ExportError;
pub use exporter::{Exported, Exporter, JobSource};
pub use files::Files;
pub use format::Format;
pub use table::Table;

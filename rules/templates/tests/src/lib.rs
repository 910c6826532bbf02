//! The rule templates as an author gets them: built with their own tools, asked in the sandbox of production.

mod cases;
#[path = "../../../code_cache.rs"]
mod code_cache;
mod guests;

pub use cases::{Case, CaseFile, Expect};
pub use guests::{Guest, Guests};

//! The rule templates as an author gets them: built with their own tools, asked in the sandbox of production.

mod cases;
mod guests;

pub use cases::{Case, CaseFile, Expect};
pub use guests::{Guest, Guests};

//! The importer from outside: what it refuses, what it writes, and that a binding selects exactly
//! the resources that Azure Policy would select.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests and what they are made of fail by panicking"
)]

mod definitions;
mod equivalence;
mod estate;
mod forms;
mod oracle;
mod rule;
mod sandbox;
#[path = "../../../rules/shipped.rs"]
mod shipped_rules;

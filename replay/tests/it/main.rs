//! What replay and diff promise, with the shipped rules.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed step fails the test"
)]

mod built;
mod diff_laws;
mod replay_laws;
#[path = "../../../rules/shipped.rs"]
mod shipped_rules;

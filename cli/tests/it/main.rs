//! `holdfast replay`, `diff` and `ledger`, as the commands that people run.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a failed step fails the test, and a measured one says what it took"
)]

mod assess;
mod diff;
mod export;
mod golden;
mod history;
mod live;
mod redirects;
mod replay;
mod retry_time;
mod rules;
#[path = "../../../rules/shipped.rs"]
mod shipped_rules;

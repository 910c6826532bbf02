//! Operations from asking to their end, on an Azure in memory that fails where it is told to.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may panic, and says what it counted"
)]

mod approvals;
mod azure;
mod by_now;
mod cancelling;
mod carried_on;
mod crashes;
mod guarded;
mod holds;
mod immutable;
mod late_jobs;
mod lists;
mod own;
mod partly_read;
mod protection;
mod restores;
#[path = "../../../rules/shipped.rs"]
mod shipped_rules;
mod stage;
mod targets;
mod throttling;
mod world;

//! The host stand-in with a real handler process and a real (simulated) storage account.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that meets something unexpected should fail there"
)]

mod admin;
mod crash;
mod event_grid;
mod http;
mod queue;
mod stage;
mod startup;
mod timer;

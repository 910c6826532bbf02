//! The storage simulator under real clients: the official Rust crates, Python's packages, and requests by hand.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that meets something unexpected should fail there"
)]

mod blob;
mod by_hand;
mod python;
mod queue;
mod server;
mod shared_key;

//! What the clients do against real counterparts: Azure's recorded answers, a server that fails on
//! purpose, and Azurite.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a failed step fails the test, and a skipped test says so"
)]

mod azurite;
mod created_twice;
mod databases;
mod estate;
mod export;
mod failing_server;
mod failures;
mod notify;
mod npm;
mod recordings;
mod recovery_services;
#[path = "recovery_services/life.rs"]
mod recovery_services_life;
#[path = "../../src/reference.rs"]
mod reference;
mod replay;
mod restore_wire;
mod restores;
mod simulated_restores;
mod storage;

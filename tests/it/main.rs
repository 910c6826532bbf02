//! The whole product, as one test binary: one link, concurrent runs.

#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it skipped"
)]

mod bad_input;
mod cli_operations;
mod crashes;
mod duplicates;
mod faults;
mod given_up;
mod http_api;
mod http_docs;
mod http_operations;
mod kills;
mod ledger_account;
mod official_events;
mod own_writes;
mod precompiled;
mod python_sdk;
mod real_clients;
mod reference;
mod repair;
mod rights;
mod rules_in_force;
mod scenarios;
mod world;

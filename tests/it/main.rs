//! The whole product, as one test binary: one link, concurrent runs.

#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it skipped"
)]

mod azure_cli;
#[path = "../../distribution/tests/it/azure_registry.rs"]
#[allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "as in its own tests"
)]
mod azure_registry;
mod bad_input;
#[path = "../../distribution/tests/it/behind_https.rs"]
#[allow(clippy::unwrap_used, reason = "as in its own tests")]
mod behind_https;
mod cli_lists;
mod cli_machines;
mod cli_operations;
mod cli_restart;
#[path = "../../rules/code_cache.rs"]
mod code_cache;
mod crashes;
mod demo;
mod deployment;
#[path = "../../distribution/tests/it/docker_registry.rs"]
#[allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, reason = "as in its own tests")]
mod docker_registry;
mod documents;
mod duplicates;
mod faults;
#[path = "../../cli/tests/rule/forge.rs"]
#[allow(dead_code, reason = "as in its own tests")]
mod forge;
mod http_api;
mod http_docs;
mod http_operations;
mod javascript_sdk;
mod kills;
mod ledger_account;
mod logs;
mod notifications;
#[path = "../../azure/tests/it/npm.rs"]
mod npm;
mod official_events;
mod own_writes;
mod page;
mod partly_read;
mod precompiled;
mod python_sdk;
mod queued_events;
mod real_clients;
mod reference;
mod repair;
mod rights;
mod rules_from_registry;
mod rules_in_force;
mod scenarios;
#[path = "../../cli/tests/rule/slow.rs"]
mod slow;
mod telemetry;
mod terminal;
mod undelivered;
mod upgrade;
mod world;

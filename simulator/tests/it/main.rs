//! The simulator as its callers see it: over http and https, never through its insides.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that finds another shape than it expects has failed"
)]

mod aging;
mod azure;
mod cross_region;
mod deployments;
mod disk_life;
mod documentation;
mod event_delivery;
mod examples;
mod faults;
mod field;
mod front;
mod gate;
mod graph;
mod instances;
mod jobs;
mod life;
mod operations;
mod queue_delivery;
mod recordings;
mod recovery_databases;
mod recovery_examples;
mod recovery_machines;
mod recovery_shares;
mod recovery_vaults;
mod resource_guards;
mod restore;
mod role_assignments;
mod surroundings;
mod time;
mod time_ranges;
mod vaults;
mod workload_estate;
mod workloads;

#[path = "../../../tests/it/reference.rs"]
mod reference;

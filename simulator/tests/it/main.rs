//! The simulator as its callers see it: over http and https, never through its insides.

mod azure;
mod disk_life;
mod event_delivery;
mod faults;
mod front;
mod graph;
mod instances;
mod recordings;
mod role_assignments;

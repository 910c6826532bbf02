//! Azure as far as Holdfast sees it, on loopback: for developing and testing rules and automation without touching Azure.
//!
//! It is written from Azure's recorded traffic and public specifications and shares no type with Holdfast's own clients, so that a
//! shared mistake cannot hide. Start it in a test with [`Simulator::start`], or for good with [`run`].
//!
//! What it answers, its control surface, how it is awkward and how it is built: `docs/simulator.md`.

mod app;
mod authorization;
mod backup;
mod clock;
mod config;
mod control;
mod data_protection;
mod delivery;
mod deployments;
mod estate;
mod event_grid;
mod front;
mod identity;
mod management_groups;
mod random;
mod recovery_services;
mod registry;
mod resource_graph;
mod resources;
mod server;
mod sign_in;
mod traffic;
mod wire;
mod world;

pub use config::{Config, SoftDelete, Throttling};
pub use deployments::reads_expression;
pub use estate::{
    ActionDenial, DeliveryKnobs, Denial, Estate, EstateAssignment, EstateAvailabilityGroup, EstateDatabase,
    EstateGroup, EstateGuest, EstateInstance, EstatePolicy, EstateResource, EstateSubscription, EstateVault,
    NumberedDisks, PolicyDenial, SEEDED_SUBSCRIPTIONS,
};
pub use holdfast_simulator_storage::Storage;
pub use recovery_services::reads_filter;
pub use resource_graph::reads_query;
pub use server::{Running, Simulator, run};

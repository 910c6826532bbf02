//! The Azure Functions custom handler of Holdfast: one module per function.

pub mod app;
mod backup;
pub mod callers;
mod clock;
mod decide;
mod envelope;
mod jobs;
mod problem;
mod protect;
mod resource_changed;
mod router;
pub mod rules;
pub mod settings;
pub mod setup;
mod sweep;
pub mod telemetry;

pub use router::router;

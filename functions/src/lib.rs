//! The Azure Functions custom handler of Holdfast: one module per function.

mod api;
pub mod app;
pub mod callers;
mod clock;
mod digest;
mod envelope;
mod export;
mod forwarded;
mod metrics;
pub mod not_set_up;
pub mod notices;
mod notify;
mod open_operations;
mod problem;
mod protect;
mod report_cache;
mod reports;
mod resource_changed;
mod retry;
mod router;
pub mod rules;
pub mod serving;
pub mod settings;
pub mod setup;
mod sweep;
pub mod telemetry;
mod ui;
mod undelivered;
mod underway;
mod work_queue;

pub use api::openapi;
pub use envelope::value_of_trigger;
pub use router::router;

//! A stand-in for the Azure Functions host, for apps that are custom handlers.
//!
//! It reads `host.json` and each `function.json`, starts the handler as a process and calls it exactly as the real
//! host does, awkward encodings included, so that what works here works there. What it cannot do it refuses by name.
//!
//! - `app`: the app's files, parsed and checked once.
//! - `worker`: the handler's process: environment, readiness, restarts.
//! - `invocation`: one call of the handler: envelope out, reply in.
//! - `trigger`: Event Grid webhook, queue listener, timer, HTTP, and the admin endpoints.
//! - `output`: what a reply's outputs become.
//! - `storage`: the queue service, spoken without any of the product's code.
//! - [`Host`], [`Running`]: all of it together. [`Journal`]: what happened, for tests.

mod access;
mod app;
mod config;
mod error;
mod host;
mod invocation;
mod journal;
mod output;
mod queue_watch;
mod storage;
mod trigger;
mod worker;

pub use access::{Access, Keys};
pub use app::FunctionError;
pub use config::{AfterStop, Framing, HostConfig};
pub use error::HostError;
pub use host::{Host, Running};
pub use journal::{Event, Journal};

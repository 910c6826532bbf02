//! The sandbox: what is let in, what it may use, and how one evaluation runs.

mod batch;
#[cfg(test)]
mod deadline;
mod engine;
mod evaluation;
mod failure;
mod gate;
mod guard;
mod lane;
mod limits;
mod review;
mod snapshot;
mod ticker;
mod workshop;
mod world;

pub use failure::RuleFailure;
pub use gate::GateError;
pub use limits::Limits;
pub use world::World;

pub(crate) use evaluation::Door;
pub(crate) use gate::admit;
pub(crate) use lane::{Held, Lanes};
pub(crate) use workshop::{ConfigureError, Prepared, Workshop};

//! The sandbox: what is let in, what it may use, and how one evaluation runs.

#[cfg(test)]
mod deadline;
mod engine;
mod evaluation;
mod failure;
mod gate;
mod guard;
mod lane;
mod limits;
mod snapshot;
mod ticker;
mod workshop;

pub use failure::RuleFailure;
pub use gate::GateError;
pub use limits::Limits;

pub(crate) use evaluation::Evaluation;
pub(crate) use gate::admit;
pub(crate) use lane::Lanes;
pub(crate) use workshop::{ConfigureError, Prepared, Workshop};

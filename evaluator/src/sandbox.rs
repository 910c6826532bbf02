//! The sandbox: what is let in, what it may use, and how one evaluation runs.

mod batch;
#[cfg(feature = "compiler")]
mod calm;
mod code;
pub(crate) mod engine;
mod evaluation;
mod failure;
mod features;
#[cfg(feature = "compiler")]
mod flat;
mod freshness;
pub(crate) mod fuel;
#[cfg(feature = "compiler")]
mod gate;
mod guard;
mod lane;
mod limits;
mod prepared;
mod review;
mod shape;
#[cfg(feature = "compiler")]
mod snapshot;
mod standing;
#[cfg(all(test, feature = "compiler"))]
pub(crate) mod tests;
mod ticker;
#[cfg(feature = "compiler")]
mod workshop;
mod world;

pub use code::CodeError;
pub use failure::RuleFailure;
pub use freshness::Freshness;
#[cfg(feature = "compiler")]
pub use gate::GateError;
pub use limits::Limits;
pub use world::World;

#[cfg(feature = "compiler")]
pub(crate) use calm::caught;
pub(crate) use code::CodeFile;
pub(crate) use evaluation::Door;
#[cfg(feature = "compiler")]
pub(crate) use gate::admit;
pub(crate) use lane::{Held, Lanes};
pub(crate) use prepared::{Prepared, Source};
pub(crate) use shape::Shape;
#[cfg(feature = "compiler")]
pub(crate) use workshop::{ConfigureError, OpenError, Workshop};

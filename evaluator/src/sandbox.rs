//! The sandbox: what is let in, what it may use, and how one evaluation runs.

mod batch;
mod code;
#[cfg(feature = "compiler")]
mod configured;
mod evaluation;
mod failure;
#[cfg(feature = "compiler")]
mod gate;
mod guard;
mod lane;
#[cfg(feature = "compiler")]
mod loader;
mod opened;
mod prepared;
mod resettable;
mod review;
#[cfg(feature = "compiler")]
mod snapshot;
#[cfg(all(test, feature = "compiler"))]
pub(crate) mod tests;
mod ticker;
mod verify;

pub use code::CodeError;
pub use failure::RuleFailure;
#[cfg(feature = "compiler")]
pub use gate::GateError;

pub(crate) use code::CodeFile;
pub(crate) use evaluation::EntryPoint;
#[cfg(feature = "compiler")]
pub(crate) use gate::admit;
pub(crate) use lane::{Held, Lanes};
#[cfg(feature = "compiler")]
pub(crate) use loader::{ConfigureError, ModuleLoader, OpenError};
pub(crate) use prepared::{Prepared, Source};

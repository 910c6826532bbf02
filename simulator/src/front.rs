//! The front of Azure Resource Manager: what every call passes before a provider sees it, and what its answer passes after.

mod dispatch;
mod gate;
mod harm;
mod noted;
mod pipeline;

pub(crate) use dispatch::carried_out;
pub(crate) use pipeline::serve;

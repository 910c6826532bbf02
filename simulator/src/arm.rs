//! The front of Azure Resource Manager: what every call passes before a provider sees it.

pub(crate) mod action;
pub(crate) mod call;
mod casing;
pub(crate) mod error;
pub(crate) mod front;
pub(crate) mod gate;
pub(crate) mod harm;
pub(crate) mod json;
mod noted;
pub(crate) mod path;
pub(crate) mod reply;
pub(crate) mod throttle;
pub(crate) mod version;

pub(crate) use call::Call;
pub(crate) use error::{Answer, ArmError};
pub(crate) use front::carried_out;
pub(crate) use path::ArmPath;
pub(crate) use reply::Reply;

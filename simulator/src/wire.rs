//! ARM's calls and answers as data: paths, bodies, refusals. Nothing here keeps anything or knows a provider.

pub(crate) mod action;
pub(crate) mod call;
pub(crate) mod casing;
pub(crate) mod error;
pub(crate) mod json;
pub(crate) mod page;
pub(crate) mod path;
pub(crate) mod reply;
pub(crate) mod version;

pub(crate) use action::Verb;
pub(crate) use call::Call;
pub(crate) use error::{Answer, ArmError};
pub(crate) use page::{Page, Position};
pub(crate) use path::ArmPath;
pub(crate) use reply::Reply;

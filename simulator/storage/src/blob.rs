//! The Blob service: containers, block blobs, their ETags and conditions.

mod condition;
mod container;
mod container_routes;
mod entity_tag;
mod listing;
mod properties;
mod range;
mod read_routes;
mod routes;
mod write_routes;

pub(crate) use self::container::{Blob, Containers};
pub(crate) use self::properties::Properties;
pub(crate) use self::routes::routes;

//! What is particular about virtual machines.

pub(super) mod archive;
pub(super) mod files;
pub(super) mod item;
pub(super) mod job;
pub(super) mod point;
pub(super) mod protectable;
pub(super) mod readiness;
pub(super) mod restore;

use super::item::write::Source;
use crate::wire::json as body_json;
use crate::wire::path::{key, name_of};
use crate::world::World;

/// The virtual machine `id`, spelled as ARM spells it, if it is there.
pub(super) fn source(world: &World, id: &str) -> Source {
    let known = world.arm.resources.get(&key(id)).and_then(|body| body_json::text(body, &["id"]));
    let id = known.unwrap_or(id).trim_end_matches('/');
    Source { id: id.to_owned(), resource: id.to_owned(), name: name_of(id).to_owned(), address: None }
}

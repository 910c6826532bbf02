//! What was begun here and ends by itself.

use jiff::Timestamp;

use super::{generic, group};
use crate::world::{self, World};

/// A deletion that ends later.
#[derive(Debug)]
pub(super) enum Effect {
    /// A resource is gone.
    ResourceVanishes(String),
    /// A resource group is gone with everything in it.
    GroupVanishes(String),
}

impl world::Effect for Effect {
    fn happen(self: Box<Self>, world: &mut World, _at: Timestamp) {
        match *self {
            Self::ResourceVanishes(id) => generic::vanish(world, &id),
            Self::GroupVanishes(id) => group::vanish(world, &id),
        }
    }
}

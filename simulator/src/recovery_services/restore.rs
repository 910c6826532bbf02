//! `POST {point}/restore`: what a point is restored to depends on its kind.

use super::kind::Kind;
use super::point::read::named;
use super::{machine, share};
use crate::wire::{Answer, Call};
use crate::world::World;

/// Begins a restore.
pub(super) fn begin(world: &mut World, call: &Call) -> Answer {
    let (_, item, _) = named(world, call)?;
    match item.kind {
        Kind::Machine => machine::restore::begin(world, call),
        Kind::Share => share::restore::begin(world, call),
    }
}

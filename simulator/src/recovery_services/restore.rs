//! `POST {point}/restore`: what a point is restored to depends on its kind.

use super::guard::{self, Guarded};
use super::kind::Kind;
use super::point::read::named;
use super::{machine, share};
use crate::wire::{Answer, Call};
use crate::world::World;

/// Begins a restore.
pub(super) fn begin(world: &mut World, call: &Call) -> Answer {
    let (place, item, _) = named(world, call)?;
    let kind = item.kind;
    guard::check(world, call, &place.vault, Guarded::Restore)?;
    match kind {
        Kind::Machine => machine::restore::begin(world, call),
        Kind::Share => share::restore::begin(world, call),
    }
}

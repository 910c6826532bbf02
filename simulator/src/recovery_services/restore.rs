//! `POST {point}/restore`: what a point is restored to depends on its kind.

use super::guard::{self, Guarded};
use super::item::write::Place;
use super::kind::Kind;
use super::point::read::named;
use super::refusal::no_item;
use super::{database, machine, share};
use crate::wire::{Answer, Call};
use crate::world::World;

/// Begins a restore.
pub(super) fn begin(world: &mut World, call: &Call) -> Answer {
    let place = Place::of(world, call).map_err(|_| no_item())?;
    let kind = place.kind;
    if !matches!(kind, Kind::Database(_)) {
        // The logs of a database are a point without being one.
        named(world, call)?;
    }
    guard::check(world, call, &place.vault, Guarded::Restore)?;
    match kind {
        Kind::Machine => machine::restore::begin(world, call),
        Kind::Share => share::restore::begin(world, call),
        Kind::Database(_) => database::restore::begin(world, call),
    }
}

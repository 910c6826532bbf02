//! Which files are in the shares, as far as a test says: ARM shows none, but restores meet them.

use std::collections::BTreeSet;

use crate::recovery_services::State;
use crate::wire::path::key;
use crate::world::World;

/// The files of a share.
pub(in crate::recovery_services) fn of(world: &World, share: &str) -> Vec<String> {
    State::of(world).files.get(&key(share)).into_iter().flatten().cloned().collect()
}

/// The share holds exactly these files from now on.
pub(in crate::recovery_services) fn set(
    world: &mut World,
    share: &str,
    files: impl IntoIterator<Item = String>,
) {
    let files: BTreeSet<String> = files.into_iter().collect();
    State::of_mut(world).files.insert(key(share), files);
}

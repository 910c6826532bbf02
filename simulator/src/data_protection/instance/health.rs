//! Protection that breaks by itself: what it needs was taken away, and the service finds out.

use jiff::Timestamp;

use super::ProtectionState;
use crate::data_protection::State;
use crate::data_protection::readiness;
use crate::data_protection::user_error::UserError;
use crate::world::World;

/// Looks at every protected instance again; what can no longer be protected ends in `ProtectionError`.
pub(crate) fn checked(world: &mut World, at: Timestamp) {
    let mut broken = Vec::new();
    for (id, vault) in &State::of(world).vaults {
        let protected =
            vault.instances.iter().filter(|(_, one)| one.state == ProtectionState::ProtectionConfigured);
        for (name, instance) in protected {
            if let Err(error) = readiness::check(world, vault, &instance.described, at) {
                broken.push((id.clone(), name.clone(), error));
            }
        }
    }
    for (vault, name, error) in broken {
        breaks(world, &vault, &name, &error);
    }
}

/// Puts an instance into `ProtectionError`; whether it is there.
pub(crate) fn breaks(world: &mut World, vault: &str, name: &str, error: &UserError) -> bool {
    let activity = world.guid();
    let found = State::of_mut(world).vaults.get_mut(vault).and_then(|vault| vault.instances.get_mut(name));
    let Some(instance) = found else { return false };
    instance.state = ProtectionState::ProtectionError;
    instance.error = Some(error.info(&activity));
    instance.generation = instance.generation.wrapping_add(1);
    let id = instance.id.clone();
    world.touch(&id);
    true
}

/// Puts the instance with this ARM id into `ProtectionError`, as a test asks for; whether it is there.
pub(crate) fn break_on_demand(world: &mut World, id: &str, code: &str) -> bool {
    let error =
        UserError::new(code.to_owned(), "Protection has failed.", "Repair the cause and synchronise.");
    let id = crate::wire::path::key(id);
    let Some((vault, name)) = id.split_once("/backupinstances/") else { return false };
    breaks(world, vault, name, &error)
}

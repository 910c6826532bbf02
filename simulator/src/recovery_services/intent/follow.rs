//! What intents bring about: databases that are found are protected, now and whenever the service looks again.

use jiff::Timestamp;

use super::Of;
use crate::recovery_services::State;
use crate::recovery_services::container;
use crate::recovery_services::database::{self, inquire};
use crate::recovery_services::effect::Effect;
use crate::recovery_services::item::write::{self, Place};
use crate::recovery_services::name::Holder;
use crate::world::World;

/// How long the service waits until it looks again (documentation: typically eight hours).
const SECONDS: f64 = 8.0 * 3600.0;

/// The service looks for databases that an intent is about, as it was to do `at` that time.
pub(in crate::recovery_services) fn looks(world: &mut World, vault: &str, name: &str, at: Timestamp) {
    let intent = State::of(world).vaults.get(vault).and_then(|vault| vault.intents.get(name));
    let of = intent.filter(|intent| intent.looks == at).map(|intent| intent.of.clone());
    let Some(Of::Databases { container, .. }) = of else { return };
    match container::found(world, vault, &container).map(|found| found.holder) {
        Some(Holder::Server) => inquire::happens(world, vault, &container.to_ascii_lowercase()),
        Some(_) => follow(world, vault),
        None => return,
    }
    let next = world.after(SECONDS);
    let found = State::of_mut(world).vaults.get_mut(vault);
    let Some(intent) = found.and_then(|vault| vault.intents.get_mut(name)) else { return };
    intent.looks = next;
    let effect = Effect::IntentLooks { vault: vault.to_owned(), intent: name.to_owned() };
    world.schedule(next, effect);
}

/// Protects every database that an intent of the vault is about and that nothing protects.
pub(in crate::recovery_services) fn follow(world: &mut World, vault: &str) {
    let Some(found) = State::of(world).vaults.get(vault) else { return };
    let root = found.id.clone();
    let wanted: Vec<(String, String)> = found
        .intents
        .values()
        .filter_map(|intent| match &intent.of {
            Of::Databases { container, parent } => {
                let known = found.containers.get(&container.to_ascii_lowercase())?;
                Some((&intent.policy, container, parent, &known.found))
            }
            Of::Machine { .. } => None,
        })
        .flat_map(|(policy, container, parent, known)| {
            let place = format!("{root}/backupFabrics/Azure/protectionContainers/{container}/protectedItems");
            let items = known.sql_databases(parent).into_iter();
            items.map(move |name| {
                (format!("{place}/SQLDataBase;{parent};{name}").to_ascii_lowercase(), policy.clone())
            })
        })
        .collect();
    for (id, policy) in wanted {
        begin(world, vault, &root, &id, &policy);
    }
}

/// Items that the service makes have lower-case names below the container.
fn begin(world: &mut World, vault: &str, root: &str, id: &str, policy: &str) {
    let Some((_, below)) = id.split_once("/protectioncontainers/") else { return };
    let Some((container, item)) = below.split_once("/protecteditems/") else { return };
    let Some(place) = Place::named(vault, root, container, item) else { return };
    let key = place.key();
    let taken = State::of(world)
        .vaults
        .get(vault)
        .is_none_or(|vault| vault.items.contains_key(&key) || vault.changing.contains_key(&key));
    if taken {
        return;
    }
    if let Some(source) = database::source(world, &place) {
        write::by_service(world, place, source, policy);
    }
}

//! What other parts ask of a recovery point, and how it ages: archived, expired, gone.

pub(super) mod list;
pub(super) mod rehydration;
pub(super) mod time_range;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::instance::{Instance, ProtectionState};
use super::policy;
use super::user_error::UserError;
use super::{Effect, State};
use crate::clock::{days_after, precise};
use crate::wire::json as body_json;
use crate::wire::path::{key, name_of};
use crate::world::World;

/// A store in which a point lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tier {
    Operational,
    Vault,
    Archive,
}

impl Tier {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Operational => "OperationalStore",
            Self::Vault => "VaultStore",
            Self::Archive => "ArchiveStore",
        }
    }
}

fn stores(point: &Value) -> &[Value] {
    body_json::list(point, &["properties", "recoveryPointDataStoresDetails"])
}

/// The stores in which `point` lies.
pub(crate) fn tiers(point: &Value) -> Vec<Tier> {
    let known = [Tier::Operational, Tier::Vault, Tier::Archive];
    let words = stores(point).iter().filter_map(|store| body_json::text(store, &["type"]));
    words.filter_map(|word| known.into_iter().find(|tier| tier.word() == word)).collect()
}

/// Whether an archived point can be read now.
pub(crate) fn is_rehydrated(point: &Value) -> bool {
    stores(point).iter().any(|store| body_json::text(store, &["rehydrationStatus"]) == Some("COMPLETED"))
}

/// When `point` expires, if it ever does.
pub(crate) fn expiry(point: &Value) -> Option<Timestamp> {
    body_json::text(point, &["properties", "expiryTime"])?.parse().ok()
}

/// Whether an immutable vault keeps `point` at `now`: points are kept to "their respective expiry dates", and
/// "immutability doesn't apply to operational backups for resources like blobs, files, and disks" (official).
pub(crate) fn is_immutable(point: &Value, now: Timestamp) -> bool {
    let lies_in_vault = tiers(point).iter().any(|tier| *tier != Tier::Operational);
    lies_in_vault && expiry(point).is_none_or(|end| end > now)
}

/// The containers that a point of a storage account holds.
pub(crate) fn containers(instance: &Instance, point: &str) -> Vec<String> {
    instance.contents.get(point).cloned().unwrap_or_default()
}

pub(crate) fn not_found(point: &str) -> UserError {
    let message = format!("The recovery point '{point}' could not be found.");
    UserError::new("UserErrorRestorePointNotFound", message, "Choose a recovery point of the list.")
}

/// Whether `instance` keeps a point whose time is over: what is stopped is "held forever", and of what is suspended the
/// last one is kept (official).
fn outlives_its_time(instance: &Instance) -> bool {
    match instance.state {
        ProtectionState::ProtectionStopped => true,
        ProtectionState::BackupsSuspended => instance.points.len() == 1,
        ProtectionState::ConfiguringProtection
        | ProtectionState::UpdatingProtection
        | ProtectionState::ProtectionConfigured
        | ProtectionState::ProtectionError
        | ProtectionState::SoftDeleting => false,
    }
}

/// An instance is not stopped any more: what it held beyond its time goes, but for the last point.
pub(crate) fn held_no_more(world: &mut World, vault: &str, name: &str) {
    let now = world.now();
    let instance = State::of(world).vaults.get(vault).and_then(|vault| vault.instances.get(name));
    let is_over = |point: &&Value| expiry(point).is_some_and(|end| end <= now);
    let over = instance.into_iter().flat_map(|instance| instance.points.iter()).filter(is_over);
    let mut names: Vec<String> =
        over.filter_map(|point| body_json::text(point, &["name"])).map(str::to_owned).collect();
    if instance.is_some_and(|instance| instance.points.len() == names.len()) {
        names.pop();
    }
    for point in names {
        expires(world, vault, name, &point, now);
    }
}

/// A point's time is over: it is gone, with its snapshot, unless its instance keeps it all the same.
pub(crate) fn expires(world: &mut World, vault: &str, name: &str, point: &str, at: Timestamp) {
    let found = State::of_mut(world).vaults.get_mut(vault).and_then(|vault| vault.instances.get_mut(name));
    let Some(instance) = found else { return };
    let stays = outlives_its_time(instance);
    let Some(place) = instance.points.iter().position(|one| body_json::text(one, &["name"]) == Some(point))
    else {
        return;
    };
    let due = instance.points.get(place).and_then(expiry).is_some_and(|end| end <= at);
    if !due || stays {
        return;
    }
    if let Some(days) = goes_to_archive(world, vault, name, point) {
        return archived(world, vault, name, point, days_after(at, days));
    }
    let found = State::of_mut(world).vaults.get_mut(vault).and_then(|vault| vault.instances.get_mut(name));
    let Some(instance) = found else { return };
    instance.points.remove(place);
    instance.contents.remove(point);
    let path = ["policyInfo", "policyParameters", "dataStoreParametersList"];
    let parameters = body_json::list(&instance.described, &path);
    let group =
        parameters.iter().find_map(|one| body_json::text(one, &["resourceGroupId"])).map(str::to_owned);
    if let Some(group) = group {
        let snapshot = format!("{group}/providers/Microsoft.Compute/snapshots/AzureBackup_{point}");
        crate::resources::vanish(world, &key(&snapshot));
    }
}

/// For how many days a point of the vault store goes on in the archive.
fn goes_to_archive(world: &World, vault: &str, name: &str, point: &str) -> Option<i64> {
    let vault = State::of(world).vaults.get(vault)?;
    let instance = vault.instances.get(name)?;
    let found = instance.points.iter().find(|one| body_json::text(one, &["name"]) == Some(point))?;
    let tag = body_json::text(found, &["properties", "retentionTagName"])?;
    let policy = vault.policies.get(&name_of(instance.policy_id()).to_ascii_lowercase())?;
    policy::archived_days(policy, tag).filter(|_| tiers(found) == [Tier::Vault])
}

/// A point moves to the archive, where its time ends at `end`.
fn archived(world: &mut World, vault: &str, name: &str, point: &str, end: Timestamp) {
    let found = State::of_mut(world).vaults.get_mut(vault).and_then(|vault| vault.instances.get_mut(name));
    let points = found.into_iter().flat_map(|instance| instance.points.iter_mut());
    for one in points.filter(|one| body_json::text(one, &["name"]) == Some(point)) {
        body_json::set(one, &["properties", "expiryTime"], json!(precise(end)));
        let stores =
            one.pointer_mut("/properties/recoveryPointDataStoresDetails").and_then(Value::as_array_mut);
        for store in stores.into_iter().flatten() {
            body_json::set(store, &["type"], json!(Tier::Archive.word()));
            body_json::set(store, &["expiryTime"], json!(precise(end)));
        }
    }
    let effect =
        Effect::PointExpires { vault: vault.to_owned(), instance: name.to_owned(), point: point.to_owned() };
    world.schedule(end, effect);
}

/// Moves a point to the archive, or lets it expire now, as a test asks for; whether it exists.
pub(crate) fn age_on_demand(world: &mut World, id: &str, archive: bool) -> bool {
    let now = world.now();
    let id = key(id);
    let Some((instance, point)) = id.split_once("/recoverypoints/") else { return false };
    let Some((vault, name)) = instance.split_once("/backupinstances/") else { return false };
    let found = State::of_mut(world).vaults.get_mut(vault).and_then(|vault| vault.instances.get_mut(name));
    let points = found.into_iter().flat_map(|instance| instance.points.iter_mut());
    let mut named = points.filter(|one| body_json::text(one, &["name"]) == Some(point));
    let Some(found) = named.next() else { return false };
    if archive {
        let stores =
            found.pointer_mut("/properties/recoveryPointDataStoresDetails").and_then(Value::as_array_mut);
        for store in stores.into_iter().flatten() {
            body_json::set(store, &["type"], json!(Tier::Archive.word()));
        }
        return true;
    }
    body_json::set(found, &["properties", "expiryTime"], json!(precise(now)));
    expires(world, vault, name, point, now);
    true
}

//! Whether a share can be protected and backed up now (documentation: the codes of the troubleshooting page).

use serde_json::Value;

use crate::recovery_services::item::Item;
use crate::recovery_services::point::{Tier, TierStatus};
use crate::recovery_services::trouble::Trouble;
use crate::resources;
use crate::wire::json as body_json;
use crate::wire::path::key;
use crate::world::World;

/// A share has at most so many snapshots.
const SNAPSHOTS: usize = 200;

/// What stands in the way of protecting a share, as the service finds out when it looks.
pub(in crate::recovery_services) fn trouble(world: &World, account: &str, share: &str) -> Option<Trouble> {
    if !world.arm.resources.contains_key(&key(account)) {
        return Some(Trouble::named("UserErrorStorageAccountNotFound"));
    }
    (share.is_empty() || !world.arm.resources.contains_key(&key(share)))
        .then(|| Trouble::named("FileShareNotFound"))
}

/// What stands in the way of a backup.
pub(in crate::recovery_services) fn obstacle(world: &World, item: &Item) -> Option<Trouble> {
    if resources::is_soft_deleted(world, &item.source) {
        return Some(Trouble::named("UserErrorBackupAFSInSoftDeleteState"));
    }
    if let Some(trouble) = trouble(world, &item.source_resource, &item.source) {
        return Some(trouble);
    }
    if keys_are_off(world, &item.source_resource) {
        return Some(Trouble::named("UserErrorStorageKeyBasedAuthenticationNotPermitted"));
    }
    let snapshots =
        item.points.iter().filter(|point| point.status(Tier::Instant) == Some(TierStatus::Valid)).count();
    (snapshots >= SNAPSHOTS).then(|| Trouble::named("AFSMaxSnapshotReached"))
}

/// Whether the account cannot be reached by its keys.
pub(super) fn keys_are_off(world: &World, account: &str) -> bool {
    let body = world.arm.resources.get(&key(account));
    body.and_then(|body| body_json::reach(body, &["properties", "allowSharedKeyAccess"]))
        .and_then(Value::as_bool)
        == Some(false)
}

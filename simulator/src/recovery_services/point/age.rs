//! How a recovery point ages: its snapshot goes first, then everything.

use jiff::Timestamp;

use super::{Point, Threat, Tier, TierStatus};
use crate::clock::days_after;
use crate::recovery_services::backup::snapshot_days;
use crate::recovery_services::database::BackupType;
use crate::recovery_services::effect::Effect;
use crate::recovery_services::item::{Protection, found, found_mut};
use crate::recovery_services::kind::Kind;
use crate::wire::path::key;
use crate::world::World;

/// Has the point age at its times.
pub(in crate::recovery_services) fn next(world: &mut World, vault: &str, item: &str, point: &str) {
    let Some(owner) = found(world, vault, item) else { return };
    let Some(found) = owner.points.iter().find(|one| one.name == point) else { return };
    let (time, expires) = (found.time, found.expires);
    let days = (owner.kind == Kind::Machine).then(|| snapshot_days(world, vault, owner));
    let until = days.map(|days| days_after(time, days)).filter(|until| *until < expires);
    for point in found_mut(world, vault, item)
        .into_iter()
        .flat_map(|item| item.points.iter_mut())
        .filter(|one| one.name == point)
    {
        point.snapshot_until = until;
    }
    for at in until.into_iter().chain([expires]) {
        let effect =
            Effect::PointAges { vault: vault.to_owned(), item: item.to_owned(), point: point.to_owned() };
        world.schedule(at, effect);
    }
}

/// A point has come to one of its times. The last point of an item that makes no more stays (documentation).
pub(in crate::recovery_services) fn ages(
    world: &mut World,
    vault: &str,
    item: &str,
    name: &str,
    at: Timestamp,
) {
    if !stretched(world, vault, item, name, at) {
        aged(world, vault, item, name, at);
    }
}

fn aged(world: &mut World, vault: &str, item: &str, name: &str, at: Timestamp) {
    let Some(owner) = found_mut(world, vault, item) else { return };
    let stays = owner.points.len() == 1 && matches!(owner.state, Protection::Stopped | Protection::Suspended);
    let Some(point) = owner.points.iter_mut().find(|point| point.name == name) else { return };
    if point.snapshot_until.is_some_and(|until| until <= at) {
        for (tier, status) in &mut point.tiers {
            if *tier == Tier::Instant {
                *status = TierStatus::Deleted;
            }
        }
    }
    if point.expires <= at && !stays {
        owner.points.retain(|point| point.name != name);
    }
    world.touch(item);
}

/// A full backup of a database outlives its retention until the last of its log backups expires (documentation); whether it does.
fn stretched(world: &mut World, vault: &str, item: &str, name: &str, at: Timestamp) -> bool {
    let Some(owner) = found(world, vault, item) else { return false };
    let Some(point) = owner.points.iter().find(|one| one.name == name) else { return false };
    if point.backup != Some(BackupType::Full) || point.expires > at {
        return false;
    }
    let later = |one: &&Point| one.backup == Some(BackupType::Full) && one.time > point.time;
    let next = owner.points.iter().filter(later).map(|one| one.time).min();
    let Some(until) = owner.chain.needs_until(point.time, next).filter(|until| *until > at) else {
        return false;
    };
    let points = found_mut(world, vault, item).into_iter().flat_map(|item| item.points.iter_mut());
    for point in points.filter(|one| one.name == name) {
        point.expires = until;
    }
    let effect = Effect::PointAges { vault: vault.to_owned(), item: item.to_owned(), point: name.to_owned() };
    world.schedule(until, effect);
    true
}

/// Lets the point with this id expire now, or moves it to the archive, as a test asks for; whether it exists.
pub(in crate::recovery_services) fn age_on_demand(world: &mut World, id: &str, archive: bool) -> bool {
    let id = key(id);
    let Some((item, name)) = id.split_once("/recoverypoints/") else { return false };
    let Some((vault, _)) = item.split_once("/backupfabrics/") else { return false };
    let now = world.now();
    let Some(owner) = found_mut(world, vault, item) else { return false };
    let Some(point) = owner.points.iter_mut().find(|point| point.name == name) else { return false };
    if archive {
        point.tiers = vec![(Tier::Archived, TierStatus::Valid)];
        return true;
    }
    point.expires = now;
    aged(world, vault, item, name, now);
    true
}

/// Says what the service knows of threats at the time of the point with this id; whether it is one of a virtual machine.
pub(in crate::recovery_services) fn set_threat(world: &mut World, id: &str, threat: Threat) -> bool {
    let id = key(id);
    let Some((item, name)) = id.split_once("/recoverypoints/") else { return false };
    let Some((vault, _)) = item.split_once("/backupfabrics/") else { return false };
    let Some(owner) = found_mut(world, vault, item).filter(|owner| owner.kind == Kind::Machine) else {
        return false;
    };
    let Some(point) = owner.points.iter_mut().find(|point| point.name == name) else { return false };
    point.threat = Some(threat);
    true
}

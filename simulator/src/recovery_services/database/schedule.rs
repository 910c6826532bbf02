//! Backups of databases by the parts of their policy, each with a schedule and a retention of its own.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{BackupType, backup, readiness};
use crate::clock::days_after;
use crate::recovery_services::backup::{retention, schedule};
use crate::recovery_services::effect::Effect;
use crate::recovery_services::item::{Item, found, found_mut};
use crate::recovery_services::kind::Kind;
use crate::recovery_services::policy;
use crate::wire::json as body_json;
use crate::world::World;

/// The part of a policy for this kind of backup.
fn part(policy: &Value, wanted: BackupType) -> Option<&Value> {
    let parts = body_json::list(policy, &["properties", "subProtectionPolicy"]);
    parts.iter().find(|part| body_json::text(part, &["policyType"]) == Some(wanted.word()))
}

/// For how many days a part with a simple retention keeps its backups.
pub(super) fn days(policy: &Value, wanted: BackupType) -> Option<i64> {
    let duration = body_json::reach(part(policy, wanted)?, &["retentionPolicy", "retentionDuration"])?;
    body_json::member(duration, "count")?.as_i64()
}

/// The part as a policy of its own, in the time zone of the whole.
fn alone(policy: &Value, part: &Value) -> Value {
    let mut properties = part.clone();
    if let Some(zone) = body_json::text(policy, &["properties", "settings", "timeZone"]) {
        body_json::set(&mut properties, &["timeZone"], json!(zone));
    }
    json!({ "properties": properties })
}

/// Has the next backup of each part happen.
pub(in crate::recovery_services) fn all(world: &mut World, vault: &str, item: &str) {
    let Some(policy) = policy_of(world, vault, item) else { return };
    let parts = body_json::list(&policy, &["properties", "subProtectionPolicy"]);
    let types = parts.iter().filter_map(|part| body_json::text(part, &["policyType"]));
    for wanted in types.filter_map(BackupType::parse).collect::<Vec<_>>() {
        next(world, vault, item, wanted);
    }
}

fn policy_of(world: &World, vault: &str, item: &str) -> Option<Value> {
    let found = found(world, vault, item).filter(|item| item.state.is_on())?;
    policy::named_by(world, vault, found.policy.as_deref()?).cloned()
}

fn next(world: &mut World, vault: &str, item: &str, wanted: BackupType) {
    let Some(policy) = policy_of(world, vault, item) else { return };
    let Some(part) = part(&policy, wanted) else { return };
    let generation = found(world, vault, item).map_or(0, |item| item.generation);
    let now = world.now();
    let at = match body_json::member(part, "schedulePolicy").and_then(minutes) {
        Some(minutes) => following(now, minutes),
        None => schedule::following(&alone(&policy, part), now),
    };
    let Some(at) = at else { return };
    let (vault, item) = (vault.to_owned(), item.to_owned());
    world.schedule(at, Effect::DatabaseBackupDue { vault, item, generation, wanted });
}

/// `scheduleFrequencyInMins` of a schedule of logs.
fn minutes(schedule: &Value) -> Option<i64> {
    body_json::member(schedule, "scheduleFrequencyInMins")?.as_i64()
}

/// The next multiple of some minutes since midnight.
fn following(now: Timestamp, minutes: i64) -> Option<Timestamp> {
    let step = minutes.max(1) * 60;
    Timestamp::from_second((now.as_second() / step + 1) * step).ok()
}

/// A scheduled backup is due, unless protection has changed since.
pub(in crate::recovery_services) fn due(
    world: &mut World,
    vault: &str,
    item: &str,
    generation: u64,
    wanted: BackupType,
) {
    let known = found(world, vault, item).filter(|item| item.generation == generation).cloned();
    let (Some(found), Some(policy)) = (known, policy_of(world, vault, item)) else { return };
    let Some(part) = part(&policy, wanted) else { return };
    let now = world.now();
    let expires = match days(&policy, wanted) {
        Some(days) => days_after(now, days),
        None => retention::expiry(&alone(&policy, part), now),
    };
    if is_taken(world, &found, wanted) {
        if wanted == BackupType::Log {
            backup::log(world, vault, item, expires);
        } else if !backup::is_busy(world, vault, &found.id) {
            backup::begin(world, vault, &found, wanted, false, expires);
        }
    } else if wanted == BackupType::Log
        && let Some(item) = found_mut(world, vault, item)
    {
        item.chain.ends();
    }
    next(world, vault, item, wanted);
}

/// Whether the database takes this backup at all: the service leaves out what it does not (documentation: logs pause under the
/// simple recovery model), and what needs a full backup begins after the first one.
fn is_taken(world: &World, item: &Item, wanted: BackupType) -> bool {
    let Kind::Database(form) = item.kind else { return false };
    let fits = readiness::database_now(world, item).is_none_or(|now| readiness::supports(form, &now, wanted));
    let has_full = item.points.iter().any(|point| point.backup == Some(BackupType::Full));
    fits && (has_full || !wanted.needs_parent())
}

#[test]
fn logs_are_backed_up_at_multiples_of_their_minutes() {
    let next = |now: &str, minutes| following(now.parse().unwrap(), minutes).map(|at| at.to_string());
    assert_eq!(next("2026-03-05T10:07:00Z", 15).as_deref(), Some("2026-03-05T10:15:00Z"));
    assert_eq!(next("2026-03-05T10:15:00Z", 15).as_deref(), Some("2026-03-05T10:30:00Z"));
    assert_eq!(next("2026-03-05T10:15:00Z", 120).as_deref(), Some("2026-03-05T12:00:00Z"));
}

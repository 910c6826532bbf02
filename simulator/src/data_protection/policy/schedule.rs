//! Backups by schedule, for those who ask for them: each interval of the policy's backup rules, as long as protection is on.
//!
//! Every scheduled point is kept by the default tag; criteria of further tags are not looked at.

use super::rule;
use crate::data_protection::{Effect, State};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::data_protection::instance::ProtectionState;
use crate::data_protection::job::backup;
use crate::data_protection::policy;
use crate::wire::json as body_json;
use crate::wire::path::name_of;
use crate::world::World;

/// Has the next scheduled backup of an instance happen, where backups are scheduled at all.
pub(crate) fn next(world: &mut World, vault: &str, name: &str) {
    if !world.settings.scheduled_backups {
        return;
    }
    let now = world.now();
    let Some(found) = State::of(world).vaults.get(vault) else { return };
    let Some(instance) = found.instances.get(name) else { return };
    let policy = found.policies.get(&name_of(instance.policy_id()).to_ascii_lowercase());
    let Some((at, rule)) = policy.and_then(|policy| following(policy, now)) else { return };
    let effect = Effect::BackupDue {
        vault: vault.to_owned(),
        instance: name.to_owned(),
        generation: instance.generation,
        rule,
    };
    world.schedule(at, effect);
}

/// A scheduled backup is due, unless protection has changed since.
pub(crate) fn due(world: &mut World, vault: &str, name: &str, generation: u64, rule: &str) {
    let found = State::of(world).vaults.get(vault).and_then(|vault| vault.instances.get(name));
    let Some(instance) = found.filter(|one| one.generation == generation).cloned() else { return };
    if instance.state == ProtectionState::ProtectionConfigured {
        backup::by_schedule(world, vault, &instance, rule);
    }
    next(world, vault, name);
}

/// When the first of the policy's rules runs after `now`, and its name.
fn following(policy: &Value, now: Timestamp) -> Option<(Timestamp, String)> {
    policy::backup_rule_names(policy)
        .into_iter()
        .filter_map(|name| {
            let rule = policy::backup_rule(policy, &name)?;
            let intervals = body_json::list(rule, &["trigger", "schedule", "repeatingTimeIntervals"]);
            let times = intervals.iter().filter_map(|interval| occurrence(interval.as_str()?, now));
            Some((times.min()?, name))
        })
        .min()
}

/// The first instant after `now` of an interval such as `R/2024-01-01T02:00:00+00:00/P1D`.
fn occurrence(interval: &str, now: Timestamp) -> Option<Timestamp> {
    let (start, period) = interval.strip_prefix("R/")?.split_once('/')?;
    let at = |text: &str| text.parse::<Timestamp>().ok();
    let start = at(start).or_else(|| at(&format!("{start}Z")))?;
    let hours = match period.strip_prefix("PT").and_then(|hours| hours.strip_suffix('H')) {
        Some(hours) => hours.parse::<i64>().ok()?,
        None => rule::days(period)? * 24,
    };
    let seconds = (hours * 3600).max(3600);
    let past = now.duration_since(start).as_secs().max(-1);
    let count = past.div_euclid(seconds) + 1;
    start.checked_add(SignedDuration::from_secs(count * seconds)).ok()
}

#[test]
fn an_interval_recurs_from_its_start() {
    let next =
        |interval: &str, now: &str| occurrence(interval, now.parse().unwrap()).map(|at| at.to_string());
    let daily = "R/2024-01-01T02:00:00+00:00/P1D";
    assert_eq!(next(daily, "2024-03-05T01:00:00Z").as_deref(), Some("2024-03-05T02:00:00Z"));
    assert_eq!(next(daily, "2024-03-05T02:00:00Z").as_deref(), Some("2024-03-06T02:00:00Z"));
    assert_eq!(next(daily, "2023-03-05T02:00:00Z").as_deref(), Some("2024-01-01T02:00:00Z"));
    assert_eq!(
        next("R/2024-01-01T02:00:00/PT4H", "2024-01-01T09:00:00Z").as_deref(),
        Some("2024-01-01T10:00:00Z")
    );
    assert_eq!(next("every day", "2024-01-01T09:00:00Z"), None);
}

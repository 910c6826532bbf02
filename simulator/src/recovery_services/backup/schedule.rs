//! Backups by the schedule of the policy, where schedules are kept at all.

use jiff::civil::{DateTime, Weekday};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{begin, retention, zone};
use crate::recovery_services::effect::Effect;
use crate::recovery_services::item::found;
use crate::recovery_services::kind::Kind;
use crate::recovery_services::{database, policy};
use crate::wire::json as body_json;
use crate::world::World;

/// Has the next scheduled backup of an item happen.
pub(in crate::recovery_services) fn next(world: &mut World, vault: &str, item: &str) {
    if !world.settings.scheduled_backups {
        return;
    }
    let Some(found) = found(world, vault, item).filter(|item| item.state.is_on()) else { return };
    if matches!(found.kind, Kind::Database(_)) {
        return database::schedule::all(world, vault, item);
    }
    let generation = found.generation;
    let policy = found.policy.as_deref().and_then(|id| policy::named_by(world, vault, id));
    let Some(at) = policy.and_then(|policy| following(policy, world.now())) else { return };
    let effect = Effect::BackupDue { vault: vault.to_owned(), item: item.to_owned(), generation };
    world.schedule(at, effect);
}

/// A scheduled backup is due, unless protection has changed since.
pub(in crate::recovery_services) fn due(world: &mut World, vault: &str, item: &str, generation: u64) {
    let Some(found) = found(world, vault, item).filter(|item| item.generation == generation).cloned() else {
        return;
    };
    let policy = found.policy.as_deref().and_then(|id| policy::named_by(world, vault, id)).cloned();
    if let Some(policy) = policy {
        let expires = retention::expiry(&policy, world.now());
        begin(world, vault, &found, false, expires);
    }
    next(world, vault, item);
}

/// The first run of the policy's schedule after `now`.
pub(in crate::recovery_services) fn following(policy: &Value, now: Timestamp) -> Option<Timestamp> {
    let properties = body_json::member(policy, "properties")?;
    let schedule = body_json::member(properties, "schedulePolicy")?;
    let offset = zone::offset(properties);
    let local = offset.to_datetime(now);
    let runs = (0..=8).filter_map(|day| local.date().checked_add(SignedDuration::from_hours(24 * day)).ok());
    let runs = runs.flat_map(|date| {
        let due = weekdays(schedule).is_none_or(|days| days.contains(&date.weekday()));
        times(schedule).into_iter().filter(move |_| due).map(move |time| date.to_datetime(time))
    });
    runs.filter_map(|run: DateTime| offset.to_timestamp(run).ok()).filter(|at| *at > now).min()
}

/// The days of a weekly schedule.
fn weekdays(schedule: &Value) -> Option<Vec<Weekday>> {
    let weekly = body_json::text(schedule, &["scheduleRunFrequency"]) == Some("Weekly");
    let days = body_json::reach(schedule, &["weeklySchedule", "scheduleRunDays"])
        .or_else(|| body_json::member(schedule, "scheduleRunDays"))?;
    weekly.then(|| {
        days.as_array().into_iter().flatten().filter_map(|day| retention::weekday(day.as_str()?)).collect()
    })
}

/// The times of a day at which the schedule runs.
fn times(schedule: &Value) -> Vec<jiff::civil::Time> {
    if let Some(hourly) = policy::hourly_section(schedule) {
        return of_hours(hourly);
    }
    let lists = ["dailySchedule", "weeklySchedule"]
        .map(|name| body_json::list(schedule, &[name, "scheduleRunTimes"]));
    let own = body_json::list(schedule, &["scheduleRunTimes"]);
    lists.into_iter().flatten().chain(own).filter_map(|time| time_of(time.as_str()?)).collect()
}

/// Each interval of the window.
fn of_hours(hourly: &Value) -> Vec<jiff::civil::Time> {
    let number = |name: &str| body_json::member(hourly, name).and_then(Value::as_i64).unwrap_or_default();
    let start = body_json::text(hourly, &["scheduleWindowStartTime"]).and_then(time_of);
    let (Some(start), interval @ 1..) = (start, number("interval")) else { return Vec::new() };
    (0..=number("scheduleWindowDuration") / interval)
        .map(|step| start.wrapping_add(SignedDuration::from_hours(step * interval)))
        .collect()
}

/// The time of day of an instant, which is read in the time zone of the policy although it looks like UTC.
fn time_of(text: &str) -> Option<jiff::civil::Time> {
    let instant: Timestamp = text.parse().ok()?;
    Some(jiff::tz::Offset::UTC.to_datetime(instant).time())
}

#[test]
fn a_policy_runs_at_its_time_in_its_zone() {
    use serde_json::json;
    let next = |properties: Value, now: &str| {
        following(&json!({ "properties": properties }), now.parse().unwrap()).map(|at| at.to_string())
    };
    let daily = |zone: &str| json!({ "timeZone": zone, "schedulePolicy": { "scheduleRunFrequency": "Daily", "scheduleRunTimes": ["2021-06-22T22:00:00Z"] } });
    assert_eq!(next(daily("UTC"), "2026-03-05T22:00:00Z").as_deref(), Some("2026-03-06T22:00:00Z"));
    assert_eq!(
        next(daily("India Standard Time"), "2026-03-05T10:00:00Z").as_deref(),
        Some("2026-03-05T16:30:00Z")
    );
    let weekly = json!({ "schedulePolicy": { "scheduleRunFrequency": "Weekly", "scheduleRunDays": ["Sunday"], "scheduleRunTimes": ["2021-06-22T02:00:00Z"] } });
    assert_eq!(next(weekly, "2026-03-05T10:00:00Z").as_deref(), Some("2026-03-08T02:00:00Z"));
    let hourly = json!({ "schedulePolicy": { "scheduleRunFrequency": "Hourly", "hourlySchedule":
        { "interval": 4, "scheduleWindowStartTime": "2021-06-22T08:00:00Z", "scheduleWindowDuration": 12 } } });
    assert_eq!(next(hourly.clone(), "2026-03-05T13:00:00Z").as_deref(), Some("2026-03-05T16:00:00Z"));
    assert_eq!(next(hourly, "2026-03-05T20:00:00Z").as_deref(), Some("2026-03-06T08:00:00Z"));
}

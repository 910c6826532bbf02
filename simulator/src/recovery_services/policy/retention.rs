//! The retention of a policy.

use serde_json::Value;

use super::check::Kind;
use super::schedule::{Frequency, Schedule, days, one_time};
use crate::wire::json as body_json;

const WEEKS: [&str; 5] = ["First", "Second", "Third", "Fourth", "Last"];
pub(in crate::recovery_services) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// For how many days, weeks, months or years something is kept at most (the validators of the Terraform provider).
fn longest(kind: Kind, unit: &str) -> u64 {
    match (kind, unit) {
        (Kind::Shares, "Days" | "Weeks") => 200,
        (Kind::Shares, "Months") => 120,
        (Kind::Shares, _) => 10,
        (Kind::Standard | Kind::Enhanced, _) | (Kind::Databases, "Days") => 9_999,
        (Kind::Databases, "Weeks") => 5_163,
        (Kind::Databases, "Months") => 1_188,
        (Kind::Databases, _) => 99,
    }
}

/// For how many of them at least.
fn shortest(kind: Kind, unit: &str) -> u64 {
    if kind == Kind::Databases && unit == "Days" { 7 } else { 1 }
}

/// For how long a policy keeps what was backed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kept {
    /// Days of a daily recovery point.
    pub(super) daily: Option<u64>,
    /// Whether anything is kept by the month or by the year.
    pub(super) is_long: bool,
}

/// Checks a long-term retention against the schedule.
pub(super) fn check(policy: &Value, schedule: &Schedule, kind: Kind) -> Result<Kept, String> {
    let found = body_json::text(policy, &["retentionPolicyType"]).unwrap_or_default();
    if found != "LongTermRetentionPolicy" {
        return Err(format!("retentionPolicyType '{found}' is not 'LongTermRetentionPolicy'"));
    }
    let section = |name: &str| body_json::member(policy, name);
    let units = [
        ("dailySchedule", "Days"),
        ("weeklySchedule", "Weeks"),
        ("monthlySchedule", "Months"),
        ("yearlySchedule", "Years"),
    ];
    let mut daily = None;
    for (name, unit) in units {
        let Some(section) = section(name) else { continue };
        let count = duration(section, unit, shortest(kind, unit), longest(kind, unit))
            .map_err(|problem| format!("{name}.{problem}"))?;
        times(section, schedule, kind).map_err(|problem| format!("{name}.{problem}"))?;
        if unit == "Days" {
            daily = Some(count);
        }
    }
    let weekly = schedule.frequency == Frequency::Weekly;
    match (weekly, section("dailySchedule"), section("weeklySchedule")) {
        (false, None, _) => return Err("dailySchedule is missing".to_owned()),
        (true, Some(_), _) => return Err("dailySchedule does not go with a weekly schedule".to_owned()),
        (true, None, None) => return Err("weeklySchedule is missing".to_owned()),
        _ => {}
    }
    if let Some(section) = section("weeklySchedule") {
        let kept = days(section, "daysOfTheWeek").map_err(|problem| format!("weeklySchedule.{problem}"))?;
        runs_on(schedule, &kept).map_err(|problem| format!("weeklySchedule.{problem}"))?;
    }
    for name in ["monthlySchedule", "yearlySchedule"] {
        if let Some(section) = section(name) {
            calendar(section, schedule, name == "yearlySchedule")
                .map_err(|problem| format!("{name}.{problem}"))?;
        }
    }
    let is_long = section("monthlySchedule").is_some() || section("yearlySchedule").is_some();
    Ok(Kept { daily, is_long })
}

fn duration(section: &Value, unit: &str, shortest: u64, longest: u64) -> Result<u64, String> {
    let found = body_json::text(section, &["retentionDuration", "durationType"]).unwrap_or_default();
    if found != unit {
        return Err(format!("retentionDuration.durationType is '{found}', but must be '{unit}'"));
    }
    let count = body_json::reach(section, &["retentionDuration", "count"]).and_then(Value::as_u64);
    count
        .filter(|count| (shortest..=longest).contains(count))
        .ok_or_else(|| format!("retentionDuration.count must lie between {shortest} and {longest}"))
}

/// The time of a standard policy is that of its schedule; examples of enhanced ones have another (official).
fn times(section: &Value, schedule: &Schedule, kind: Kind) -> Result<(), String> {
    if kind == Kind::Shares && schedule.frequency == Frequency::Hourly {
        // The service knows when the last backup of a day runs (official).
        return Ok(());
    }
    let time = one_time(section, "retentionTimes")?;
    match schedule.time {
        Some(run) if kind != Kind::Enhanced && run != time => {
            Err("retentionTimes is not the time at which backups run".to_owned())
        }
        _ => Ok(()),
    }
}

/// A weekly schedule has recovery points of its own days alone.
fn runs_on(schedule: &Schedule, kept: &[String]) -> Result<(), String> {
    if schedule.frequency != Frequency::Weekly {
        return Ok(());
    }
    match kept.iter().find(|day| !schedule.days.contains(day)) {
        Some(day) => Err(format!("daysOfTheWeek names {day}, on which no backup runs")),
        None => Ok(()),
    }
}

/// Which points are kept by the month or by the year: by days of the month, or by days of certain weeks.
fn calendar(section: &Value, schedule: &Schedule, yearly: bool) -> Result<(), String> {
    if yearly {
        words(section, &["monthsOfYear"], &MONTHS)?;
    }
    match body_json::text(section, &["retentionScheduleFormatType"]) {
        Some("Weekly") => {
            let weekly = body_json::member(section, "retentionScheduleWeekly");
            let weekly = weekly.ok_or("retentionScheduleWeekly is missing")?;
            runs_on(schedule, &days(weekly, "daysOfTheWeek")?)?;
            words(weekly, &["weeksOfTheMonth"], &WEEKS)
        }
        Some("Daily") if schedule.frequency == Frequency::Weekly => {
            Err("retentionScheduleFormatType Daily does not go with a weekly schedule".to_owned())
        }
        Some("Daily") => {
            let days = body_json::list(section, &["retentionScheduleDaily", "daysOfTheMonth"]);
            let fits = |day: &Value| {
                let date = body_json::member(day, "date").and_then(Value::as_u64).unwrap_or_default();
                let last = body_json::member(day, "isLast").and_then(Value::as_bool) == Some(true);
                last || (1..=28).contains(&date)
            };
            let all = !days.is_empty() && days.iter().all(fits);
            if all {
                Ok(())
            } else {
                Err("retentionScheduleDaily must name dates from 1 to 28, or the last".to_owned())
            }
        }
        other => Err(format!("retentionScheduleFormatType '{}' is unknown", other.unwrap_or_default())),
    }
}

fn words(section: &Value, path: &[&str], known: &[&str]) -> Result<(), String> {
    let list = body_json::list(section, path);
    let all =
        !list.is_empty() && list.iter().all(|word| word.as_str().is_some_and(|word| known.contains(&word)));
    if all { Ok(()) } else { Err(format!("{} must name some of {}", path.join("."), known.join(", "))) }
}

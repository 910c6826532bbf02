//! For how long the point of a scheduled backup is kept: the longest of the rules that it meets.

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use serde_json::Value;

use super::zone;
use crate::clock::days_after;
use crate::recovery_services::policy::MONTHS;
use crate::wire::json as body_json;

/// Days of a unit, as the service counts them.
const UNITS: [(&str, i64); 4] = [("Days", 1), ("Weeks", 7), ("Months", 30), ("Years", 365)];

/// For so long a point is kept that no rule speaks of.
const DEFAULT_DAYS: i64 = 30;

/// When a point that is taken at `now` expires.
pub(in crate::recovery_services) fn expiry(policy: &Value, now: Timestamp) -> Timestamp {
    let properties = body_json::member(policy, "properties").cloned().unwrap_or_default();
    let date = zone::offset(&properties).to_datetime(now).date();
    let days = rules(&properties).map_or(DEFAULT_DAYS, |rules| longest(rules, date));
    days_after(now, days)
}

/// The retention of what is in the vault, or of snapshots where nothing is.
fn rules(properties: &Value) -> Option<&Value> {
    body_json::member(properties, "retentionPolicy")
        .or_else(|| body_json::reach(properties, &["vaultRetentionPolicy", "vaultRetention"]))
}

fn longest(rules: &Value, date: Date) -> i64 {
    let sections = ["dailySchedule", "weeklySchedule", "monthlySchedule", "yearlySchedule"];
    let met = sections.into_iter().filter_map(|name| {
        let section = body_json::member(rules, name)?;
        let meets = match name {
            "dailySchedule" => true,
            "weeklySchedule" => days_of(section).contains(&date.weekday()),
            "monthlySchedule" => meets_month(section, date),
            _ => months_of(section).contains(&date.month()) && meets_month(section, date),
        };
        meets.then(|| days(section)).flatten()
    });
    met.max().unwrap_or(DEFAULT_DAYS)
}

fn days(section: &Value) -> Option<i64> {
    let duration = body_json::member(section, "retentionDuration")?;
    let unit = body_json::text(duration, &["durationType"])?;
    let (_, days) = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?;
    Some(body_json::member(duration, "count")?.as_i64()? * days)
}

/// Whether a day of its month is one of those that a monthly or yearly rule names.
fn meets_month(section: &Value, date: Date) -> bool {
    if let Some(weekly) = body_json::member(section, "retentionScheduleWeekly") {
        let week = match (date.day() - 1) / 7 {
            0 => "First",
            1 => "Second",
            2 => "Third",
            3 => "Fourth",
            _ => "Last",
        };
        let is_last = date.day() + 7 > date.days_in_month();
        let weeks = body_json::list(weekly, &["weeksOfTheMonth"]);
        let in_week =
            weeks.iter().filter_map(Value::as_str).any(|one| one == week || (one == "Last" && is_last));
        return in_week && days_of(weekly).contains(&date.weekday());
    }
    let days = body_json::list(section, &["retentionScheduleDaily", "daysOfTheMonth"]);
    days.iter().any(|day| {
        let number = body_json::member(day, "date").and_then(Value::as_i64);
        let last = body_json::member(day, "isLast").and_then(Value::as_bool) == Some(true);
        number == Some(i64::from(date.day())) || (last && date.day() == date.days_in_month())
    })
}

fn days_of(section: &Value) -> Vec<Weekday> {
    let days = body_json::list(section, &["daysOfTheWeek"]);
    days.iter().filter_map(|day| weekday(day.as_str()?)).collect()
}

fn months_of(section: &Value) -> Vec<i8> {
    let named = body_json::list(section, &["monthsOfYear"]).iter().filter_map(Value::as_str);
    let number = |month: &str| MONTHS.iter().position(|known| known.eq_ignore_ascii_case(month));
    named.filter_map(|month| i8::try_from(number(month)? + 1).ok()).collect()
}

/// A day of the week by its English name.
pub(super) fn weekday(name: &str) -> Option<Weekday> {
    const DAYS: [(&str, Weekday); 7] = [
        ("Monday", Weekday::Monday),
        ("Tuesday", Weekday::Tuesday),
        ("Wednesday", Weekday::Wednesday),
        ("Thursday", Weekday::Thursday),
        ("Friday", Weekday::Friday),
        ("Saturday", Weekday::Saturday),
        ("Sunday", Weekday::Sunday),
    ];
    DAYS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, day)| *day)
}

#[test]
fn the_longest_rule_that_a_day_meets_counts() {
    use serde_json::json;
    let duration = |count: i64, unit: &str| json!({ "count": count, "durationType": unit });
    let policy = json!({ "properties": { "retentionPolicy": {
        "dailySchedule": { "retentionDuration": duration(30, "Days") },
        "weeklySchedule": { "daysOfTheWeek": ["Sunday"], "retentionDuration": duration(12, "Weeks") },
        "yearlySchedule": { "monthsOfYear": ["January"], "retentionDuration": duration(10, "Years"),
            "retentionScheduleWeekly": { "daysOfTheWeek": ["Sunday"], "weeksOfTheMonth": ["First"] } },
    } } });
    let kept = |now: &str| {
        let now: Timestamp = now.parse().unwrap();
        expiry(&policy, now).duration_since(now).as_hours() / 24
    };
    assert_eq!(kept("2026-03-05T22:00:00Z"), 30);
    assert_eq!(kept("2026-03-08T22:00:00Z"), 84);
    assert_eq!(kept("2026-01-04T22:00:00Z"), 3650);
}

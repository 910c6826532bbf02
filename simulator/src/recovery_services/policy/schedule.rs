//! The schedule of a policy.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::check::Kind;
use crate::wire::json as body_json;

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// How often backups run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frequency {
    Hourly,
    Daily,
    Weekly,
}

/// When backups run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Schedule {
    pub(super) frequency: Frequency,
    /// The days of a weekly schedule.
    pub(super) days: Vec<String>,
    /// The one time of the day, as hour and minute; none of an hourly schedule.
    pub(super) time: Option<(i8, i8)>,
}

/// Reads the schedule of a policy of this kind.
pub(super) fn read(properties: &Value, kind: Kind) -> Result<Schedule, String> {
    let policy = body_json::member(properties, "schedulePolicy").ok_or("schedulePolicy is missing")?;
    let wanted = match kind {
        Kind::Standard | Kind::Shares | Kind::Databases => "SimpleSchedulePolicy",
        Kind::Enhanced => "SimpleSchedulePolicyV2",
    };
    let found = body_json::text(policy, &["schedulePolicyType"]).unwrap_or_default();
    if found != wanted {
        return Err(format!("schedulePolicy.schedulePolicyType is '{found}', but must be '{wanted}'"));
    }
    let frequency = body_json::text(policy, &["scheduleRunFrequency"]).unwrap_or_default();
    let section = |name: &str| match kind {
        Kind::Standard | Kind::Shares | Kind::Databases if name != "hourlySchedule" => Ok(policy),
        _ => body_json::member(policy, name).ok_or_else(|| format!("schedulePolicy.{name} is missing")),
    };
    match (frequency, kind) {
        ("Hourly", Kind::Enhanced | Kind::Shares) => hourly(section("hourlySchedule")?),
        ("Daily", _) => {
            let time = one_time(section("dailySchedule")?, "scheduleRunTimes")?;
            Ok(Schedule { frequency: Frequency::Daily, days: Vec::new(), time: Some(time) })
        }
        ("Weekly", Kind::Standard | Kind::Enhanced | Kind::Databases) => {
            let section = section("weeklySchedule")?;
            let days = days(section, "scheduleRunDays")?;
            let time = one_time(section, "scheduleRunTimes")?;
            Ok(Schedule { frequency: Frequency::Weekly, days, time: Some(time) })
        }
        (other, _) => {
            Err(format!("schedulePolicy.scheduleRunFrequency '{other}' is not known of this policyType"))
        }
    }
}

/// The section of a schedule that runs by the hour. Others may carry one, which nobody has checked.
pub(in crate::recovery_services) fn hourly_section(schedule: &Value) -> Option<&Value> {
    let by_hour = body_json::text(schedule, &["scheduleRunFrequency"]) == Some("Hourly");
    body_json::member(schedule, "hourlySchedule").filter(|_| by_hour)
}

fn hourly(section: &Value) -> Result<Schedule, String> {
    let number = |name: &str| body_json::member(section, name).and_then(Value::as_u64).unwrap_or_default();
    let (interval, window) = (number("interval"), number("scheduleWindowDuration"));
    if ![4, 6, 8, 12].contains(&interval) {
        return Err(format!("hourlySchedule.interval is {interval}, but must be 4, 6, 8 or 12"));
    }
    if !(4..=24).contains(&window) || window < interval {
        return Err(format!(
            "hourlySchedule.scheduleWindowDuration is {window}, but must lie between {interval} and 24"
        ));
    }
    let start = body_json::text(section, &["scheduleWindowStartTime"]).unwrap_or_default();
    time_of_day(start)?;
    Ok(Schedule { frequency: Frequency::Hourly, days: Vec::new(), time: None })
}

/// The weekdays in the list `name`, of which there must be one.
pub(super) fn days(section: &Value, name: &str) -> Result<Vec<String>, String> {
    let list = body_json::list(section, &[name]);
    let known = |day: &Value| day.as_str().filter(|day| DAYS.contains(day)).map(str::to_owned);
    let days: Option<Vec<String>> = list.iter().map(known).collect();
    days.filter(|days| !days.is_empty()).ok_or_else(|| format!("{name} must name days of the week"))
}

/// The one time in the list `name`, as hour and minute.
pub(super) fn one_time(section: &Value, name: &str) -> Result<(i8, i8), String> {
    match body_json::list(section, &[name]) {
        [only] => time_of_day(only.as_str().unwrap_or_default()),
        times => Err(format!("{name} must hold one time, but holds {}", times.len())),
    }
}

/// Hour and minute of an instant on the hour or on the half.
fn time_of_day(text: &str) -> Result<(i8, i8), String> {
    let instant: Timestamp = text.parse().map_err(|_| format!("'{text}' is not an instant"))?;
    let time = instant.to_zoned(TimeZone::UTC);
    if time.minute() % 30 != 0 || time.second() != 0 || time.subsec_nanosecond() != 0 {
        return Err(format!("'{text}' is neither on the hour nor on the half"));
    }
    Ok((time.hour(), time.minute()))
}

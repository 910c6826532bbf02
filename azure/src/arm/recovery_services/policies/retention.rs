//! `LongTermRetentionPolicy`: how long recovery points are kept, class by class.

use holdfast_protection::policy::{DaysOfMonth, Kept, Monthly, Weekly, Yearly};
use holdfast_protection::schedule::Period;
use serde::Deserialize;
use serde_json::{Value, json};

use super::calendar::{DAYS, MONTHS, WEEKS, values, words};
use crate::arm::wire::or_default;

/// Written with the time at which backups are taken, which is the only one that Azure accepts.
pub(super) fn written(kept: &Kept, time: Option<String>) -> Value {
    let times = time.map(|time| [time]);
    let class = |count: u32, unit: &str| json!({ "retentionTimes": times, "retentionDuration": { "count": count, "durationType": unit } });
    let mut policy = json!({ "retentionPolicyType": "LongTermRetentionPolicy" });
    let mut add = |name: &str, mut section: Value, more: Value| {
        if let (Value::Object(section), Value::Object(more)) = (&mut section, more) {
            section.extend(more);
        }
        if let Some(policy) = policy.as_object_mut() {
            policy.insert(name.to_owned(), section);
        }
    };
    if let Some(days) = kept.daily {
        add("dailySchedule", class(days, "Days"), json!({}));
    }
    if let Some(Weekly { weeks, on }) = &kept.weekly {
        add("weeklySchedule", class(*weeks, "Weeks"), json!({ "daysOfTheWeek": words(&DAYS, on) }));
    }
    if let Some(Monthly { months, on }) = &kept.monthly {
        add("monthlySchedule", class(*months, "Months"), days(on));
    }
    if let Some(Yearly { years, months, on }) = &kept.yearly {
        let mut section = days(on);
        if let Some(section) = section.as_object_mut() {
            section.insert("monthsOfYear".to_owned(), json!(words(&MONTHS, months)));
        }
        add("yearlySchedule", class(*years, "Years"), section);
    }
    policy
}

fn days(on: &DaysOfMonth) -> Value {
    match on {
        DaysOfMonth::Weekdays { weeks, days } => json!({
            "retentionScheduleFormatType": "Weekly",
            "retentionScheduleWeekly": { "daysOfTheWeek": words(&DAYS, days), "weeksOfTheMonth": words(&WEEKS, weeks) },
        }),
        DaysOfMonth::Dates { dates, last } => {
            let dates = dates.iter().map(|date| json!({ "date": date, "isLast": false }));
            let last = last.then(|| json!({ "date": 0, "isLast": true }));
            json!({
                "retentionScheduleFormatType": "Daily",
                "retentionScheduleDaily": { "daysOfTheMonth": dates.chain(last).collect::<Vec<Value>>() },
            })
        }
    }
}

/// Azure's word for the unit of a period.
pub(super) fn unit(period: Period) -> &'static str {
    match period.to_string().chars().last() {
        Some('W') => "Weeks",
        Some('M') => "Months",
        Some('Y') => "Years",
        _ => "Days",
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RetentionWire {
    retention_policy_type: String,
    daily_schedule: Option<ClassWire>,
    weekly_schedule: Option<ClassWire>,
    monthly_schedule: Option<ClassWire>,
    yearly_schedule: Option<ClassWire>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClassWire {
    retention_duration: DurationWire,
    #[serde(default, deserialize_with = "or_default")]
    days_of_the_week: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    months_of_year: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    retention_schedule_format_type: String,
    #[serde(default)]
    retention_schedule_daily: Option<DatesWire>,
    #[serde(default)]
    retention_schedule_weekly: Option<WeekdaysWire>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DurationWire {
    count: u32,
    duration_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DatesWire {
    #[serde(default, deserialize_with = "or_default")]
    days_of_the_month: Vec<DateWire>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DateWire {
    #[serde(default, deserialize_with = "or_default")]
    date: u8,
    #[serde(default, deserialize_with = "or_default")]
    is_last: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WeekdaysWire {
    #[serde(default, deserialize_with = "or_default")]
    days_of_the_week: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    weeks_of_the_month: Vec<String>,
}

impl RetentionWire {
    /// What is kept; what of it is not understood.
    pub(super) fn kept(self) -> Result<Kept, String> {
        if !self.retention_policy_type.eq_ignore_ascii_case("LongTermRetentionPolicy") {
            return Err(format!("retention of the kind `{}`", self.retention_policy_type));
        }
        let daily = self.daily_schedule.map(|class| class.count("Days")).transpose()?;
        let weekly = self.weekly_schedule.map(|class| {
            let mut on = values(&DAYS, &class.days_of_the_week)?;
            on.sort_unstable();
            on.dedup();
            Ok::<_, String>(Weekly { weeks: class.count("Weeks")?, on })
        });
        let monthly = self
            .monthly_schedule
            .map(|class| Ok::<_, String>(Monthly { months: class.count("Months")?, on: class.days()? }));
        let yearly = self.yearly_schedule.map(|class| {
            let mut months = values(&MONTHS, &class.months_of_year)?;
            months.sort_unstable();
            months.dedup();
            Ok::<_, String>(Yearly { years: class.count("Years")?, months, on: class.days()? })
        });
        Ok(Kept {
            daily,
            weekly: weekly.transpose()?,
            monthly: monthly.transpose()?,
            yearly: yearly.transpose()?,
        })
    }
}

impl ClassWire {
    fn count(&self, unit: &str) -> Result<u32, String> {
        let DurationWire { count, duration_type } = &self.retention_duration;
        if duration_type.eq_ignore_ascii_case(unit) {
            return Ok(*count);
        }
        Err(format!("a retention in {duration_type} where {unit} are usual"))
    }

    fn days(&self) -> Result<DaysOfMonth, String> {
        match (&self.retention_schedule_weekly, &self.retention_schedule_daily) {
            (Some(weekly), _) if self.retention_schedule_format_type.eq_ignore_ascii_case("Weekly") => {
                let days = values(&DAYS, &weekly.days_of_the_week)?;
                Ok(DaysOfMonth::weekdays(values(&WEEKS, &weekly.weeks_of_the_month)?, days))
            }
            (_, Some(daily)) if self.retention_schedule_format_type.eq_ignore_ascii_case("Daily") => {
                let days = &daily.days_of_the_month;
                let dates = days.iter().filter(|day| !day.is_last).map(|day| day.date).collect();
                Ok(DaysOfMonth::dates(dates, days.iter().any(|day| day.is_last)))
            }
            _ => Err(format!("retention by `{}`", self.retention_schedule_format_type)),
        }
    }
}

impl DurationWire {
    /// The period, in whatever unit.
    pub(super) fn period(&self) -> Result<Period, String> {
        let of = match self.duration_type.to_ascii_lowercase().as_str() {
            "days" => Period::days,
            "weeks" => Period::weeks,
            "months" => Period::months,
            "years" => Period::years,
            _ => return Err(format!("a duration in {}", self.duration_type)),
        };
        Ok(of(self.count))
    }

    /// About how many days, in whatever unit.
    pub(super) fn days(&self) -> Result<u32, String> {
        self.period().map(Period::nominal_days)
    }

    /// A duration that is written in two fields of something else.
    pub(super) fn new(count: u32, duration_type: String) -> Self {
        Self { count, duration_type }
    }
}

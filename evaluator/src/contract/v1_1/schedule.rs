//! When a rule wants backups to be taken.

use holdfast_rule_set::{LogBackup, PartialBackup, PartialKind, Schedule, Weekday};
use wasmtime::component::{ComponentType, Lift};

#[derive(ComponentType, Lift, Clone, Copy)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "made by the derived lifting alone")]
pub(crate) enum WeekdayAnswer {
    #[component(name = "monday")]
    Monday,
    #[component(name = "tuesday")]
    Tuesday,
    #[component(name = "wednesday")]
    Wednesday,
    #[component(name = "thursday")]
    Thursday,
    #[component(name = "friday")]
    Friday,
    #[component(name = "saturday")]
    Saturday,
    #[component(name = "sunday")]
    Sunday,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct ScheduleAnswer {
    every: String,
    at: Option<String>,
    days: Vec<WeekdayAnswer>,
    #[component(name = "window-hours")]
    window_hours: Option<u32>,
    #[component(name = "time-zone")]
    time_zone: Option<String>,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct LogBackupAnswer {
    #[component(name = "every-minutes")]
    every_minutes: Option<u32>,
    #[component(name = "keep-days")]
    keep_days: Option<u32>,
}

#[derive(ComponentType, Lift, Clone, Copy)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "made by the derived lifting alone")]
pub(crate) enum PartialKindAnswer {
    #[component(name = "differential")]
    Differential,
    #[component(name = "incremental")]
    Incremental,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct PartialBackupAnswer {
    kind: PartialKindAnswer,
    days: Vec<WeekdayAnswer>,
    #[component(name = "keep-days")]
    keep_days: Option<u32>,
}

impl From<ScheduleAnswer> for Schedule {
    fn from(answer: ScheduleAnswer) -> Self {
        let ScheduleAnswer { every, at, days, window_hours, time_zone } = answer;
        Self { every, at, days: weekdays(days), window_hours, time_zone }
    }
}

fn weekdays(days: Vec<WeekdayAnswer>) -> Vec<Weekday> {
    days.into_iter().map(Weekday::from).collect()
}

impl From<LogBackupAnswer> for LogBackup {
    fn from(answer: LogBackupAnswer) -> Self {
        Self { every_minutes: answer.every_minutes, keep_days: answer.keep_days }
    }
}

impl From<PartialBackupAnswer> for PartialBackup {
    fn from(answer: PartialBackupAnswer) -> Self {
        Self { kind: answer.kind.into(), days: weekdays(answer.days), keep_days: answer.keep_days }
    }
}

impl From<WeekdayAnswer> for Weekday {
    fn from(answer: WeekdayAnswer) -> Self {
        match answer {
            WeekdayAnswer::Monday => Self::Monday,
            WeekdayAnswer::Tuesday => Self::Tuesday,
            WeekdayAnswer::Wednesday => Self::Wednesday,
            WeekdayAnswer::Thursday => Self::Thursday,
            WeekdayAnswer::Friday => Self::Friday,
            WeekdayAnswer::Saturday => Self::Saturday,
            WeekdayAnswer::Sunday => Self::Sunday,
        }
    }
}

impl From<PartialKindAnswer> for PartialKind {
    fn from(answer: PartialKindAnswer) -> Self {
        match answer {
            PartialKindAnswer::Differential => Self::Differential,
            PartialKindAnswer::Incremental => Self::Incremental,
        }
    }
}

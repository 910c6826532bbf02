//! When a policy of a Recovery Services vault takes backups.

use holdfast_evaluator::{Schedule as Desired, Weekday};
use serde::{Deserialize, Serialize};

use super::rules::{AT_NIGHT, schedule_bound};
use super::zone::TimeZone;
use crate::impossible::Impossible;
use crate::schedule::{Frequency, TimeOfDay};
use crate::workload::Manifest;

/// When backups are taken, in the policy's time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Runs {
    /// Several times a day.
    Hourly {
        /// Hours from one to the next.
        every: u32,
        /// The first of the day.
        at: TimeOfDay,
        /// Hours from the first to the end of the day's backups; 24 if they go round the clock.
        window: u32,
    },
    /// Once a day.
    Daily {
        /// When.
        at: TimeOfDay,
    },
    /// On some days of the week.
    Weekly {
        /// When.
        at: TimeOfDay,
        /// In order, each once.
        days: Vec<Weekday>,
    },
}

/// Which parts of [`Runs`] a decision states.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatedRuns {
    /// The time of day, or its zone.
    pub at: bool,
    /// The days of the week.
    pub days: bool,
}

impl Runs {
    /// Backups by the hour. Windows that hold the same backups are the same.
    pub fn hourly(every: u32, at: TimeOfDay, window: u32) -> Self {
        let every = every.clamp(1, 24);
        let runs = (window / every + 1).min(24 / every);
        let window = if runs * every >= 24 { 24 } else { (runs - 1) * every };
        Self::Hourly { every, at, window }
    }

    /// Backups on some days of the week.
    pub fn weekly(at: TimeOfDay, mut days: Vec<Weekday>) -> Self {
        days.sort_unstable();
        days.dedup();
        Self::Weekly { at, days }
    }

    /// How often.
    pub fn every(&self) -> Frequency {
        match self {
            Self::Hourly { every, .. } => Frequency::Hours(*every),
            Self::Daily { .. } => Frequency::Day,
            Self::Weekly { .. } => Frequency::Week,
        }
    }

    /// The first of the day.
    pub fn at(&self) -> TimeOfDay {
        match self {
            Self::Hourly { at, .. } | Self::Daily { at } | Self::Weekly { at, .. } => *at,
        }
    }

    /// Backups on a day that has any.
    pub fn a_day(&self) -> u32 {
        match self {
            Self::Hourly { every, window: 24, .. } => 24 / every,
            Self::Hourly { every, window, .. } => window / every + 1,
            Self::Daily { .. } | Self::Weekly { .. } => 1,
        }
    }

    /// What a decision says of the schedule, and which parts of it it states.
    pub(super) fn decided(
        manifest: &Manifest,
        desired: Option<&Desired>,
    ) -> Result<(Self, TimeZone, StatedRuns), Impossible> {
        let Some(desired) = desired else {
            return Ok((Self::Daily { at: AT_NIGHT }, TimeZone::default(), StatedRuns::default()));
        };
        let every = Frequency::try_from(desired.every.clone())
            .map_err(|problem| schedule_bound(manifest, problem))?;
        let zone = TimeZone::decided(desired.time_zone.as_deref())?;
        let at = decided_time(desired.at.as_deref())?;
        let runs = match every {
            Frequency::Hours(hours) => {
                let window = desired.window_hours.unwrap_or(24);
                check_window(hours, window)?;
                Self::hourly(hours, at, window)
            }
            Frequency::Day => Self::Daily { at },
            Frequency::Week if desired.days.is_empty() => Self::weekly(at, vec![Weekday::Sunday]),
            Frequency::Week => Self::weekly(at, desired.days.clone()),
        };
        check_period(manifest, every)?;
        let stated = StatedRuns {
            at: desired.at.is_some() || desired.time_zone.is_some(),
            days: !desired.days.is_empty(),
        };
        Ok((runs, zone, stated))
    }

    /// Whether other runs give what is wished here.
    pub(super) fn are_met_by(&self, found: &Self, stated: StatedRuns) -> bool {
        let days = match (self, found) {
            (Self::Hourly { window: one, .. }, Self::Hourly { window: other, .. }) => one == other,
            (Self::Weekly { days: one, .. }, Self::Weekly { days: other, .. }) => {
                if stated.days {
                    one == other
                } else {
                    one.len() == other.len()
                }
            }
            (Self::Daily { .. }, Self::Daily { .. }) => true,
            (Self::Hourly { .. } | Self::Weekly { .. } | Self::Daily { .. }, _) => false,
        };
        days && self.every() == found.every() && (!stated.at || self.begin_alike(found))
    }

    fn begin_alike(&self, found: &Self) -> bool {
        match self {
            // Round the clock, any of its times may be called the first.
            Self::Hourly { window: 24, .. } => self.at().agrees_with(found.at(), self.every()),
            Self::Hourly { .. } | Self::Daily { .. } | Self::Weekly { .. } => self.at() == found.at(),
        }
    }
}

fn check_period(manifest: &Manifest, every: Frequency) -> Result<(), Impossible> {
    let cadences = manifest.stores.iter().filter_map(|bounds| bounds.cadence.as_ref());
    if cadences.flat_map(|cadence| cadence.periods).any(|known| *known == every) {
        return Ok(());
    }
    Err(schedule_bound(manifest, format!("a {} cannot be backed up every {every}", manifest.noun)))
}

/// Azure starts backups on the hour or on the half.
fn decided_time(text: Option<&str>) -> Result<TimeOfDay, Impossible> {
    let Some(text) = text else { return Ok(AT_NIGHT) };
    let bound =
        |problem| Impossible::new("ScheduleBound", problem, "let the rules state `at` as hh:00 or hh:30");
    let at = TimeOfDay::try_from(text.to_owned()).map_err(bound)?;
    if at.is_on_the_half_hour() {
        return Ok(at);
    }
    Err(bound(format!("Azure starts no backup at {at}: it starts them on the hour or on the half hour")))
}

fn check_window(every: u32, window: u32) -> Result<(), Impossible> {
    let least = every.max(4);
    if (least..=24).contains(&window) {
        return Ok(());
    }
    Err(Impossible::new(
        "ScheduleBound",
        format!("backups every {every} hours cannot be taken in a window of {window} hours"),
        format!("let the rules state `window-hours` from {least} to 24, or leave it out"),
    ))
}

//! When scheduled backups are taken.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How often scheduled backups are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Frequency {
    /// Every so many hours.
    Hours(u32),
    /// Every day.
    Day,
    /// Every week.
    Week,
}

impl Frequency {
    /// Hours from one backup to the next.
    pub fn hours(self) -> u32 {
        match self {
            Self::Hours(hours) => hours,
            Self::Day => 24,
            Self::Week => 24 * 7,
        }
    }

    /// Backups a day, a week counting as one.
    pub fn times_a_day(self) -> u32 {
        match self {
            Self::Hours(hours) => 24 / hours.clamp(1, 24),
            Self::Day | Self::Week => 1,
        }
    }

    /// Backups in so many days, the last one included.
    pub fn times_in(self, days: u32) -> u32 {
        match self {
            Self::Hours(_) | Self::Day => days.saturating_mul(self.times_a_day()),
            Self::Week => days.div_ceil(7),
        }
    }
}

impl TryFrom<String> for Frequency {
    type Error = String;

    /// Reads an ISO 8601 period of one unit: `PT4H`, `P1D`, `P1W`.
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let upper = text.to_ascii_uppercase();
        let hours =
            upper.strip_prefix("PT").and_then(|rest| rest.strip_suffix('H')).and_then(|n| n.parse().ok());
        match (upper.as_str(), hours) {
            ("P1D" | "PT24H", _) => Ok(Self::Day),
            ("P1W" | "P7D", _) => Ok(Self::Week),
            (_, Some(hours)) if hours > 0 => Ok(Self::Hours(hours)),
            _ => Err(format!("`{text}` is not a backup period; expected one such as PT4H, P1D or P1W")),
        }
    }
}

impl From<Frequency> for String {
    fn from(every: Frequency) -> Self {
        every.to_string()
    }
}

impl fmt::Display for Frequency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hours(hours) => write!(f, "PT{hours}H"),
            Self::Day => f.write_str("P1D"),
            Self::Week => f.write_str("P1W"),
        }
    }
}

/// A time of day in UTC, `hh:mm`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay {
    minutes: u32,
}

impl TimeOfDay {
    /// A full hour; hours above 23 begin again at 0.
    pub const fn hour(hour: u32) -> Self {
        Self { minutes: hour % 24 * 60 }
    }

    /// From minutes since midnight; a day and more begins again at 0.
    pub fn from_minutes(minutes: u32) -> Self {
        Self { minutes: minutes % (24 * 60) }
    }

    /// Whether it is a full hour or half past one.
    pub fn is_on_the_half_hour(self) -> bool {
        self.minutes.is_multiple_of(30)
    }

    /// Whether backups every so often, begun at either time, are taken at the same times of day.
    pub fn agrees_with(self, other: Self, every: Frequency) -> bool {
        let cycle = match every {
            Frequency::Hours(hours) => hours.clamp(1, 24) * 60,
            Frequency::Day | Frequency::Week => 24 * 60,
        };
        self.minutes % cycle == other.minutes % cycle
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let number = |text: &str, below: u32| {
            let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|number: &u32| digits && *number < below)
        };
        let parts = text.split_once(':');
        let minutes = parts.and_then(|(hour, minute)| Some(number(hour, 24)? * 60 + number(minute, 60)?));
        minutes.map(|minutes| Self { minutes }).ok_or_else(|| format!("`{text}` is not a time of day"))
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

/// When scheduled backups are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// How often.
    pub every: Frequency,
    /// First time of day.
    pub at: TimeOfDay,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_are_exact() {
        let read = |text: &str| TimeOfDay::try_from(text.to_owned()).map(|time| time.to_string());
        assert_eq!(read("02:30").as_deref(), Ok("02:30"));
        for wrong in ["2:30", "24:00", "12:60", "12", "", "12:3x", "+1:00"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_four_hours_from_one_is_every_four_hours_from_five() {
        let agree = |one, other, every| TimeOfDay::hour(one).agrees_with(TimeOfDay::hour(other), every);
        assert!(agree(1, 13, Frequency::Hours(4)));
        assert!(!agree(1, 14, Frequency::Hours(4)));
        assert!(!agree(1, 13, Frequency::Day));
    }
}

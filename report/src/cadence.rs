//! When a digest is due: each day, or each Monday, from an hour on.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// How often a digest is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cadence {
    /// Every day.
    Daily,
    /// Every Monday.
    Weekly,
}

impl Cadence {
    /// The day whose digest is due now, unless it was told before: the hour is in UTC.
    ///
    /// A time that was missed is made up for; of several, the last one counts.
    pub fn due(self, hour: i8, told: Option<Date>, now: Timestamp) -> Option<Date> {
        let now = now.to_zoned(TimeZone::UTC).datetime();
        let began = if now.hour() >= hour { now.date() } else { now.date().checked_sub(1.day()).ok()? };
        let day = match self {
            Self::Daily => began,
            Self::Weekly => {
                let since_monday = began.weekday().since(Weekday::Monday);
                began.checked_sub(i32::from(since_monday).days()).ok()?
            }
        };
        told.is_none_or(|told| told < day).then_some(day)
    }

    /// The word in settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
        }
    }
}

impl fmt::Display for Cadence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Cadence {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Daily, Self::Weekly]
            .into_iter()
            .find(|one| one.as_str() == text)
            .ok_or("neither `daily` nor `weekly`")
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn due(cadence: Cadence, told: Option<Date>, now: &str) -> Option<Date> {
        cadence.due(6, told, now.parse().unwrap())
    }

    #[test]
    fn a_day_is_due_from_its_hour_on_and_once() {
        // 29 November 2026 is a Sunday.
        let (saturday, sunday) = (date(2026, 11, 28), date(2026, 11, 29));
        assert_eq!(due(Cadence::Daily, Some(saturday), "2026-11-29T05:59:00Z"), None);
        assert_eq!(due(Cadence::Daily, Some(saturday), "2026-11-29T06:00:00Z"), Some(sunday));
        assert_eq!(due(Cadence::Daily, Some(sunday), "2026-11-29T23:00:00Z"), None);
        assert_eq!(due(Cadence::Daily, None, "2026-11-29T05:00:00Z"), Some(saturday));
    }

    #[test]
    fn a_week_is_due_on_its_monday_and_made_up_for_later() {
        let (last, next) = (date(2026, 11, 23), date(2026, 11, 30));
        assert_eq!(due(Cadence::Weekly, Some(last), "2026-11-30T05:00:00Z"), None);
        assert_eq!(due(Cadence::Weekly, Some(last), "2026-11-30T06:00:00Z"), Some(next));
        assert_eq!(due(Cadence::Weekly, Some(last), "2026-12-03T01:00:00Z"), Some(next));
        assert_eq!(due(Cadence::Weekly, Some(next), "2026-12-06T23:00:00Z"), None);
    }

    #[test]
    fn a_cadence_is_read_as_it_is_written() {
        for cadence in [Cadence::Daily, Cadence::Weekly] {
            assert_eq!(cadence.to_string().parse(), Ok(cadence));
        }
        assert!("hourly".parse::<Cadence>().is_err());
    }
}

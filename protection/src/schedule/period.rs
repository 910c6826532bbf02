//! How long recovery points are kept.

use std::fmt;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

/// An ISO 8601 duration of one unit: `P7D`, `P12W`, `P3M`, `P10Y`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period {
    count: u32,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Day,
    Week,
    Month,
    Year,
}

impl Period {
    /// So many days.
    pub const fn days(count: u32) -> Self {
        Self { count, unit: Unit::Day }
    }

    /// So many weeks.
    pub const fn weeks(count: u32) -> Self {
        Self { count, unit: Unit::Week }
    }

    /// So many months.
    pub const fn months(count: u32) -> Self {
        Self { count, unit: Unit::Month }
    }

    /// So many years.
    pub const fn years(count: u32) -> Self {
        Self { count, unit: Unit::Year }
    }

    /// How many of its unit.
    pub fn count(self) -> u32 {
        self.count
    }

    /// Days as the support matrices count them: a month has 30, a year 365.
    pub fn nominal_days(self) -> u32 {
        let length = match self.unit {
            Unit::Day => 1,
            Unit::Week => 7,
            Unit::Month => 30,
            Unit::Year => 365,
        };
        self.count.saturating_mul(length)
    }

    /// The fewest and the most days that it may last, by where in the calendar it begins; never too narrow.
    pub fn real_days(self) -> RangeInclusive<u32> {
        let nominal = self.nominal_days();
        match self.unit {
            Unit::Day | Unit::Week => nominal..=nominal,
            Unit::Month => {
                let least = (self.count.saturating_mul(365) / 12).saturating_sub(2);
                least..=self.count.saturating_mul(366).div_ceil(12).saturating_add(1)
            }
            Unit::Year => nominal..=self.count.saturating_mul(366),
        }
    }

    /// Weeks as days and years as months: what is the same in every calendar.
    fn normal(self) -> (bool, u32) {
        match self.unit {
            Unit::Day => (false, self.count),
            Unit::Week => (false, self.count.saturating_mul(7)),
            Unit::Month => (true, self.count),
            Unit::Year => (true, self.count.saturating_mul(12)),
        }
    }
}

impl PartialEq for Period {
    fn eq(&self, other: &Self) -> bool {
        self.normal() == other.normal()
    }
}

impl Eq for Period {}

impl TryFrom<String> for Period {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let upper = text.to_ascii_uppercase();
        let unit = match upper.chars().last() {
            Some('D') => Some(Unit::Day),
            Some('W') => Some(Unit::Week),
            Some('M') => Some(Unit::Month),
            Some('Y') => Some(Unit::Year),
            _ => None,
        };
        let digits = upper.strip_prefix('P').and_then(|rest| rest.get(..rest.len().saturating_sub(1)));
        let count = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        match (unit, count.and_then(|digits| digits.parse().ok())) {
            (Some(unit), Some(count)) => Ok(Self { count, unit }),
            _ => Err(format!("`{text}` is not a period; expected one such as P7D, P12W, P3M or P10Y")),
        }
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Day => 'D',
            Unit::Week => 'W',
            Unit::Month => 'M',
            Unit::Year => 'Y',
        };
        write!(f, "P{}{unit}", self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(text: &str) -> Result<Period, String> {
        Period::try_from(text.to_owned())
    }

    #[test]
    fn two_weeks_are_fourteen_days_but_three_months_are_not_ninety() {
        assert_eq!(period("P2W"), period("P14D"));
        assert_eq!(period("P1Y"), period("P12M"));
        assert_ne!(period("P3M"), period("P90D"));
        assert_eq!(period("P3M").unwrap().nominal_days(), 90);
    }

    #[test]
    fn a_period_lasts_as_long_as_the_calendar_says() {
        let lasts = |text, days: u32| period(text).unwrap().real_days().contains(&days);
        assert!(lasts("P1M", 28) && lasts("P1M", 31) && lasts("P3M", 89) && lasts("P3M", 92));
        assert!(lasts("P1Y", 366) && !lasts("P1Y", 364));
    }

    #[test]
    fn what_is_no_period_is_refused() {
        for wrong in ["", "P", "PD", "7D", "P1Y6M", "PT4H", "P-1D", "P7", "P99999999999D", "Pé"] {
            assert!(period(wrong).is_err(), "{wrong}");
        }
    }
}

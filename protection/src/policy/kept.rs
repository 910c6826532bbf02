//! How long a policy of a Recovery Services vault keeps recovery points.

mod calendar;
mod decided;

use holdfast_evaluator::Weekday;
use serde::{Deserialize, Serialize};

pub use calendar::{DaysOfMonth, Month, WeekOfMonth};
pub(super) use decided::{DesiredKept, LongestKept};

/// Recovery points that are kept, class by class: Azure's `LongTermRetentionPolicy`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// Days of the daily ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily: Option<u32>,
    /// The weekly ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekly: Option<Weekly>,
    /// The monthly ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monthly: Option<Monthly>,
    /// The yearly ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yearly: Option<Yearly>,
}

/// Recovery points of some days of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Weekly {
    /// How long.
    pub weeks: u32,
    /// Of which days, in order, each once.
    pub on: Vec<Weekday>,
}

/// Recovery points of some days of the month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Monthly {
    /// How long.
    pub months: u32,
    /// Of which days.
    pub on: DaysOfMonth,
}

/// Recovery points of some days of some months.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Yearly {
    /// How long.
    pub years: u32,
    /// Of which months, in order, each once.
    pub months: Vec<Month>,
    /// Of which days.
    pub on: DaysOfMonth,
}

impl Kept {
    /// Days of all classes together, as the support matrices count them.
    pub fn days(&self) -> u32 {
        let [daily, weekly, monthly, yearly] = self.counts();
        let classes = [(daily, 1), (weekly, 7), (monthly, 30), (yearly, 365)];
        let days = classes.map(|(count, days)| count.unwrap_or_default().saturating_mul(days));
        days.into_iter().fold(0, u32::saturating_add)
    }

    /// How many days, weeks, months and years.
    pub fn counts(&self) -> [Option<u32>; 4] {
        [
            self.daily,
            self.weekly.as_ref().map(|weekly| weekly.weeks),
            self.monthly.as_ref().map(|monthly| monthly.months),
            self.yearly.as_ref().map(|yearly| yearly.years),
        ]
    }

    /// Whether anything is kept by the month or by the year.
    pub fn is_long(&self) -> bool {
        self.monthly.is_some() || self.yearly.is_some()
    }

    /// What is kept for a shorter time than before, in words.
    pub fn shorter_than(&self, before: &Self) -> Option<String> {
        let classes =
            ["days", "weeks", "months", "years"].into_iter().zip(self.counts()).zip(before.counts());
        classes.filter_map(|((unit, new), old)| Some((unit, new.unwrap_or_default(), old?))).find_map(
            |(unit, new, old)| {
                (new < old).then(|| format!("recovery points are kept for {new} {unit}, not for {old}"))
            },
        )
    }
}

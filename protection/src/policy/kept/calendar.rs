//! Days of the month and months of the year, in Azure's words.

use holdfast_evaluator::Weekday;
use serde::{Deserialize, Serialize};

/// Days of a month, in one of Azure's two forms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DaysOfMonth {
    /// By date.
    Dates {
        /// From 1 to 31, in order, each once.
        dates: Vec<u8>,
        /// Whether its last day is one of them.
        last: bool,
    },
    /// Some days of some of its weeks.
    Weekdays {
        /// In order, each once.
        weeks: Vec<WeekOfMonth>,
        /// In order, each once.
        days: Vec<Weekday>,
    },
}

/// A week of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "weeks explain themselves")]
pub enum WeekOfMonth {
    First,
    Second,
    Third,
    Fourth,
    Last,
}

/// A month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "months explain themselves")]
pub enum Month {
    January,
    February,
    March,
    April,
    May,
    June,
    July,
    August,
    September,
    October,
    November,
    December,
}

impl DaysOfMonth {
    /// Days by date.
    pub fn dates(mut dates: Vec<u8>, last: bool) -> Self {
        dates.sort_unstable();
        dates.dedup();
        Self::Dates { dates, last }
    }

    /// Some days of some weeks.
    pub fn weekdays(mut weeks: Vec<WeekOfMonth>, mut days: Vec<Weekday>) -> Self {
        weeks.sort_unstable();
        weeks.dedup();
        days.sort_unstable();
        days.dedup();
        Self::Weekdays { weeks, days }
    }

    /// The first day of this name.
    pub(super) fn first(day: Weekday) -> Self {
        Self::Weekdays { weeks: vec![WeekOfMonth::First], days: vec![day] }
    }

    /// Whether it is one day of each month.
    pub(super) fn is_one(&self) -> bool {
        match self {
            Self::Dates { dates, last } => dates.len() + usize::from(*last) == 1,
            Self::Weekdays { weeks, days } => weeks.len() == 1 && days.len() == 1,
        }
    }
}

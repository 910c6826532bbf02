//! Coverage over time: one point a day, thirty days.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Share;

/// Days that are kept.
const DAYS: usize = 30;

/// How an estate was covered on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CoverageDay)]
pub struct Day {
    /// The day, in UTC.
    #[schema(value_type = String, example = "2026-11-29")]
    pub day: Date,
    /// What should have been protected at its end.
    pub due: u64,
    /// What was.
    pub protected: u64,
}

/// Days, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = CoverageTrend)]
pub struct Trend {
    /// The days.
    pub days: Vec<Day>,
}

impl Trend {
    /// With what is known now of a day; the last word about a day counts, and old days are dropped.
    #[must_use]
    pub fn with(mut self, day: Date, share: &Share) -> Self {
        let now = Day { day, due: share.due, protected: share.protected };
        self.days.retain(|known| known.day != day);
        self.days.push(now);
        self.days.sort_by_key(|known| known.day);
        let over = self.days.len().saturating_sub(DAYS);
        self.days.drain(..over);
        self
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_day_has_one_point_and_thirty_days_are_kept() {
        let share = |due| Share { due, ..Share::default() };
        let mut trend = Trend::default();
        for n in 1..=30 {
            trend = trend.with(date(2026, 10, n), &share(1));
        }
        trend = trend.with(date(2026, 10, 30), &share(7)).with(date(2026, 11, 1), &share(2));
        assert_eq!(trend.days.len(), 30);
        assert_eq!(trend.days[0].day, date(2026, 10, 2));
        assert_eq!(trend.days[28].due, 7);
    }
}

//! What a decision says of how long recovery points are kept.

use holdfast_evaluator::{LongTerm, Retention, Weekday};
use serde::{Deserialize, Serialize};

use super::{DaysOfMonth, Kept, Month, Monthly, Weekly, Yearly};
use crate::impossible::Impossible;
use crate::policy::runs::Runs;
use crate::workload::{Manifest, StoreBounds};

/// How long a decision wants recovery points kept, and how much a policy may differ from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::policy) struct DesiredKept {
    /// What is kept by a policy that has to be made.
    pub kept: Kept,
    /// The most days that the usual recovery points may be kept, if the decision leaves a range.
    pub most_days: Option<u32>,
}

/// The most weeks, months and years that Azure keeps recovery points.
#[derive(Debug, Clone, Copy)]
pub(in crate::policy) struct LongestKept {
    pub(in crate::policy) weeks: u32,
    pub(in crate::policy) months: u32,
    pub(in crate::policy) years: u32,
}

impl DesiredKept {
    /// The usual recovery points of the schedule, and those that are kept longer.
    pub(in crate::policy) fn decided(
        runs: &Runs,
        bounds: &StoreBounds,
        range: Option<Retention>,
        longer: Option<LongTerm>,
    ) -> Self {
        let range = range.unwrap_or_default();
        let days = match (range.min_days, range.max_days) {
            (Some(min), _) => min,
            (None, Some(max)) => bounds.default_days.min(max),
            (None, None) => bounds.default_days,
        };
        let longer = longer.unwrap_or_default();
        let day = match runs {
            Runs::Weekly { days, .. } => days.first().copied().unwrap_or(Weekday::Sunday),
            Runs::Hourly { .. } | Runs::Daily { .. } => Weekday::Sunday,
        };
        let (daily, weekly) = match runs {
            Runs::Weekly { days: on, .. } => {
                let weeks = days.div_ceil(7).max(longer.weeks.unwrap_or_default());
                (None, Some(Weekly { weeks, on: on.clone() }))
            }
            Runs::Hourly { .. } | Runs::Daily { .. } => {
                (Some(days), longer.weeks.map(|weeks| Weekly { weeks, on: vec![day] }))
            }
        };
        let on = DaysOfMonth::first(day);
        let monthly = longer.months.map(|months| Monthly { months, on: on.clone() });
        let yearly = longer.years.map(|years| Yearly { years, months: vec![Month::January], on });
        let kept = Kept { daily, weekly, monthly, yearly };
        Self { kept, most_days: range.min_days.and(range.max_days) }
    }

    /// Whether what a policy keeps is what is wished. Which day of the week, month or year is kept longer is open.
    pub(in crate::policy) fn is_met_by(&self, found: &Kept) -> bool {
        let [daily, weekly, monthly, yearly] = self.kept.counts();
        let [found_daily, found_weekly, found_monthly, found_yearly] = found.counts();
        let one_each = found.monthly.as_ref().is_none_or(|monthly| monthly.on.is_one())
            && found.yearly.as_ref().is_none_or(|yearly| yearly.months.len() == 1 && yearly.on.is_one());
        let usual = match (daily, weekly) {
            // Of a weekly schedule, the weekly points are the usual ones: of whatever days it runs on.
            (None, Some(weeks)) => found_daily.is_none() && self.in_range(weeks, 7, found_weekly),
            _ => {
                let one_a_week = found.weekly.as_ref().is_none_or(|weekly| weekly.on.len() == 1);
                self.in_range(daily.unwrap_or_default(), 1, found_daily)
                    && weekly == found_weekly
                    && one_a_week
            }
        };
        usual && one_each && (monthly, yearly) == (found_monthly, found_yearly)
    }

    fn in_range(&self, least: u32, length: u32, found: Option<u32>) -> bool {
        let Some(found) = found else { return false };
        match self.most_days {
            Some(most) => {
                least <= found && found.saturating_mul(length) <= most.max(least.saturating_mul(length))
            }
            None => least == found,
        }
    }

    /// Whether Azure keeps recovery points that long.
    pub(in crate::policy) fn check(
        &self,
        manifest: &Manifest,
        bounds: &StoreBounds,
        longest: LongestKept,
    ) -> Result<(), Impossible> {
        let [daily, weekly, monthly, yearly] = self.kept.counts();
        let days = bounds.retention_days.clone();
        let classes = [
            ("days", daily, days),
            ("weeks", weekly, 1..=longest.weeks),
            ("months", monthly, 1..=longest.months),
            ("years", yearly, 1..=longest.years),
        ];
        for (unit, count, range) in classes {
            if let Some(count) = count.filter(|count| !range.contains(count)) {
                let (least, most, noun) = (range.start(), range.end(), manifest.noun);
                return Err(Impossible::new(
                    "RetentionBound",
                    format!("backups of a {noun} can be kept for {least} to {most} {unit}, not for {count}"),
                    format!(
                        "let the rules ask for {least} to {most} {unit} for this resource type ({})",
                        manifest.source
                    ),
                ));
            }
        }
        Ok(())
    }
}

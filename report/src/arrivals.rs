//! How long new resources wait for protection: from their creation to the end of the work that protects them.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_protection::sweep::{Arrival, hour_of};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Days that are counted.
const DAYS: usize = 30;
/// What is older when it is protected was there before: it did not wait for protection, rules were not in force.
const OLD: u64 = 30 * 24 * 3600;

/// What was newly protected, day by day: seconds, and how many took so long.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Arrivals {
    /// Up to when it is counted; what was protected later is not in it.
    pub until: Option<Timestamp>,
    days: BTreeMap<Date, Counted>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Counted {
    seconds: BTreeMap<u64, u64>,
    older: u64,
    unknown: u64,
}

/// Times from creation to protection. Each is rounded up to two digits, as 130 for 121 seconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Waits {
    /// Resources that were protected within 30 days of their creation.
    pub measured: u64,
    /// What half of them took at most, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p50: Option<u64>,
    /// What 95 of 100 took at most, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p95: Option<u64>,
    /// What 99 of 100 took at most, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p99: Option<u64>,
    /// Resources that were older than 30 days when they were protected; no time counts them.
    pub older: u64,
    /// Resources that do not say when they were created; no time counts them.
    pub unknown: u64,
}

/// The same of one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = WaitsOfDay)]
pub struct DayWaits {
    /// The day on which they were protected, in UTC.
    #[schema(value_type = String, example = "2026-11-29")]
    pub day: Date,
    /// How long they took.
    #[serde(flatten)]
    pub waits: Waits,
}

/// How long new resources waited for protection in the last thirty days.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct TimeToProtection {
    /// All days together.
    pub all: Waits,
    /// Days on which something was newly protected, the oldest first.
    pub days: Vec<DayWaits>,
}

impl Arrivals {
    /// The hours to be counted next, each by its beginning, up to that of `now`; nothing older than `longest` is there any more.
    pub fn hours(&self, now: Timestamp, longest: SignedDuration) -> Vec<Timestamp> {
        let first = now.checked_sub(longest).unwrap_or(Timestamp::MIN);
        let mut hour = hour_of(self.until.unwrap_or(first).max(first));
        let mut hours = Vec::new();
        while hour <= now {
            hours.push(hour);
            hour = hour.checked_add(SignedDuration::from_hours(1)).unwrap_or(Timestamp::MAX);
        }
        hours
    }

    /// With what was protected in an hour. A target that is told twice counts with its shortest time.
    #[must_use]
    pub fn with(mut self, hour: Timestamp, arrivals: &[Arrival]) -> Self {
        let day = self.days.entry(hour.to_zoned(TimeZone::UTC).date()).or_default();
        let mut sorted: Vec<&Arrival> = arrivals.iter().collect();
        sorted.sort_by_key(|one| (one.seconds.is_none(), one.seconds));
        let mut seen = BTreeSet::new();
        for one in sorted.into_iter().filter(|one| seen.insert(&one.target)) {
            match one.seconds {
                None => day.unknown += 1,
                Some(seconds) if seconds > OLD => day.older += 1,
                Some(seconds) => *day.seconds.entry(rounded(seconds)).or_default() += 1,
            }
        }
        self.until = hour.checked_add(SignedDuration::from_hours(1)).ok();
        self.days.retain(|_, day| *day != Counted::default());
        while self.days.len() > DAYS {
            self.days.pop_first();
        }
        self
    }

    /// What they come to.
    pub fn times(&self, now: Timestamp) -> TimeToProtection {
        let first = now.checked_sub(SignedDuration::from_hours(24 * DAYS as i64)).unwrap_or(Timestamp::MIN);
        let first = first.to_zoned(TimeZone::UTC).date();
        let mut all = Counted::default();
        let mut days = Vec::new();
        for (day, counted) in self.days.range(first..) {
            counted.seconds.iter().for_each(|(seconds, n)| *all.seconds.entry(*seconds).or_default() += n);
            all.older += counted.older;
            all.unknown += counted.unknown;
            days.push(DayWaits { day: *day, waits: counted.waits() });
        }
        TimeToProtection { all: all.waits(), days }
    }
}

impl Counted {
    fn waits(&self) -> Waits {
        Waits {
            measured: self.seconds.values().sum(),
            p50: self.percentile(50),
            p95: self.percentile(95),
            p99: self.percentile(99),
            older: self.older,
            unknown: self.unknown,
        }
    }

    /// What so many of a hundred took at most.
    fn percentile(&self, of_hundred: u64) -> Option<u64> {
        let rank = (self.seconds.values().sum::<u64>() * of_hundred).div_ceil(100);
        let mut passed = 0;
        self.seconds.iter().find_map(|(seconds, count)| {
            passed += count;
            (passed >= rank).then_some(*seconds)
        })
    }
}

/// Rounded up to two digits, so that a day has few different times.
fn rounded(seconds: u64) -> u64 {
    let mut unit = 1;
    while seconds.div_ceil(unit) >= 100 {
        unit *= 10;
    }
    seconds.div_ceil(unit) * unit
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn arrival(target: u64, seconds: Option<u64>) -> Arrival {
        Arrival { target: target.to_string(), seconds }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_old_or_unknown_is_counted_and_is_in_no_time() {
        let told: Vec<Arrival> = (1..=100)
            .map(|n| arrival(n, Some(n)))
            .chain([arrival(101, None), arrival(102, Some(OLD + 1)), arrival(7, Some(9_000_000))])
            .collect();
        let arrivals = Arrivals::default().with(at("2026-11-29T05:00:00Z"), &told);
        let times = arrivals.times(at("2026-11-30T00:00:00Z"));
        let waits =
            Waits { measured: 100, p50: Some(50), p95: Some(95), p99: Some(99), older: 1, unknown: 1 };
        assert_eq!(times.all, waits);
        assert_eq!(times.days, [DayWaits { day: date(2026, 11, 29), waits }]);
        let kept = serde_json::to_string(&arrivals).unwrap();
        assert_eq!(serde_json::from_str::<Arrivals>(&kept).unwrap(), arrivals);
    }

    #[test]
    fn of_nothing_no_time_is_told() {
        let times =
            Arrivals::default().with(at("2026-11-29T05:00:00Z"), &[]).times(at("2026-11-29T06:00:00Z"));
        assert_eq!(times, TimeToProtection::default());
    }

    #[test]
    fn old_days_are_dropped() {
        let mut arrivals = Arrivals::default();
        for day in 1..=30 {
            let hour = date(2026, 9, day).at(0, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp();
            arrivals = arrivals.with(hour, &[arrival(1, Some(60))]);
        }
        arrivals = arrivals.with(at("2026-10-01T00:00:00Z"), &[arrival(1, Some(60))]);
        assert_eq!(arrivals.times(at("2026-10-01T12:00:00Z")).days.len(), 30);
        assert_eq!(arrivals.times(at("2026-10-20T12:00:00Z")).all.measured, 12);
        assert_eq!(arrivals.times(at("2027-01-01T00:00:00Z")), TimeToProtection::default());
    }

    #[test]
    fn counting_goes_on_with_the_hour_that_was_not_over() {
        let longest = SignedDuration::from_hours(48);
        let now = at("2026-11-29T06:30:00Z");
        let hours =
            Arrivals { until: Some(at("2026-11-29T05:00:00Z")), ..Arrivals::default() }.hours(now, longest);
        assert_eq!(hours, [at("2026-11-29T05:00:00Z"), at("2026-11-29T06:00:00Z")]);
        assert_eq!(Arrivals::default().hours(now, longest).len(), 49);
    }

    proptest! {
        #[test]
        fn a_time_is_rounded_up_by_less_than_a_tenth(seconds in 0..OLD) {
            let told = rounded(seconds);
            prop_assert!(told >= seconds && told - seconds <= seconds / 10);
        }

        #[test]
        fn a_percentile_is_that_of_the_sorted_times(times in prop::collection::vec(0..99_u64, 1..200)) {
            let told: Vec<Arrival> = (0..).zip(&times).map(|(n, seconds)| arrival(n, Some(*seconds))).collect();
            let waits = Arrivals::default().with(Timestamp::UNIX_EPOCH, &told).times(Timestamp::UNIX_EPOCH).all;
            let mut sorted = times.clone();
            sorted.sort_unstable();
            let nearest = |of_hundred: usize| sorted.get((sorted.len() * of_hundred).div_ceil(100) - 1).copied();
            prop_assert_eq!((waits.p50, waits.p95, waits.p99), (nearest(50), nearest(95), nearest(99)));
        }
    }
}

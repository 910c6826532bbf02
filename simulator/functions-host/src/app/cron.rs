//! NCRONTAB schedules: six fields, seconds first, in UTC.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// A schedule. A day must fit both its fields, day of month and day of week, as NCRONTAB has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cron {
    seconds: Set,
    minutes: Set,
    hours: Set,
    days: Set,
    months: Set,
    weekdays: Set,
}

/// Allowed values of a field, as bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Set(u64);

/// One of the six fields.
struct Field {
    name: &'static str,
    least: u8,
    most: u8,
    /// Names for the values from `least` on.
    names: &'static [&'static str],
}

const FIELDS: [Field; 6] = [
    Field { name: "second", least: 0, most: 59, names: &[] },
    Field { name: "minute", least: 0, most: 59, names: &[] },
    Field { name: "hour", least: 0, most: 23, names: &[] },
    Field { name: "day", least: 1, most: 31, names: &[] },
    Field {
        name: "month",
        least: 1,
        most: 12,
        names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    },
    Field {
        name: "day of week",
        least: 0,
        most: 6,
        names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    },
];

/// Days that are looked through for an occurrence: the longest gap is eight years, around a year 2100.
const HORIZON_DAYS: i32 = 8 * 366;

impl Cron {
    /// The error names the field and what it may hold.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let Ok(fields) = <[&str; 6]>::try_from(fields) else {
            return Err(format!(
                "schedule \"{text}\" must have six fields: second minute hour day month day-of-week, such as \"0 */15 * * * *\""
            ));
        };
        let [second, minute, hour, day, month, weekday] = &FIELDS;
        let [seconds, minutes, hours, days, months, weekdays] = fields;
        Ok(Self {
            seconds: second.parse(seconds)?,
            minutes: minute.parse(minutes)?,
            hours: hour.parse(hours)?,
            days: day.parse(days)?,
            months: month.parse(months)?,
            weekdays: weekday.parse(weekdays)?,
        })
    }

    /// The first occurrence after the given moment; `None` if the schedule names a day that never comes.
    pub(crate) fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let start = after.to_zoned(TimeZone::UTC).datetime();
        let mut date = start.date();
        for passed in 0..HORIZON_DAYS {
            if self.is_on(date) {
                let found = self.times(date).find(|time| passed > 0 || *time > start);
                if let Some(time) = found {
                    return TimeZone::UTC.to_timestamp(time).ok();
                }
            }
            date = date.checked_add(1.day()).ok()?;
        }
        None
    }

    fn is_on(&self, date: Date) -> bool {
        let weekday = date.weekday().to_sunday_zero_offset();
        self.months.has(date.month()) && self.days.has(date.day()) && self.weekdays.has(weekday)
    }

    fn times(&self, date: Date) -> impl Iterator<Item = DateTime> {
        let hours = self.hours.values();
        hours.flat_map(move |hour| {
            let minutes = self.minutes.values();
            minutes.flat_map(move |minute| {
                self.seconds.values().map(move |second| date.at(hour, minute, second, 0))
            })
        })
    }
}

impl Set {
    fn has(self, value: i8) -> bool {
        u32::try_from(value).is_ok_and(|value| self.0 >> value & 1 == 1)
    }

    fn values(self) -> impl Iterator<Item = i8> {
        (0..60).filter(move |value| self.has(*value))
    }
}

impl Field {
    fn parse(&self, text: &str) -> Result<Set, String> {
        let mut bits = 0;
        for item in text.split(',') {
            let wrong = || {
                format!(
                    "schedule: {} \"{item}\" must lie in {} to {}, alone, as a-b, or with /step",
                    self.name, self.least, self.most
                )
            };
            let (range, step) = match item.split_once('/') {
                None => (item, 1),
                Some((range, step)) => {
                    (range, step.parse::<u8>().ok().filter(|step| *step > 0).ok_or_else(wrong)?)
                }
            };
            let (first, last) = self.range(range, item.contains('/')).ok_or_else(wrong)?;
            for value in (first..=last).step_by(usize::from(step)) {
                bits |= 1u64 << value;
            }
        }
        Ok(Set(bits))
    }

    /// A single value with a step runs on to the field's end.
    fn range(&self, text: &str, stepped: bool) -> Option<(u8, u8)> {
        if text == "*" {
            return Some((self.least, self.most));
        }
        let (first, last) = match text.split_once('-') {
            Some((first, last)) => (self.value(first)?, self.value(last)?),
            None if stepped => (self.value(text)?, self.most),
            None => (self.value(text)?, self.value(text)?),
        };
        (first <= last).then_some((first, last))
    }

    fn value(&self, text: &str) -> Option<u8> {
        let lower = text.to_ascii_lowercase();
        let named = self.names.iter().position(|name| lower.starts_with(name));
        let value = match named {
            Some(position) => self.least + u8::try_from(position).ok()?,
            None => text.parse().ok()?,
        };
        (self.least..=self.most).contains(&value).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn next(schedule: &str, after: &str) -> String {
        let next = Cron::parse(schedule).unwrap().next(after.parse().unwrap());
        next.map(|next| next.to_string()).unwrap_or_default()
    }

    #[test]
    fn finds_the_next_occurrence() {
        for (schedule, after, expected) in [
            ("*/5 * * * * *", "2026-11-21T01:48:21Z", "2026-11-21T01:48:25Z"),
            ("0 */15 * * * *", "2026-11-21T01:45:00Z", "2026-11-21T02:00:00Z"),
            ("0 30 9-17/4 * * mon-fri", "2026-11-21T00:00:00Z", "2026-11-23T09:30:00Z"),
            ("30 0,20 23 31 dec *", "2026-01-01T00:00:00Z", "2026-12-31T23:00:30Z"),
            ("0 0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"),
            ("0 0 0 1 1 *", "2026-11-21T01:48:21.5Z", "2027-01-01T00:00:00Z"),
            ("0 5/20 * * * *", "2026-11-21T01:06:00Z", "2026-11-21T01:25:00Z"),
            ("0 0 0 30 2 *", "2026-01-01T00:00:00Z", ""),
        ] {
            assert_eq!(next(schedule, after), expected, "{schedule}");
        }
    }

    #[test]
    fn names_the_wrong_field() {
        for (schedule, expected) in [
            ("* * * * *", "six fields"),
            ("60 * * * * *", "second \"60\""),
            ("0 */0 * * * *", "minute \"*/0\""),
            ("0 0 9-5 * * *", "hour \"9-5\""),
            ("0 0 0 0 * *", "day \"0\""),
            ("0 0 0 * foo *", "month \"foo\""),
            ("0 0 0 * * 7", "day of week \"7\""),
        ] {
            let error = Cron::parse(schedule).unwrap_err();
            assert!(error.contains(expected), "{schedule}: {error}");
        }
    }
}

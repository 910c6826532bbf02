//! When a hold ends.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::impossible::Impossible;

/// The end that somebody asks for: a time, or a day, which ends with it in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Until(Timestamp);

/// A text that is not an end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time such as 2026-12-24T18:00:00Z or a day such as 2026-12-24")]
pub struct BadUntil(String);

impl Until {
    /// The moment.
    pub fn moment(self) -> Timestamp {
        self.0
    }
}

impl FromStr for Until {
    type Err = BadUntil;

    fn from_str(text: &str) -> Result<Self, BadUntil> {
        let day = |date: Date| date.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok();
        let moment = match text.parse() {
            Ok(moment) => Some(moment),
            // A date is also the beginning of a time, so only a whole text counts.
            Err(_) if text.len() == "2026-12-24".len() => {
                text.parse().ok().and_then(day).map(|end| end.timestamp())
            }
            Err(_) => None,
        };
        moment.map(Self).ok_or_else(|| BadUntil(text.to_owned()))
    }
}

impl TryFrom<String> for Until {
    type Error = BadUntil;

    fn try_from(text: String) -> Result<Self, BadUntil> {
        text.parse()
    }
}

impl From<Until> for String {
    fn from(until: Until) -> Self {
        until.to_string()
    }
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// For how many days a hold lasts whose end nobody states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoldDays(u16);

impl HoldDays {
    /// The most days from now that a hold may last: a decision of a person is looked at once a year.
    pub const MOST: u16 = 366;

    /// 1 to [`Self::MOST`] days.
    pub fn new(days: u16) -> Option<Self> {
        (1..=Self::MOST).contains(&days).then_some(Self(days))
    }

    /// When a hold ends that is asked for at `now`.
    ///
    /// # Errors
    ///
    /// When the end that was asked for has passed, or is more than [`Self::MOST`] days away.
    pub fn end(self, asked: Option<Until>, now: Timestamp) -> Result<Timestamp, Impossible> {
        let Some(Until(until)) = asked else { return Ok(after(now, self.0)) };
        let latest = after(now, Self::MOST);
        let unusable = |problem: String| Impossible::new("UntilNotUsable", problem, way_out(latest));
        if until <= now {
            return Err(unusable(format!("`until` is {until}, which has passed")));
        }
        if until > latest {
            return Err(unusable(format!("`until` is {until}: a hold lasts {} days at most", Self::MOST)));
        }
        Ok(until)
    }
}

impl FromStr for HoldDays {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let days = text.parse().ok().and_then(Self::new);
        days.ok_or_else(|| format!("not a number of days from 1 to {}", Self::MOST))
    }
}

impl Default for HoldDays {
    fn default() -> Self {
        Self(30)
    }
}

impl fmt::Display for HoldDays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn way_out(latest: Timestamp) -> String {
    format!("state an end between now and {latest}, or none for the usual one")
}

/// To the second: people read and repeat it.
fn after(now: Timestamp, days: u16) -> Timestamp {
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    now.checked_add(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-03-10T12:00:00Z".parse().unwrap()
    }

    fn end(until: &str) -> Result<String, String> {
        let until = until.parse().unwrap();
        let end = HoldDays::default().end(Some(until), now());
        end.map(|end| end.to_string()).map_err(|impossible| impossible.to_string())
    }

    #[test]
    fn a_day_counts_to_its_end_and_a_time_to_the_second() {
        assert_eq!(end("2026-03-10").as_deref(), Ok("2026-03-11T00:00:00Z"));
        assert_eq!(end("2026-03-12T01:00:00+02:00").as_deref(), Ok("2026-03-11T23:00:00Z"));
        for text in ["", "soon", "2026-02-30", "2026-03-12T01:00:00", "2026-03-1"] {
            assert!(text.parse::<Until>().is_err(), "{text}");
        }
    }

    #[test]
    fn without_an_end_it_is_thirty_days() {
        let end = HoldDays::default().end(None, now()).unwrap();
        assert_eq!(end.to_string(), "2026-04-09T12:00:00Z");
        assert_eq!((HoldDays::new(0), HoldDays::new(367)), (None, None));
    }

    #[test]
    fn an_end_in_the_past_or_beyond_a_year_is_refused() {
        for (until, word) in [
            ("2026-03-10T12:00:00Z", "has passed"),
            ("2026-03-09", "has passed"),
            ("2027-03-11T12:00:01Z", "366 days at most"),
            ("9999-12-29", "366 days at most"),
        ] {
            let said = end(until).unwrap_err();
            assert!(said.contains(word) && said.contains("2027-03-11T12:00:00Z"), "{until}: {said}");
        }
        assert!(end("2027-03-11T12:00:00Z").is_ok());
    }
}

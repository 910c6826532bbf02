//! What to do about the failures of one instance, now.

use jiff::{SignedDuration, Timestamp};

use super::episode::round_length;
use super::{Cause, Episode, Remedy};
use crate::job::Job;

/// How often and how soon a backup is taken again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Backups that are taken again for one scheduled backup.
    pub most: usize,
    /// The pause before the first; each further one is three times as long.
    pub pause: SignedDuration,
    /// The pause where a limit of Azure's takes hours to end.
    pub long_pause: SignedDuration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { most: 3, pause: SignedDuration::from_mins(10), long_pause: SignedDuration::from_hours(4) }
    }
}

/// What to do about the failures of one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Course<'a> {
    /// Nothing failed since the last good backup.
    Recovered,
    /// A backup runs: how it ends decides.
    Runs,
    /// Take this backup again.
    Retry(&'a Job),
    /// Take it again, but not before this.
    NotBefore(Timestamp),
    /// The next scheduled backup comes first.
    LeftToSchedule(&'a Job),
    /// It was taken again as often as it may.
    UsedUp(&'a Job),
    /// Somebody lacks a permission; once it is there, the backup is taken again, if that is before this moment.
    Grant(&'a Job, Timestamp),
    /// A person has to act.
    Tell(&'a Job),
}

impl<'a> Course<'a> {
    /// The course at `now`, for an instance that is backed up every `period`.
    ///
    /// The last failure says what is to be done. For one failure there is never more than one retry: whatever a retry
    /// comes to is a job of its own, and then the last one.
    pub fn of(episode: &Episode<'a>, period: SignedDuration, limits: &Limits, now: Timestamp) -> Self {
        if episode.is_running {
            return Self::Runs;
        }
        let Some(last) = episode.last() else { return Self::Recovered };
        let cause = Cause::of(last);
        let remedy = cause.remedy();
        let round = episode.round(period).filter(|_| remedy != Remedy::Tell);
        let Some((began, failures)) = round else { return Self::Tell(last) };
        // The backup that failed first was none of ours.
        if failures > limits.most {
            return Self::UsedUp(last);
        }
        // One that began just before the scheduled one would be in its way.
        let margin = (period / 8).min(SignedDuration::from_hours(1));
        let latest = began.checked_add(round_length(period) - margin).unwrap_or(Timestamp::MAX);
        // What was given counts after a while, which is waited for; only one that failed all the same has a pause.
        if remedy == Remedy::Grant && failures == 1 {
            return Self::Grant(last, latest);
        }
        let pause = if cause.takes_hours(last) { limits.long_pause } else { growing(limits.pause, failures) };
        let due = last.ended_at().unwrap_or(began).checked_add(pause).unwrap_or(Timestamp::MAX);
        match remedy {
            // The scheduled one needs the permission as well.
            Remedy::Grant if due.max(now) > latest || now >= due => Self::Grant(last, latest),
            _ if due.max(now) > latest => Self::LeftToSchedule(last),
            _ if now < due => Self::NotBefore(due),
            _ => Self::Retry(last),
        }
    }
}

fn growing(pause: SignedDuration, failures: usize) -> SignedDuration {
    let exponent = u32::try_from(failures.saturating_sub(1)).unwrap_or(u32::MAX);
    3_i32.checked_pow(exponent).map_or(SignedDuration::MAX, |times| pause.saturating_mul(times))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::super::episode::tests::{at, failed, job};
    use super::*;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn course(jobs: &[Job], minute: i64) -> String {
        let episode = Episode::of(jobs);
        match Course::of(&episode, DAY, &Limits::default(), at(minute)) {
            Course::Recovered => "recovered".to_owned(),
            Course::Runs => "runs".to_owned(),
            Course::Retry(job) => format!("retry {}", job.id.name()),
            Course::NotBefore(due) => format!("not before {}", due.duration_since(at(0)).as_mins()),
            Course::LeftToSchedule(_) => "left to schedule".to_owned(),
            Course::UsedUp(_) => "used up".to_owned(),
            Course::Grant(_, until) => format!("grant, until {}", until.duration_since(at(0)).as_mins()),
            Course::Tell(_) => "tell".to_owned(),
        }
    }

    #[test]
    fn what_passes_is_taken_again_with_growing_pauses_and_before_the_next_scheduled_one() {
        let fails = |minutes: &[i64]| -> Vec<Job> {
            minutes.iter().map(|minute| failed("CloudInternalError", *minute)).collect()
        };
        assert_eq!(course(&fails(&[0]), 10), "not before 15");
        assert_eq!(course(&fails(&[0]), 15), "retry j0");
        assert_eq!(course(&fails(&[0, 15]), 30), "not before 50");
        assert_eq!(course(&fails(&[0, 15, 50]), 200), "retry j50");
        assert_eq!(course(&fails(&[0, 15, 50, 200]), 900), "used up");
        assert_eq!(course(&fails(&[0]), 23 * 60 + 1), "left to schedule");
        // The clock was set back.
        assert_eq!(course(&fails(&[0]), -600), "not before 15");
        let hours = [failed("CloudDosAbsoluteLimitReached", 0)];
        assert_eq!(
            (course(&hours, 200), course(&hours, 245)),
            ("not before 245".to_owned(), "retry j0".to_owned())
        );
    }

    #[test]
    fn what_does_not_pass_is_never_taken_again() {
        assert_eq!(course(&[failed("UserErrorMSIMissingPermissions", 0)], 60), "grant, until 1236");
        assert_eq!(course(&[failed("UserErrorVmNotFoundV2", 0)], 60), "tell");
        assert_eq!(course(&[job("Failed", 0)], 60), "tell");
        assert_eq!(course(&[failed("CloudInternalError", 0), job("InProgress", 20)], 60), "runs");
        assert_eq!(course(&[failed("CloudInternalError", 0), job("Completed", 20)], 60), "recovered");
    }

    #[test]
    fn a_permission_is_seen_to_at_once_and_what_lacks_it_again_and_again_is_told() {
        let fails = |minutes: &[i64]| -> Vec<Job> {
            minutes.iter().map(|minute| failed("UserErrorMSIMissingPermissions", *minute)).collect()
        };
        assert_eq!(course(&fails(&[0]), 5), "grant, until 1236");
        assert_eq!(course(&fails(&[0, 40]), 50), "not before 75");
        assert_eq!(course(&fails(&[0, 40]), 75), "grant, until 1236");
        assert_eq!(
            course(&fails(&[0, 40, 80]), 1300),
            "grant, until 1236",
            "the scheduled one needs it, too"
        );
        assert_eq!(course(&fails(&[0, 40, 80, 200]), 400), "used up");
    }

    proptest! {
        /// Whatever fails when, and however often somebody asks: one retry for one failure, none beside a backup that runs,
        /// never more for a scheduled backup than the limit, and none when the next one is near.
        #[test]
        fn no_failure_is_retried_twice(ends in prop::collection::vec((0_usize..5, 1_i64..240), 1..24), lag in 0_i64..40) {
            let limits = Limits::default();
            let mut jobs = vec![failed("CloudInternalError", 0)];
            let mut asked = BTreeSet::new();
            let mut nights = vec![0];
            let mut now = 5;
            for (end, wait) in ends {
                now += wait;
                // A scheduled backup, as long as nothing else runs.
                while let Some(next) = nights.last().map(|night| night + 1440).filter(|next| *next <= now) {
                    jobs.push(failed("CloudInternalError", next));
                    nights.push(next);
                }
                // The index of jobs lags behind.
                let seen: Vec<Job> = jobs.iter().filter(|job| job.began().is_some_and(|began| began <= at(now - lag))).cloned().collect();
                let episode = Episode::of(&seen);
                let Course::Retry(of) = Course::of(&episode, DAY, &limits, at(now)) else { continue };
                // What was asked for is known by the failure's own id.
                if !asked.insert(of.id.key()) {
                    continue;
                }
                let night = nights.last().copied().unwrap_or_default();
                prop_assert!(now <= night + 1440, "at {now}, after the night of {night}");
                let status = ["Failed", "Failed", "Failed", "Completed", "InProgress"][end];
                jobs.push(if status == "Failed" { failed("CloudInternalError", now) } else { job(status, now) });
            }
            for night in &nights {
                let begun = |one: &&Job| one.began().is_some_and(|began| began > at(*night) && began < at(night + 1440));
                let retries = jobs.iter().filter(begun).count();
                prop_assert!(retries <= limits.most, "{retries} retries after {night}");
            }
            prop_assert!(asked.len() <= jobs.len());
        }
    }
}

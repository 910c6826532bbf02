//! In which order the entries about a target lie: what it came to last is last.

use jiff::{SignedDuration, Timestamp};

use super::{About, LedgerRecord, about, path_time, prefix_of, time_in};
use crate::ResourceId;

/// How entries about ends are named, by [`Outcome::as_str`](crate::outcome::Outcome::as_str).
const ENDS: [&str; 9] = [
    "-3-ended-protected-",
    "-3-ended-prepared-",
    "-3-ended-excluded-",
    "-3-ended-ignored-",
    "-3-ended-gone-",
    "-3-ended-failed-",
    "-3-ended-unprotected-",
    "-3-ended-held-",
    "-3-ended-left-alone-",
];

/// The smallest step of the time in a path.
const STEP: SignedDuration = SignedDuration::from_micros(1);

/// How far clocks of instances go apart, and more.
const APART: SignedDuration = SignedDuration::from_secs(600);

/// Prefix of what is recorded of a resource from the time of a cause on, and of as little else as a prefix leaves out: a
/// resource has years of entries, and a machine those of its databases.
pub(crate) fn prefix_since(resource: &ResourceId, (cause_at, now): (Timestamp, Timestamp)) -> String {
    let last = now.max(cause_at).checked_add(APART).unwrap_or(Timestamp::MAX);
    let (first, last) = (path_time(cause_at), path_time(last));
    let same = first.chars().zip(last.chars()).take_while(|(one, other)| one == other);
    prefix_of(resource).chars().chain(same.map(|(one, _)| one)).collect()
}

/// The time under which an entry is recorded: that of its cause, unless another end is recorded at that time or later.
///
/// The cause of a pass may be older than what came before the pass: a sweep's is the beginning of its day, and events come
/// late and out of order. Then it is `now`, when the target was looked at; or when the same was recorded since, so that
/// a retry adds nothing. `paths` are those that [`prefix_since`] lists.
pub(crate) fn moment(
    paths: &[String],
    target: About<'_>,
    (cause_at, now): (Timestamp, Timestamp),
    record: &LedgerRecord,
) -> Timestamp {
    let (time, name) = (path_time(cause_at), name_of(target, record));
    let others = paths.iter().filter(|path| !path.ends_with(name.as_str()));
    let other = others.filter_map(|path| end_in(path, target)).max();
    let Some(other) = other.filter(|other| *other >= time.as_str()) else { return cause_at };
    match times_of(paths, target, &name).filter(|again| *again > other).max() {
        Some(again) => again.parse().unwrap_or(now),
        None => {
            let behind = other.parse::<Timestamp>().ok().and_then(|other| other.checked_add(STEP).ok());
            behind.map_or(now, |behind| now.max(behind))
        }
    }
}

/// Whether an entry is recorded at this time or later, whatever is recorded behind it.
pub(crate) fn is_recorded_since(
    paths: &[String],
    target: About<'_>,
    since: Timestamp,
    record: &LedgerRecord,
) -> bool {
    let since = path_time(since);
    times_of(paths, target, &name_of(target, record)).any(|time| time >= since.as_str())
}

/// What follows the time in the path of an entry, whatever the time is.
fn name_of(target: About<'_>, record: &LedgerRecord) -> String {
    let (at, folder) = (Timestamp::UNIX_EPOCH, prefix_of(target.resource));
    let path = about(target, at, record).path;
    let name = path.strip_prefix(folder.as_str()).and_then(|name| name.strip_prefix(path_time(at).as_str()));
    name.unwrap_or(path.as_str()).to_owned()
}

/// The times at which an entry of this name is recorded.
fn times_of<'p>(paths: &'p [String], target: About<'_>, name: &str) -> impl Iterator<Item = &'p str> {
    let folder = prefix_of(target.resource);
    let times = paths.iter().filter_map(move |path| path.strip_prefix(folder.as_str())?.strip_suffix(name));
    times.filter(|time| !time.contains('/'))
}

/// The time in the path of an end of a target; none of anything else.
fn end_in<'p>(path: &'p str, target: About<'_>) -> Option<&'p str> {
    if !path.contains("-3-ended-") {
        return None;
    }
    ENDS.iter().find_map(|word| time_in(path, target, word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Workload;
    use crate::golden::{disk, instance};
    use crate::lifecycle::LifecycleChange;
    use crate::outcome::Outcome;

    const MIDNIGHT: &str = "2026-01-14T00:00:00Z";

    /// A ledger to which ends of the disk are added, each as it is seen at a time for an earlier cause.
    #[derive(Default)]
    struct Recorded {
        paths: Vec<String>,
    }

    impl Recorded {
        fn add(&mut self, workload: Option<Workload>, cause: &str, now: &str, outcome: &Outcome) -> String {
            let disk = disk();
            let target = About { resource: &disk, workload };
            let record = LedgerRecord::Ended { outcome: outcome.clone() };
            let times = (cause.parse().unwrap(), now.parse().unwrap());
            let prefix = prefix_since(&disk, times);
            let listed: Vec<String> =
                self.paths.iter().filter(|path| path.starts_with(&prefix)).cloned().collect();
            let at = moment(&listed, target, times, &record);
            let path = about(target, at, &record).path;
            if !self.paths.contains(&path) {
                self.paths.push(path);
                self.paths.sort();
            }
            at.to_string()
        }

        fn tell(&mut self, cause: &str, now: &str, outcome: &Outcome) -> String {
            self.add(None, cause, now, outcome)
        }
    }

    fn protected() -> Outcome {
        Outcome::Protected { instance: instance(), note: None }
    }

    fn unprotected() -> Outcome {
        Outcome::Unprotected { instance: instance(), by: LifecycleChange::SuspendBackups }
    }

    #[test]
    fn a_sweep_that_undoes_what_an_event_of_its_day_did_is_recorded_behind_it_in_both_directions() {
        for (first, then) in [(protected(), unprotected()), (unprotected(), protected())] {
            let mut recorded = Recorded::default();
            let ten = "2026-01-14T10:00:00Z";
            assert_eq!(recorded.tell(ten, "2026-01-14T10:00:30Z", &first), ten);
            let noon = "2026-01-14T12:00:07Z";
            assert_eq!(recorded.tell(MIDNIGHT, noon, &then), noon);
            // The next sweep of the day finds the same.
            let known = recorded.paths.clone();
            assert_eq!(recorded.tell(MIDNIGHT, "2026-01-14T18:00:00Z", &then), noon);
            assert_eq!(recorded.paths, known, "nothing new");
            // What comes later is later.
            let evening = "2026-01-14T20:00:00Z";
            assert_eq!(recorded.tell(evening, "2026-01-14T20:01:00Z", &first), evening);
            assert_eq!(recorded.tell(MIDNIGHT, "2026-01-14T21:00:00Z", &then), "2026-01-14T21:00:00Z");
        }
    }

    #[test]
    fn what_nothing_came_after_keeps_the_time_of_its_cause() {
        let mut recorded = Recorded::default();
        for now in ["2026-01-14T06:00:00Z", "2026-01-14T12:00:00Z"] {
            assert_eq!(recorded.tell(MIDNIGHT, now, &protected()), MIDNIGHT);
        }
        assert_eq!(recorded.paths.len(), 1);
        let next = "2026-01-15T00:00:00Z";
        assert_eq!(recorded.tell(next, "2026-01-15T06:00:00Z", &unprotected()), next);
        // An event that came late.
        let late = "2026-01-14T23:00:00Z";
        assert_eq!(recorded.tell(late, "2026-01-15T07:00:00Z", &protected()), "2026-01-15T07:00:00Z");
    }

    #[test]
    fn a_clock_that_goes_behind_that_of_another_instance_keeps_the_order() {
        let mut recorded = Recorded::default();
        let ten = "2026-01-14T10:00:00Z";
        recorded.tell(ten, ten, &protected());
        assert_eq!(
            recorded.tell(MIDNIGHT, "2026-01-14T09:59:58Z", &unprotected()),
            "2026-01-14T10:00:00.000001Z"
        );
        // The same time as another end is no order either.
        assert_eq!(recorded.tell(ten, ten, &Outcome::Gone), "2026-01-14T10:00:00.000002Z");
    }

    #[test]
    fn what_was_recorded_is_known_to_be_though_another_end_came_behind_it() {
        let (ten, eleven) = ("2026-01-14T10:00:00Z", "2026-01-14T11:00:00Z");
        let mut recorded = Recorded::default();
        let is_recorded = |recorded: &Recorded, outcome: Outcome| {
            let disk = disk();
            let record = LedgerRecord::Ended { outcome };
            is_recorded_since(&recorded.paths, About::from(&disk), ten.parse().unwrap(), &record)
        };
        recorded.tell(MIDNIGHT, MIDNIGHT, &unprotected());
        assert!(!is_recorded(&recorded, unprotected()), "that was before");
        recorded.tell(ten, ten, &unprotected());
        recorded.tell(ten, eleven, &protected());
        assert!(is_recorded(&recorded, unprotected()) && is_recorded(&recorded, protected()));
        assert!(!is_recorded(&recorded, Outcome::Gone));
    }

    #[test]
    fn ends_of_another_workload_and_of_what_lies_below_are_no_ends_of_the_target() {
        let mut recorded = Recorded::default();
        let ten = "2026-01-14T10:00:00Z";
        recorded.add(Some(Workload::DataLake), ten, ten, &protected());
        let below = disk().child("snapshots", "one").unwrap();
        for outcome in [protected(), unprotected()] {
            let record = LedgerRecord::Ended { outcome };
            recorded.paths.push(about(&below, ten.parse().unwrap(), &record).path);
        }
        assert_eq!(recorded.tell(MIDNIGHT, "2026-01-14T12:00:00Z", &unprotected()), MIDNIGHT);
    }

    #[test]
    fn no_more_is_listed_than_may_have_come_behind_a_cause() {
        for (cause, now, listed) in [
            (MIDNIGHT, "2026-01-14T12:00:07Z", "20260114T"),
            ("2026-01-14T10:00:00Z", "2026-01-14T10:00:30Z", "20260114T10"),
            // A clock may go ahead of this one, and that of a cause too.
            ("2026-01-14T10:58:00Z", "2026-01-14T10:58:30Z", "20260114T1"),
            ("2026-01-14T10:00:09Z", "2026-01-14T10:00:00Z", "20260114T10"),
            ("2026-01-31T23:00:00Z", "2026-02-01T01:00:00Z", "20260"),
        ] {
            let times = (cause.parse().unwrap(), now.parse().unwrap());
            assert_eq!(prefix_since(&disk(), times), format!("{}{listed}", prefix_of(&disk())), "{cause}");
        }
    }

    #[test]
    fn each_kind_of_end_is_an_end() {
        let reason = String::new;
        let every = [
            protected(),
            Outcome::Prepared { container: instance(), note: None },
            Outcome::Excluded { reason: reason() },
            Outcome::Ignored { reason: reason() },
            Outcome::Gone,
            Outcome::Failed { code: reason(), message: reason(), way_out: reason() },
            unprotected(),
            Outcome::Held { instance: instance(), operation: reason(), reason: reason(), way_out: reason() },
            Outcome::LeftAlone { instance: instance(), note: reason() },
        ];
        assert_eq!(every.len(), ENDS.len());
        for outcome in every {
            let disk = disk();
            let path = about(&disk, MIDNIGHT.parse().unwrap(), &LedgerRecord::Ended { outcome }).path;
            assert_eq!(end_in(&path, About::from(&disk)), Some("20260114T000000.000000Z"), "{path}");
        }
    }
}

//! What became of the backups of one instance since its last good one.

use jiff::{SignedDuration, Timestamp};

use crate::job::Job;

/// The backups of one instance, of one kind, that failed since the last good one.
#[derive(Debug, Clone, Default)]
pub struct Episode<'a> {
    /// In the order in which they began.
    pub(super) failures: Vec<&'a Job>,
    /// Whether one runs.
    pub(super) is_running: bool,
}

impl<'a> Episode<'a> {
    /// What these jobs of one instance come to, in whatever order they are given.
    pub fn of(jobs: impl IntoIterator<Item = &'a Job>) -> Self {
        let mut jobs: Vec<&Job> = jobs.into_iter().filter(|job| job.is_backup()).collect();
        jobs.sort_by_key(|job| (job.began(), job.id.key()));
        jobs.dedup_by_key(|job| job.id.key());
        let is_running = jobs.iter().any(|job| !job.has_ended());
        let good = jobs.iter().rposition(|job| job.has_succeeded());
        let since = jobs.into_iter().skip(good.map_or(0, |good| good + 1));
        let failures = since.filter(|job| job.status.eq_ignore_ascii_case("Failed")).collect();
        Self { failures, is_running }
    }

    /// The failure that nothing was done about yet: the last one.
    pub fn last(&self) -> Option<&'a Job> {
        self.failures.last().copied()
    }

    /// Whether a failure is one of those that no good backup has followed.
    pub(super) fn has(&self, job: &Job) -> bool {
        self.failures.iter().any(|failure| failure.id == job.id)
    }

    /// When the scheduled backup began that all these failures are about, and how many they are.
    ///
    /// A failure a whole period after that is one of the next scheduled backup.
    pub(super) fn round(&self, period: SignedDuration) -> Option<(Timestamp, usize)> {
        let next = round_length(period);
        let begun = self.failures.iter().filter_map(|job| job.began());
        begun.fold(None, |round, began| match round {
            Some((first, count)) if began.duration_since(first) < next => Some((first, count + 1)),
            _ => Some((began, 1)),
        })
    }
}

/// How long after a scheduled backup a failure is still about it: the next one may begin some time early.
pub(super) fn round_length(period: SignedDuration) -> SignedDuration {
    period.checked_sub(period / 10).unwrap_or(period)
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Refusal, RefusalKind, Retry};

    const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";

    /// Minutes after the beginning of the night, as a moment.
    pub(in crate::retry) fn at(minute: i64) -> Timestamp {
        let night: Timestamp = "2026-01-14T02:00:00Z".parse().unwrap();
        night.checked_add(SignedDuration::from_mins(minute)).unwrap()
    }

    /// A backup that began at that minute and took five.
    pub(in crate::retry) fn job(status: &str, minute: i64) -> Job {
        let ended = (status != "InProgress").then(|| at(minute + 5).to_string());
        let shown = json!({ "id": format!("{VAULT}/backupJobs/j{minute}"), "operation": "ScheduledBackup", "status": status,
            "datasource": "d", "started": at(minute).to_string(), "ended": ended,
            "instance": format!("{VAULT}/backupInstances/i") });
        serde_json::from_value(shown).unwrap()
    }

    /// A backup that failed with this code.
    pub(in crate::retry) fn failed(code: &str, minute: i64) -> Job {
        let kind = match code {
            "CloudInternalError" => RefusalKind::Transient,
            "CloudDosAbsoluteLimitReached" => RefusalKind::Throttled,
            "UserErrorMSIMissingPermissions" => RefusalKind::MissingPermission,
            _ => RefusalKind::User,
        };
        let error = Refusal {
            status: 200,
            code: code.to_owned(),
            message: "no".to_owned(),
            recommended_action: Vec::new(),
            advice: None,
            kind,
            retry: Retry::Never,
        };
        Job { errors: vec![error], ..job("Failed", minute) }
    }

    #[test]
    fn a_good_backup_ends_what_failed_before_it() {
        let jobs = [failed("CloudInternalError", 0), job("Completed", 20), failed("CloudInternalError", 60)];
        let episode = Episode::of(&jobs);
        assert_eq!(episode.failures.len(), 1);
        assert_eq!(episode.last().map(|job| job.began()), Some(Some(at(60))));
        assert!(Episode::of(&jobs[..2]).last().is_none());
    }

    #[test]
    fn a_failure_of_the_next_night_is_of_its_own_round() {
        let day = SignedDuration::from_hours(24);
        let jobs = [
            failed("CloudInternalError", 0),
            failed("CloudInternalError", 20),
            failed("CloudInternalError", 1438),
        ];
        assert_eq!(Episode::of(&jobs[..2]).round(day), Some((at(0), 2)));
        assert_eq!(Episode::of(&jobs).round(day), Some((at(1438), 1)));
    }
}

//! Jobs: which failures still count, and when each instance was last backed up.

use std::collections::HashMap;

use holdfast_protection::family::Family;
use holdfast_protection::job::{Job, JobKind};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Failure, Source};

/// Jobs of the last day, by how they stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct JobCounts {
    /// They run.
    pub running: u64,
    /// They ended well within the last day.
    pub succeeded: u64,
    /// They failed within the last day.
    pub failed: u64,
    /// How many jobs were looked at.
    pub looked_at: u64,
}

/// A backup that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Good {
    /// When it began.
    pub at: Timestamp,
    /// Key of the policy that it was made by.
    pub policy: Option<String>,
}

/// What the jobs of all vaults come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nights {
    /// How they stand.
    pub counts: JobCounts,
    /// The last good backup of each resource, by its id in lower case.
    pub last_good: HashMap<String, Good>,
    /// Failures after which nothing of the same kind has succeeded.
    pub failures: Vec<Failure>,
}

impl Nights {
    /// With those of another vault.
    pub fn add(&mut self, other: Self) {
        let JobCounts { running, succeeded, failed, looked_at } = other.counts;
        self.counts.running += running;
        self.counts.succeeded += succeeded;
        self.counts.failed += failed;
        self.counts.looked_at += looked_at;
        self.failures.extend(other.failures);
        for (resource, good) in other.last_good {
            later(&mut self.last_good, resource, good);
        }
    }
}

/// Reads the jobs of all vaults. A failure counts until a job of the same kind succeeds for the same resource, or for a week.
pub fn failures_of(jobs: &[Job], now: Timestamp) -> Nights {
    let day = SignedDuration::from_hours(24);
    let mut nights = Nights::default();
    let mut good: HashMap<(String, String), Timestamp> = HashMap::new();
    for job in jobs {
        nights.counts.looked_at += 1;
        let Some(began) = job.began() else { continue };
        let is_recent = now.duration_since(began) <= day;
        match (job.has_ended(), job.has_succeeded()) {
            (false, _) => nights.counts.running += 1,
            (true, true) => {
                nights.counts.succeeded += u64::from(is_recent);
                let last = good.entry(key(job)).or_insert(began);
                *last = (*last).max(began);
                if job.is_backup() {
                    let good = Good { at: began, policy: policy(job) };
                    later(&mut nights.last_good, job.datasource.to_ascii_lowercase(), good);
                }
            }
            (true, false) => nights.counts.failed += u64::from(is_recent && is_failure(job)),
        }
    }
    let counts = |job: &&Job| {
        let week = SignedDuration::from_hours(24 * 7);
        let began = job.began();
        is_failure(job)
            && began.is_none_or(|began| now.duration_since(began) <= week)
            && good.get(&key(job)).is_none_or(|good| began.is_some_and(|began| began > *good))
    };
    nights.failures = jobs.iter().filter(counts).map(failure).collect();
    nights
}

fn later(known: &mut HashMap<String, Good>, resource: String, good: Good) {
    match known.get_mut(&resource) {
        Some(last) if last.at >= good.at => {}
        Some(last) => *last = good,
        None => drop(known.insert(resource, good)),
    }
}

/// The policy of a job, as policies are known elsewhere.
fn policy(job: &Job) -> Option<String> {
    let vault = Family::vault_of(&job.id)?;
    Some(format!("{}/backuppolicies/{}", vault.key(), job.details.policy.as_ref()?.to_ascii_lowercase()))
}

fn is_failure(job: &Job) -> bool {
    job.status.eq_ignore_ascii_case("Failed")
}

/// A resource and what was done to it: a restore that works says nothing of its backups.
fn key(job: &Job) -> (String, String) {
    let kind = match job.kind() {
        Some(JobKind::Backup) => "backup".to_owned(),
        Some(JobKind::Restore) => "restore".to_owned(),
        Some(JobKind::Tiering | JobKind::Management) | None => job.operation.to_ascii_lowercase(),
    };
    (job.datasource.to_ascii_lowercase(), kind)
}

fn failure(job: &Job) -> Failure {
    let error = job.errors.first();
    Failure {
        resource: job.datasource.clone(),
        source: Source::Job,
        code: error.map_or_else(|| job.status.clone(), |error| error.code.clone()),
        message: error.map_or_else(
            || format!("{} failed, and Azure does not say why", job.operation),
            |error| error.message.clone(),
        ),
        recommended: error.and_then(|error| error.recommended_action.first().cloned()),
        at: job.began(),
        job: Some(job.id.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(resource: &str, operation: &str, status: &str, began: &str) -> Job {
        let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v/backupJobs/j";
        let error = r#"{"status": 200, "code": "UserErrorX", "message": "no"}"#;
        let errors = if status == "Failed" { vec![serde_json::from_str(error).unwrap()] } else { Vec::new() };
        Job {
            id: id.parse().unwrap(),
            operation: operation.to_owned(),
            status: status.to_owned(),
            datasource: resource.to_owned(),
            started: Some(began.to_owned()),
            ended: None,
            duration: None,
            instance: None,
            on_demand: false,
            tasks: Vec::new(),
            details: Default::default(),
            errors,
            warnings: Vec::new(),
        }
    }

    #[test]
    fn a_failure_counts_until_the_same_succeeds() {
        let now = "2026-11-29T06:00:00Z".parse().unwrap();
        let jobs = [
            job("/disks/a", "ScheduledBackup", "Failed", "2026-11-29T02:00:00Z"),
            job("/Disks/A", "Backup", "Completed", "2026-11-29T03:00:00Z"),
            job("/disks/b", "Backup", "Completed", "2026-11-28T02:00:00Z"),
            job("/disks/b", "ScheduledBackup", "Failed", "2026-11-29T02:00:00Z"),
            job("/disks/c", "Restore", "Completed", "2026-11-29T05:00:00Z"),
            job("/disks/c", "Backup", "Failed", "2026-11-29T02:00:00Z"),
            job("/disks/d", "Backup", "Failed", "2026-11-01T02:00:00Z"),
            job("/disks/e", "Backup", "InProgress", "2026-11-29T05:59:00Z"),
        ];
        let nights = failures_of(&jobs, now);
        let failed: Vec<&str> = nights.failures.iter().map(|one| one.resource.as_str()).collect();
        assert_eq!(failed, ["/disks/b", "/disks/c"]);
        assert_eq!(nights.counts, JobCounts { running: 1, succeeded: 2, failed: 3, looked_at: 8 });
        assert_eq!(nights.last_good.len(), 2);
    }

    #[test]
    fn a_backup_that_was_only_configured_or_deleted_is_no_good_backup() {
        let now = "2026-11-29T06:00:00Z".parse().unwrap();
        let jobs = [
            job("/vms/a", "Backup (Full)", "Failed", "2026-11-29T02:00:00Z"),
            job("/vms/a", "ConfigureBackup", "Completed", "2026-11-29T03:00:00Z"),
            job("/vms/b", "DeleteBackupData", "Completed", "2026-11-29T03:00:00Z"),
            job("/vms/c", "Backup (Log)", "Completed", "2026-11-29T03:00:00Z"),
        ];
        let nights = failures_of(&jobs, now);
        assert_eq!(nights.last_good.keys().collect::<Vec<_>>(), ["/vms/c"]);
        assert_eq!(nights.failures.len(), 1, "{:?}", nights.failures);
    }
}

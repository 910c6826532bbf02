//! Which jobs a list shows. Azure filters nothing: the filter is applied to what it lists.

use jiff::Timestamp;

use super::Job;
use crate::workload::azure_files;
use crate::workload::in_machine::Database;
use crate::{ResourceId, Workload};

/// What jobs have to be to be shown; an empty filter shows all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// With this status, without regard to case.
    pub status: Option<String>,
    /// Of this operation, such as `Restore`, without regard to case; `Backup` means those by schedule and those of one
    /// kind, such as `Backup (Full)`, too.
    pub operation: Option<String>,
    /// Of this resource.
    pub datasource: Option<ResourceId>,
    /// Of this backup instance.
    pub instance: Option<ResourceId>,
    /// Begun at or after this.
    pub since: Option<Timestamp>,
    /// Begun at or before this.
    pub until: Option<Timestamp>,
    /// Only those that run.
    pub running: bool,
}

impl JobFilter {
    /// Whether a job passes.
    pub fn takes(&self, job: &Job) -> bool {
        let same = |wanted: &Option<String>, is: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(is))
        };
        let began = job.began();
        same(&self.status, &job.status)
            && (same(&self.operation, &job.operation) || job.is_backup() && same(&self.operation, "Backup"))
            && (!self.running || !job.has_ended())
            && self.datasource.as_ref().is_none_or(|id| is_about(job, id))
            && self
                .instance
                .as_ref()
                .is_none_or(|id| job.instance.as_ref() == Some(id) || self.may_be_of(job))
            && self.since.is_none_or(|since| began.is_some_and(|began| began >= since))
            && self.until.is_none_or(|until| began.is_some_and(|began| began <= until))
    }

    /// Some jobs do not name their instance: they are told by the resource, if that is asked for as well.
    fn may_be_of(&self, job: &Job) -> bool {
        job.instance.is_none() && self.datasource.is_some()
    }

    /// Those that pass, the newest first.
    pub fn of(&self, mut jobs: Vec<Job>) -> Vec<Job> {
        jobs.retain(|job| self.takes(job));
        jobs.sort_by(|a, b| b.began().cmp(&a.began()).then_with(|| a.id.key().cmp(&b.id.key())));
        jobs
    }
}

/// Whether a job is about a resource. Jobs of shares name the account and the share, those of databases the database and
/// its server, and no more (recorded).
pub(crate) fn is_about(job: &Job, id: &ResourceId) -> bool {
    if id.as_str().eq_ignore_ascii_case(&job.datasource) {
        return true;
    }
    if let Some(database) = Database::of(id) {
        let named = format!("{} [{}]", database.name, database.machine.name());
        return named.eq_ignore_ascii_case(&job.datasource);
    }
    let is_share = id.resource_type().eq_ignore_ascii_case(Workload::AzureFiles.resource_type());
    let account = azure_files::account(id).filter(|_| is_share);
    account.is_some_and(|account| {
        format!("{}/{}", account.name(), id.name()).eq_ignore_ascii_case(&job.datasource)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_job_of_a_share_is_found_by_the_names_that_it_has() {
        let group = "/subscriptions/s/resourceGroups/g/providers";
        let job = |datasource: &str| {
            let id = format!("{group}/Microsoft.RecoveryServices/vaults/v/backupJobs/j");
            let shown =
                json!({ "id": id, "operation": "Backup", "status": "Completed", "datasource": datasource });
            serde_json::from_value::<Job>(shown).unwrap()
        };
        let filter = |below: &str| JobFilter {
            datasource: Some(format!("{group}/{below}").parse().unwrap()),
            ..JobFilter::default()
        };
        let share = filter("Microsoft.Storage/storageAccounts/files/fileServices/default/shares/docs");
        assert!(share.takes(&job("files/docs")) && share.takes(&job("Files/Docs")));
        assert!(!share.takes(&job("files/other")) && !share.takes(&job("other/docs")));
        let database = filter("Microsoft.DBforPostgreSQL/servers/files/databases/docs");
        assert!(!database.takes(&job("files/docs")));
    }
}

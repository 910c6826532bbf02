//! Which jobs a list shows. Azure filters nothing: the filter is applied to what it lists.

use jiff::Timestamp;

use super::{Job, JobOperation};
use crate::workload::azure_files;
use crate::workload::in_machine::Database;
use crate::{ResourceId, Workload};

/// What jobs have to be to be shown; an empty filter shows all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// With this status, without regard to case.
    pub status: Option<String>,
    /// Of this operation, by whichever of Azure's words.
    pub operation: Option<JobOperation>,
    /// Of this resource.
    pub datasource: Option<ResourceId>,
    /// Of this backup instance.
    pub instance: Option<ResourceId>,
    /// Begun at or after this.
    pub since: Option<Timestamp>,
    /// Begun at or before this.
    pub until: Option<Timestamp>,
    /// Ended at or after this.
    pub ended_since: Option<Timestamp>,
    /// Ended before this.
    pub ended_before: Option<Timestamp>,
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
        let ended = job.ended_at();
        same(&self.status, &job.status)
            && self.operation.is_none_or(|operation| operation.takes(job))
            && (!self.running || !job.has_ended())
            && self.datasource.as_ref().is_none_or(|id| is_about(job, id))
            && self
                .instance
                .as_ref()
                .is_none_or(|id| job.instance.as_ref() == Some(id) || self.may_be_of(job))
            && self.since.is_none_or(|since| began.is_some_and(|began| began >= since))
            && self.until.is_none_or(|until| began.is_some_and(|began| began <= until))
            && self.ended_since.is_none_or(|since| ended.is_some_and(|ended| ended >= since))
            && self.ended_before.is_none_or(|before| ended.is_some_and(|ended| ended < before))
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
/// mostly its server, and no more (recorded).
pub(crate) fn is_about(job: &Job, id: &ResourceId) -> bool {
    if id.as_str().eq_ignore_ascii_case(&job.datasource) {
        return true;
    }
    if let Some(database) = Database::of(id) {
        return is_about_database(job, &database);
    }
    let is_share = id.resource_type().eq_ignore_ascii_case(Workload::AzureFiles.resource_type());
    let account = azure_files::account(id).filter(|_| is_share);
    account.is_some_and(|account| {
        format!("{}/{}", account.name(), id.name()).eq_ignore_ascii_case(&job.datasource)
    })
}

/// Windows cuts the name of a machine off here (recorded).
const LONGEST_SERVER: usize = 15;

/// Only backups and restores name the server, with or without its domain.
fn is_about_database(job: &Job, database: &Database) -> bool {
    let Some((name, server)) = job.datasource.split_once(" [") else {
        return database.name.eq_ignore_ascii_case(&job.datasource);
    };
    let server = server.trim_end_matches(']');
    let server = server.split('.').next().unwrap_or(server);
    let machine = database.machine.name();
    let short = machine.get(..LONGEST_SERVER).unwrap_or(machine);
    database.name.eq_ignore_ascii_case(name)
        && [machine, short].iter().any(|known| known.eq_ignore_ascii_case(server))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const GROUP: &str = "/subscriptions/s/resourceGroups/g/providers";

    fn job(operation: &str, datasource: &str) -> Job {
        let id = format!("{GROUP}/Microsoft.RecoveryServices/vaults/v/backupJobs/j");
        let shown =
            json!({ "id": id, "operation": operation, "status": "Completed", "datasource": datasource });
        serde_json::from_value(shown).unwrap()
    }

    fn of_resource(below: &str) -> JobFilter {
        JobFilter { datasource: Some(format!("{GROUP}/{below}").parse().unwrap()), ..JobFilter::default() }
    }

    #[test]
    fn a_job_of_a_share_is_found_by_the_names_that_it_has() {
        let job = |datasource: &str| job("Backup", datasource);
        let share = of_resource("Microsoft.Storage/storageAccounts/files/fileServices/default/shares/docs");
        assert!(share.takes(&job("files/docs")) && share.takes(&job("Files/Docs")));
        assert!(!share.takes(&job("files/other")) && !share.takes(&job("other/docs")));
        let database = of_resource("Microsoft.DBforPostgreSQL/servers/files/databases/docs");
        assert!(!database.takes(&job("files/docs")));
    }

    /// Recorded: `msdb [server]` of backups and restores, `msdb` of all other jobs.
    #[test]
    fn a_job_of_a_database_is_found_however_its_server_is_named() {
        let machine = "Microsoft.Compute/virtualMachines/sql-server-of-sales";
        let sales = of_resource(&format!("{machine}/sqlInstances/MSSQLSERVER/databases/sales"));
        for named in ["sales [sql-server-of-sales]", "Sales [SQL-SERVER-OF-S]", "sales [sql-server-of-s.x.y]"]
        {
            assert!(sales.takes(&job("Backup (Full)", named)), "{named}");
        }
        assert!(sales.takes(&job("ConfigureBackup", "sales")));
        for other in ["sales [sql-2]", "sale [sql-server-of-sales]", "sales2"] {
            assert!(!sales.takes(&job("Backup (Full)", other)), "{other}");
        }
    }

    #[test]
    fn jobs_are_listed_by_what_they_do_whatever_azure_calls_that() {
        let filter = |operation| JobFilter { operation: Some(operation), ..JobFilter::default() };
        let takes = |operation, word: &str| filter(operation).takes(&job(word, "x"));
        assert!(
            takes(JobOperation::Backup, "Backup (Log)") && takes(JobOperation::Backup, "ScheduledBackup")
        );
        assert!(takes(JobOperation::Restore, "Restore (Full)"));
        assert!(takes(JobOperation::Restore, "CrossRegionRestore"));
        assert!(takes(JobOperation::Management, "DisableBackup"));
        assert!(!takes(JobOperation::Backup, "ConfigureBackup"));
        let asked = Job { on_demand: true, ..job("Backup (Full)", "x") };
        assert!(!filter(JobOperation::ScheduledBackup).takes(&asked));
        assert!(takes(JobOperation::ScheduledBackup, "Backup (Full)"));
    }
}

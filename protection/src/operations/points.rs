//! What is done with one recovery point or one job: a session for its files, the archive, the end of a job.

use jiff::Timestamp;

use super::stage::{OperationPlan, Stage};
use super::subject::Subject;
use super::{OperationError, Operations};
use crate::family::Family;
use crate::file_session::FileSession;
use crate::impossible::Impossible;
use crate::job::{Job, is_about};
use crate::points::{Choice, RecoveryPoint, choose, choose_open};
use crate::tier::DataStore;
use crate::vault::{CrossRegion, Vault};
use crate::{AzureError, ResourceId, Workload, shell};

impl Operations {
    /// A session out of which files of a machine are taken.
    pub(super) async fn plan_open_files(
        &self,
        subject: &Subject,
        point: &Choice,
        now: Timestamp,
    ) -> Result<OperationPlan, OperationError> {
        let points = self.points_with_files(subject).await?;
        let point = choose(&points, point, now)?;
        if point.is_archived() {
            return Err(Impossible::new(
                "UserErrorArchivedRecoveryPointsRequestedForRestore",
                format!("recovery point `{}` lies in the archive tier", point.id),
                "choose a later point, or restore the disks of this one with `rehydrate`",
            )
            .into());
        }
        let notes = vec![format!(
            "it ends by itself after twelve hours. End it when the files are taken (`holdfast files {} --point {} --close`): \
             while it is open, the next backup of the machine that mounts it can fail",
            shell::word(subject.instance.datasource.as_str()),
            shell::word(&point.id)
        )];
        Ok(OperationPlan { stages: vec![Stage::OpenFiles { session: session(subject, point) }], notes })
    }

    /// The end of such a session.
    pub(super) async fn plan_close_files(
        &self,
        subject: &Subject,
        point: &Choice,
        now: Timestamp,
    ) -> Result<OperationPlan, OperationError> {
        let points = self.points_with_files(subject).await?;
        let point = choose_open(&points, point, now)?;
        let stages = vec![Stage::CloseFiles { session: session(subject, point) }];
        Ok(OperationPlan { stages, notes: Vec::new() })
    }

    /// A recovery point into the archive.
    pub(super) async fn plan_archive(
        &self,
        subject: &Subject,
        point: &Choice,
        now: Timestamp,
    ) -> Result<Stage, OperationError> {
        let name = subject.instance.datasource.name();
        if !subject.workload.is_some_and(Workload::archives_points) {
            return Err(Impossible::new(
                "ArchiveNotSupported",
                format!(
                    "Azure Backup moves no recovery point of `{name}` to the archive when it is asked to"
                ),
                "leave it where it is: it expires by its policy",
            )
            .into());
        }
        let points = self.points(subject).await?;
        let point = choose(&points, point, now)?;
        if point.is_in(DataStore::ArchiveStore) {
            return Err(Impossible::new(
                "NothingToDo",
                format!("recovery point `{}` lies in the archive already", point.id),
                "see the recovery points",
            )
            .into());
        }
        if !point.is_in(DataStore::VaultStore) {
            return Err(Impossible::new(
                "RecoveryPointNotInTier",
                format!(
                    "recovery point `{}` is not in the vault yet, and only from there it is moved",
                    point.id
                ),
                "wait until its backup has ended, or choose an older point",
            )
            .into());
        }
        Ok(Stage::Archive { instance: subject.instance.id.clone(), point: point.id.clone() })
    }

    /// The end of a job that runs.
    pub(super) async fn plan_cancel(
        &self,
        id: &ResourceId,
        subject: &Subject,
    ) -> Result<Stage, OperationError> {
        let family = Family::of(id);
        if !family.is_some_and(Family::cancels_jobs) {
            return Err(Impossible::new(
                "JobCannotBeCancelled",
                format!("Azure cancels no job of a {}", family.map_or("vault", Family::vault_noun)),
                "wait until it has ended",
            )
            .into());
        }
        let name = id.name();
        let impossible =
            |code, message: String, way_out: &str| Impossible::new(code, message, way_out).into();
        let ended = |job: &Job| {
            impossible(
                "NothingToDo",
                format!("job `{name}` has ended already, as {}", job.status),
                "see the job",
            )
        };
        match self.azure.backups_of(id)?.job(id).await? {
            Some(job) if job.has_ended() => return Err(ended(&job)),
            // The rules judged the resource that was stated, and nothing else may come of it.
            Some(job) if !is_of(&job, subject.target().resource, &subject.instance.id) => {
                return Err(impossible(
                    "JobOfAnotherResource",
                    format!(
                        "job `{name}` is about `{}`, and not about `{}`",
                        job.datasource,
                        subject.target().resource
                    ),
                    "state the resource that the job is about",
                ));
            }
            Some(_) => return Ok(Stage::CancelJob { job: id.clone() }),
            None => {}
        }
        Err(match self.job_in_the_pair(id).await? {
            Some(job) if job.has_ended() => ended(&job),
            Some(_) => impossible(
                "JobCannotBeCancelled",
                format!("job `{name}` runs in the paired region, where Azure cancels none"),
                "wait until it has ended; what it restores can be deleted then",
            ),
            None => impossible(
                "JobNotFound",
                format!("there is no job `{name}`"),
                "see the jobs of the vault; Azure forgets them after some weeks",
            ),
        })
    }

    /// The job as the paired region of its vault shows it: the interface there lists and shows jobs, and no more (official).
    async fn job_in_the_pair(&self, job: &ResourceId) -> Result<Option<Job>, AzureError> {
        let Some(vault) = Family::vault_of(job) else { return Ok(None) };
        let backups = self.azure.backups_of(&vault)?;
        let Some(Vault { location, cross_region, .. }) = backups.vault(&vault).await? else {
            return Ok(None);
        };
        let CrossRegion::Enabled { secondary: Some(secondary) } = cross_region else { return Ok(None) };
        backups.secondary_job(&vault, &secondary, &location, job.name()).await
    }

    async fn points_with_files(&self, subject: &Subject) -> Result<Vec<RecoveryPoint>, OperationError> {
        if subject.workload.is_some_and(Workload::opens_files) {
            return self.points(subject).await;
        }
        Err(Impossible::new(
            "FilesNotSupported",
            format!(
                "single files are taken out of backups of machines, not of `{}`",
                subject.instance.datasource.name()
            ),
            "restore it, or parts of it: `POST /api/restore`",
        )
        .into())
    }

    async fn points(&self, subject: &Subject) -> Result<Vec<RecoveryPoint>, OperationError> {
        let instance = &subject.instance.id;
        Ok(self.azure.backups_of(instance)?.points(instance).await?)
    }
}

fn session(subject: &Subject, point: &RecoveryPoint) -> FileSession {
    FileSession {
        instance: subject.instance.id.clone(),
        machine: subject.instance.datasource.clone(),
        point: point.id.clone(),
    }
}

/// Whether a job is of a resource with this backup instance. Names count within the vault alone: others have them, too.
fn is_of(job: &Job, resource: &ResourceId, instance: &ResourceId) -> bool {
    if job.instance.as_ref() == Some(instance) || resource.as_str().eq_ignore_ascii_case(&job.datasource) {
        return true;
    }
    let is_named = is_about(job, resource) || resource.name().eq_ignore_ascii_case(&job.datasource);
    is_named && Family::vault_of(&job.id).is_some_and(|vault| Family::vault_of(instance) == Some(vault))
}

#[test]
fn a_job_of_something_else_is_not_ended_in_the_name_of_a_resource() {
    const GROUP: &str = "/subscriptions/s/resourceGroups/g/providers";
    let id = |below: &str| -> ResourceId { format!("{GROUP}/{below}").parse().unwrap() };
    let [_, of_items] = Family::ALL.map(Family::vault_type);
    let vault = |name: &str| id(&format!("{of_items}/{name}"));
    let job = |datasource: &str, instance: Option<ResourceId>| -> Job {
        let shown = serde_json::json!({ "id": vault("v").child("backupJobs", "j").unwrap(), "operation": "Backup",
            "status": "InProgress", "datasource": datasource, "instance": instance });
        serde_json::from_value(shown).unwrap()
    };
    let item = |vault: &ResourceId, name: &str| {
        let container = format!("backupFabrics/Azure/protectionContainers/c/protectedItems/{name}");
        format!("{vault}/{container}").parse::<ResourceId>().unwrap()
    };
    let machine = id("Microsoft.Compute/virtualMachines/web");
    let (own, other) = (item(&vault("v"), "web"), item(&vault("v"), "erp"));
    assert!(is_of(&job("web", Some(own.clone())), &machine, &own));
    assert!(is_of(&job(machine.as_str(), None), &machine, &own));
    assert!(is_of(&job("WEB", None), &machine, &own));
    assert!(!is_of(&job("web", None), &machine, &item(&vault("elsewhere"), "web")));
    let erp = id("Microsoft.Compute/virtualMachines/erp");
    assert!(!is_of(&job(erp.as_str(), Some(other)), &machine, &own));
    let sales = machine.child("sqlInstances/MSSQLSERVER/databases", "sales").unwrap();
    let database = item(&vault("v"), "sqldatabase;mssqlserver;sales");
    assert!(is_of(&job("sales [web]", None), &sales, &database));
    assert!(!is_of(&job("sales [erp]", None), &sales, &database));
}

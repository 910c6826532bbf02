//! What Azure holds in these tests, what was asked of it, and where it fails.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use holdfast_evaluator::Resource;
use holdfast_protection::instance::{BackupInstance, ProtectionState};
use holdfast_protection::job::{Job, JobDetails};
use holdfast_protection::ledger::Entry;
use holdfast_protection::operation::{NamedJob, OperationUrl, Started};
use holdfast_protection::points::RecoveryPoint;
use holdfast_protection::ports::{Ledger, StorageError, Written};
use holdfast_protection::roles::Role;
use holdfast_protection::vault::Immutability;
use holdfast_protection::{AzureError, Refusal, ResourceId};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// All of it, behind one lock that is never held across a wait.
#[derive(Clone, Default)]
pub(crate) struct World(Arc<Mutex<State>>);

#[derive(Default)]
pub(crate) struct State {
    pub(crate) now: Timestamp,
    pub(crate) instances: Vec<BackupInstance>,
    pub(crate) deleted: Vec<BackupInstance>,
    /// Instances that Azure's index names.
    pub(crate) indexed: Vec<ResourceId>,
    /// Vaults that Azure's index names; it is not asked while there are none.
    pub(crate) vaults: Vec<ResourceId>,
    /// Vaults and instances that may not be read.
    pub(crate) shut: Vec<ResourceId>,
    /// Resources that are there beside the protected one.
    pub(crate) there: Vec<ResourceId>,
    /// Resources of which Azure shows just this.
    pub(crate) shown: Vec<Resource>,
    /// Resources that were deleted.
    pub(crate) gone: Vec<ResourceId>,
    pub(crate) jobs: Vec<Job>,
    /// Jobs of the paired region; there is none while this is empty.
    pub(crate) abroad: Vec<Job>,
    /// What was asked that changes something, in order.
    pub(crate) calls: Vec<String>,
    /// Answers to the next validations; success when there is none.
    pub(crate) validations: Vec<Refusal>,
    /// How the next restores are not taken; they are when there is none.
    pub(crate) restores_refused: Vec<AzureError>,
    /// How the next stops, suspensions and deletions end; well when there is none.
    pub(crate) lifecycle_changes_refused: Vec<Refusal>,
    /// How Azure refuses the next of them at once; it takes them when there is none.
    pub(crate) refused_at_once: Vec<Refusal>,
    /// Whether each of them is a job.
    pub(crate) lifecycle_jobs: bool,
    /// Roles that everybody holds everywhere.
    pub(crate) assigned: Vec<Role>,
    /// Whether roles may be granted.
    pub(crate) may_not_grant: bool,
    /// Whether resources may be read.
    pub(crate) may_not_read: bool,
    /// Operations under way, with how often they still answer that they run.
    pub(crate) operations: BTreeMap<String, Running>,
    /// Documents of the ledger.
    pub(crate) documents: BTreeMap<String, Value>,
    /// The name of the documents for which storage is asked twice: its first answer is lost.
    pub(crate) repeated: Option<&'static str>,
    /// How the last job of a restore or backup ends.
    pub(crate) job_fails: Option<Refusal>,
    /// For how many seconds a job is in no list and cannot be read.
    pub(crate) job_lag: i64,
    /// How immutable every vault is.
    pub(crate) immutability: Immutability,
    /// The recovery points of every instance; one beside its resource while none are named.
    pub(crate) points: Option<Vec<RecoveryPoint>>,
    /// Whether every recovery point lies in the vault.
    pub(crate) copied: bool,
    /// Whether lists of jobs leave out who asked, as those of machines and shares do.
    pub(crate) quiet: bool,
    /// How ended operations name their job.
    pub(crate) naming: Naming,
    /// The exchange with the outside that fails, and how.
    pub(crate) fault: Option<(usize, Fault)>,
    pub(crate) exchanges: usize,
}

#[derive(Clone)]
pub(crate) struct Running {
    pub(crate) polls: u32,
    pub(crate) end: Result<Option<ResourceId>, Refusal>,
}

/// How an ended operation names the job that it started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Naming {
    #[default]
    Id,
    Guid,
    Nothing,
}

impl Naming {
    pub(crate) fn of(self, job: ResourceId) -> Option<NamedJob> {
        match self {
            Self::Id => Some(NamedJob::Id(job)),
            Self::Guid => Some(NamedJob::Guid(job.name().to_owned())),
            Self::Nothing => None,
        }
    }
}

/// How an exchange with the outside fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is not done.
    Before,
    /// It is done, and nobody hears of it.
    After,
}

impl World {
    pub(crate) fn with<T>(&self, show: impl FnOnce(&mut State) -> T) -> T {
        show(&mut self.0.lock().unwrap())
    }

    /// How often something was asked that begins so.
    pub(crate) fn count(&self, call: &str) -> usize {
        self.with(|state| state.calls.iter().filter(|one| one.starts_with(call)).count())
    }

    /// One exchange with the outside: done, and failed if this is the one that fails.
    pub(crate) fn exchange<T>(
        &self,
        action: &str,
        done: impl FnOnce(&mut State) -> T,
    ) -> Result<T, AzureError> {
        let lost = AzureError::Unavailable {
            action: action.to_owned(),
            detail: "lost".to_owned(),
            retry_after: None,
        };
        self.with(|state| {
            let at = state.exchanges;
            state.exchanges += 1;
            match state.fault {
                Some((fails, Fault::Before)) if fails == at => Err(lost),
                Some((fails, Fault::After)) if fails == at => {
                    done(state);
                    Err(lost)
                }
                _ => Ok(done(state)),
            }
        })
    }
}

impl State {
    /// Starts an operation that ends so.
    pub(crate) fn start(&mut self, end: Result<Option<ResourceId>, Refusal>) -> Started {
        let url = format!("https://management.azure.com/operations/{}?s=signature", self.operations.len());
        self.operations.insert(url.clone(), Running { polls: 1, end });
        Started::Running { operation: OperationUrl(url), retry_after: Duration::from_secs(10) }
    }

    pub(crate) fn job(&mut self, operation: &str, instance: &ResourceId) -> ResourceId {
        let vault = instance.parent().unwrap();
        let id = vault.child("backupJobs", &format!("job-{}", self.jobs.len())).unwrap();
        self.jobs.push(Job {
            id: id.clone(),
            operation: operation.to_owned(),
            status: "InProgress".to_owned(),
            datasource: String::new(),
            started: Some(self.now.to_string()),
            ended: None,
            duration: None,
            instance: Some(instance.clone()),
            on_demand: true,
            tasks: Vec::new(),
            details: JobDetails::default(),
            errors: Vec::new(),
            warnings: Vec::new(),
        });
        id
    }

    /// The same for a restore, which shows where it goes.
    pub(crate) fn restore_job(&mut self, instance: &ResourceId, to: &str) -> ResourceId {
        let id = self.job("Restore", instance);
        if let Some(job) = self.jobs.last_mut() {
            job.details.destination = Some(to.to_owned());
        }
        id
    }

    /// The jobs that Azure shows by now.
    pub(crate) fn shown_jobs(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter().filter(|job| {
            let started: Timestamp = job.started.as_deref().unwrap().parse().unwrap();
            self.now >= started + SignedDuration::from_secs(self.job_lag)
        })
    }

    pub(crate) fn set_state(&mut self, instance: &ResourceId, to: ProtectionState) {
        for one in &mut self.instances {
            if one.id == *instance {
                one.state = to.clone();
            }
        }
    }
}

#[async_trait]
impl Ledger for World {
    async fn append(&self, entry: &Entry) -> Result<Written, StorageError> {
        let written = self.exchange("append", |state| {
            if state.documents.contains_key(&entry.path) {
                return Written::AlreadyThere;
            }
            state.documents.insert(entry.path.clone(), serde_json::from_str(&entry.body).unwrap());
            let is_repeated = state.repeated.is_some_and(|name| entry.path.ends_with(name));
            if is_repeated { Written::AlreadyThere } else { Written::New }
        });
        written.map_err(|error| StorageError { action: "append".to_owned(), detail: error.to_string() })
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        Ok(self
            .with(|state| state.documents.keys().filter(|path| path.starts_with(prefix)).cloned().collect()))
    }

    async fn read(&self, path: &str) -> Result<Option<Value>, StorageError> {
        Ok(self.with(|state| state.documents.get(path).cloned()))
    }
}

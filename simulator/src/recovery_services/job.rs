//! Jobs: what the service does to an item, from its beginning to its end. How far one is follows from the clock alone.

pub(super) mod cancel;
pub(super) mod export;
mod index;
pub(super) mod list;
mod shown;

mod step;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

pub(super) use index::Jobs;
pub(super) use shown::WORDS_SINCE;
pub(super) use step::{Phase, Step};

use super::State;
use super::effect::Effect;
use super::item::Wish;
use super::kind::Kind;
use super::trouble::Trouble;
use crate::wire::path::name_of;
use crate::world::World;

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    Configure,
    Disable,
    Delete,
    Undelete,
    Backup,
    Restore,
    CrossRegionRestore,
    /// To the archive; Azure's word for it is not written down.
    Move,
}

impl Task {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Configure => "ConfigureBackup",
            Self::Disable => "DisableBackup",
            Self::Delete => "DeleteBackupData",
            Self::Undelete => "Undelete",
            Self::Backup => "Backup",
            Self::Restore => "Restore",
            Self::CrossRegionRestore => "CrossRegionRestore",
            Self::Move => "MoveRecoveryPoint",
        }
    }
}

/// How a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JobStatus {
    InProgress,
    Cancelling,
    Completed,
    Failed,
    Cancelled,
}

impl JobStatus {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Cancelling => "Cancelling",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
        }
    }

    fn is_over(self) -> bool {
        !matches!(self, Self::InProgress | Self::Cancelling)
    }
}

/// How a job ends.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Ending {
    Completed,
    Failed(Trouble),
    Cancelled,
}

/// A job.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) task: Task,
    pub(super) status: JobStatus,
    pub(super) started: Timestamp,
    pub(super) ended: Option<Timestamp>,
    /// The id of its item.
    pub(super) item: String,
    /// The name of the virtual machine, the share or the database.
    pub(super) entity: String,
    /// The name of the storage account, of shares.
    pub(super) account: String,
    /// `propertyBag`.
    pub(super) bag: Map<String, Value>,
    /// What its bag shows besides once it has ended well.
    pub(super) bag_at_end: Map<String, Value>,
    /// `internalPropertyBag`.
    pub(super) internal: Option<Value>,
    pub(super) steps: Vec<Step>,
    /// How far a restore is, phase by phase, where it says so.
    pub(super) phases: &'static [Phase],
    pub(super) trouble: Option<Trouble>,
    /// What the service adds to its failure.
    pub(super) dynamic: Option<String>,
    pub(super) activity: String,
    /// The kind of backup that it makes or restores, of databases.
    pub(super) detail: Option<&'static str>,
    /// Whether somebody asked for it, as far as it tells.
    pub(super) asked: bool,
}

impl Job {
    /// A job on the item `item` that has just begun.
    pub(super) fn begun(
        world: &mut World,
        vault: &str,
        kind: Kind,
        task: Task,
        entity: &str,
        item: &str,
    ) -> Self {
        let (name, activity, started) = (world.guid(), world.guid(), world.now());
        let vault = State::of(world).vaults.get(vault).map(|vault| vault.id.clone()).unwrap_or_default();
        let container = item.split('/').rev().nth(2).unwrap_or_default();
        let account = container.rsplit(';').next().unwrap_or_default().to_owned();
        let job = Self {
            id: format!("{vault}/backupJobs/{name}"),
            name,
            kind,
            task,
            status: JobStatus::InProgress,
            started,
            ended: None,
            item: item.to_owned(),
            entity: entity.to_owned(),
            bag: Map::new(),
            bag_at_end: Map::new(),
            internal: None,
            steps: Vec::new(),
            phases: &[],
            trouble: None,
            dynamic: None,
            detail: None,
            asked: true,
            activity,
            account: account.clone(),
        };
        match kind {
            Kind::Machine => job.saying("VM Name", entity),
            Kind::Share => job.saying("File Share Name", entity).saying("Storage Account Name", &account),
            Kind::Database(_) => job,
        }
    }

    /// The same with a word in its bag.
    pub(super) fn saying(mut self, name: &str, value: &str) -> Self {
        self.bag.insert(name.to_owned(), json!(value));
        self
    }

    /// The same, telling of what is wished (recorded, for both kinds).
    pub(super) fn of_policy(self, wish: &Wish) -> Self {
        match (wish, self.kind) {
            (Wish::Protect { policy, .. }, _) => self.saying("Policy Name", name_of(policy)),
            (Wish::End(_), Kind::Machine) => self.saying("Policy Name", ""),
            (Wish::Undelete, Kind::Machine) => self.saying("Undelete flag", "True"),
            (Wish::End(_) | Wish::Undelete, Kind::Share | Kind::Database(_)) => self,
        }
    }

    /// The same, telling how many points are deleted (recorded of virtual machines).
    pub(super) fn of_points(self, points: usize) -> Self {
        match self.kind {
            Kind::Machine => self.saying("Number of Recovery Points", &points.to_string()),
            Kind::Share | Kind::Database(_) => self,
        }
    }

    /// `operation`: of databases with the kind of backup, of restores not before they are over (recorded).
    pub(super) fn operation(&self) -> String {
        match self.detail {
            Some(detail) if self.task == Task::Backup || self.status.is_over() => {
                format!("{} ({detail})", self.task.word())
            }
            _ => self.task.word().to_owned(),
        }
    }
}

/// Keeps a job that has `effect` after so many seconds.
pub(super) fn runs(world: &mut World, vault: &str, job: Job, seconds: f64, effect: Effect) {
    kept(world, vault, job);
    let at = world.after(seconds);
    world.schedule(at, effect);
}

/// Keeps a job.
pub(super) fn kept(world: &mut World, vault: &str, job: Job) {
    let id = job.id.clone();
    if let Some(vault) = State::of_mut(world).vaults.get_mut(vault) {
        vault.jobs.insert(job.name.clone(), job);
    }
    world.touch(&id);
}

/// The job with this name.
pub(super) fn found<'world>(world: &'world World, vault: &str, job: &str) -> Option<&'world Job> {
    State::of(world).vaults.get(vault)?.jobs.get(&job.to_ascii_lowercase())
}

/// Whether a job still goes on, so that what it was begun for is still to be done.
pub(super) fn goes_on(world: &World, vault: &str, job: &str) -> bool {
    found(world, vault, job).is_some_and(|job| job.status == JobStatus::InProgress)
}

/// Ends a job, unless it has ended already.
pub(super) fn ends(world: &mut World, vault: &str, job: &str, at: Timestamp, ending: Ending) {
    let found = State::of_mut(world).vaults.get_mut(vault).and_then(|vault| vault.jobs.get_mut(job));
    let Some(job) = found.filter(|job| !job.status.is_over()) else { return };
    job.ended = Some(at);
    job.status = match &ending {
        Ending::Completed => JobStatus::Completed,
        Ending::Failed(_) => JobStatus::Failed,
        Ending::Cancelled => JobStatus::Cancelled,
    };
    match ending {
        Ending::Completed => {
            let more = std::mem::take(&mut job.bag_at_end);
            job.bag.extend(more);
        }
        Ending::Failed(trouble) => job.trouble = Some(trouble),
        Ending::Cancelled => {}
    }
    let id = job.id.clone();
    world.touch(&id);
}

/// A fault has a job end badly: what it was begun for is not done.
pub(super) fn fails(world: &mut World, vault: &str, job: &str, trouble: Trouble, at: Timestamp) {
    if let Some(vault) = State::of_mut(world).vaults.get_mut(vault) {
        vault.changing.retain(|_, changing| changing != job);
    }
    ends(world, vault, job, at, Ending::Failed(trouble));
}

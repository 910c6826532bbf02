//! The request that Azure takes, word for word but without its spelling: `azure` writes that.

mod into;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::desired::Rehydrate;
use crate::job::JobDetails;
use crate::tier::DataStore;
use crate::{Location, ResourceId};

pub use into::{
    BlobRange, ClusterItems, ContainerItems, Criterion, DatabaseFiles, RestoreInto, ShareFiles,
    TargetDatabase, TargetDatasource, TargetMachine,
};

/// A restore that is ready to be validated and asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RestoreOrder {
    /// The backup instance.
    pub instance: ResourceId,
    /// Which region does it.
    pub region: RestoreRegion,
    /// What is asked.
    pub request: RestoreRequest,
}

/// Which region restores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "region")]
pub enum RestoreRegion {
    /// That of the vault.
    Primary,
    /// The vault's paired region.
    Secondary {
        /// The paired region.
        location: Location,
        /// The vault's own.
        source: Location,
    },
}

/// `restoreRequestObject`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RestoreRequest {
    /// From what.
    pub from: RestoreFrom,
    /// `sourceDataStoreType`.
    pub store: DataStore,
    /// `sourceResourceId`: what was backed up.
    pub source: ResourceId,
    /// `restoreTargetInfo`.
    pub into: RestoreInto,
    /// `restoreLocation`.
    pub location: Location,
}

/// What a restore goes back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "from")]
pub enum RestoreFrom {
    /// A recovery point.
    Point {
        /// Its id.
        id: String,
    },
    /// A recovery point in the archive tier.
    Archived {
        /// Its id.
        id: String,
        /// How it is brought back.
        rehydrate: Rehydrate,
    },
    /// A moment of continuous backup.
    Moment {
        /// The moment.
        at: Timestamp,
    },
}

impl RestoreOrder {
    /// What comes into being or is changed, for people and for finding a second restore of the same.
    pub fn target(&self) -> &ResourceId {
        match &self.request.into {
            RestoreInto::Whole { target } | RestoreInto::Items { target, .. } => &target.id,
            RestoreInto::Files { container, .. } => container,
            RestoreInto::Disks { group, .. } => group,
            RestoreInto::Machine(machine) => &machine.id,
            RestoreInto::MachineInPlace { machine, .. } => machine,
            RestoreInto::Share(files) => &files.share,
            RestoreInto::Database(target) => &target.id,
            RestoreInto::DatabaseFiles(files) => &files.machine,
        }
    }

    /// What no two restores may write to at the same time: the target, and for files their prefix in the container.
    pub fn place(&self) -> String {
        match &self.request.into {
            RestoreInto::Whole { .. }
            | RestoreInto::Items { .. }
            | RestoreInto::Machine(_)
            | RestoreInto::MachineInPlace { .. }
            | RestoreInto::Share(_)
            | RestoreInto::Database(_) => self.target().key(),
            RestoreInto::DatabaseFiles(files) => format!("{} {}", files.machine.key(), files.folder),
            RestoreInto::Files { container, prefix, .. } => format!("{} {prefix}", container.key()),
            // Azure gives each restored disk a name of its own.
            RestoreInto::Disks { group, .. } => format!("{} {}", group.key(), self.instance.key()),
        }
    }

    /// What all orders have in common whose jobs cannot be told apart; none where the place is told by the job.
    pub fn likeness(&self) -> Option<String> {
        match &self.request.into {
            RestoreInto::Files { container, .. } => {
                Some(format!("{} {}", container.key(), self.instance.key()))
            }
            RestoreInto::Whole { .. } | RestoreInto::Items { .. } => None,
            RestoreInto::Disks { .. }
            | RestoreInto::Machine(_)
            | RestoreInto::MachineInPlace { .. }
            | RestoreInto::Share(_)
            | RestoreInto::Database(_)
            | RestoreInto::DatabaseFiles(_) => Some(self.instance.key()),
        }
    }

    /// Whether this job is of this order, as far as a job says: where it goes, and from which point.
    ///
    /// The name of a job's destination leaves out the prefix of files.
    pub fn is_done_by(&self, job: &JobDetails) -> bool {
        let goes_there = match (&self.request.into, &job.destination) {
            // The words that jobs of databases have for where they go are not those of ids.
            (RestoreInto::Database(_) | RestoreInto::DatabaseFiles(_), _) => true,
            (_, Some(destination)) => self.goes_to(destination),
            (RestoreInto::Whole { .. } | RestoreInto::Items { .. } | RestoreInto::Files { .. }, None) => {
                false
            }
            // These jobs do not always name a destination; of one instance, one restore is made at a time.
            (
                RestoreInto::Disks { .. }
                | RestoreInto::Machine(_)
                | RestoreInto::MachineInPlace { .. }
                | RestoreInto::Share(_),
                None,
            ) => true,
        };
        let from_there = match (&self.request.from, &job.source_point) {
            (RestoreFrom::Point { id } | RestoreFrom::Archived { id, .. }, Some(point))
                if !point.id.is_empty() =>
            {
                id.eq_ignore_ascii_case(&point.id)
            }
            _ => true,
        };
        goes_there && from_there
    }

    /// Whether this is the `recoveryDestination` of its job.
    fn goes_to(&self, destination: &str) -> bool {
        match &self.request.into {
            RestoreInto::Whole { target } | RestoreInto::Items { target, .. } => {
                target.id.as_str().eq_ignore_ascii_case(destination)
            }
            RestoreInto::Files { url, .. } => url.eq_ignore_ascii_case(destination),
            // The name of the resource group alone (recorded).
            RestoreInto::Disks { group, .. } | RestoreInto::Machine(TargetMachine { group, .. }) => {
                group.name().eq_ignore_ascii_case(destination)
            }
            RestoreInto::Share(files) => files.are_named(destination),
            // Whatever such a job names besides, it goes to where the backup is from.
            RestoreInto::MachineInPlace { .. } => true,
            RestoreInto::Database(_) | RestoreInto::DatabaseFiles(_) => {
                self.target().as_str().eq_ignore_ascii_case(destination)
            }
        }
    }
}

//! What was begun here and ends by itself.

use jiff::Timestamp;
use serde_json::Value;

use super::database::BackupType;
use super::item::change;
use super::item::deletion::{self, Deletion};
use super::item::write::{Change, Place};
use super::job;
use super::machine::archive::Move;
use super::point::TierStatus;
use super::share;
use super::share::register::{self, Registration};
use super::share::restore::Restore;
use super::trouble::Trouble;
use super::{backup, container, database, intent, machine, point, policy};
use crate::world::{self, World};

/// Something that was started and ends later.
#[derive(Debug)]
pub(super) enum Effect {
    /// An item is protected, stopped or brought back.
    ItemChanges(Box<Change>),
    /// An item is deleted.
    ItemDeleted(Deletion),
    /// The days of a soft-deleted item are over, if it is still the one that was deleted then.
    ItemPurged {
        vault: String,
        item: String,
        generation: u64,
    },
    /// A job ends because a fault had that in store for it.
    JobFails {
        vault: String,
        job: String,
        trouble: Trouble,
    },
    JobCancelled {
        vault: String,
        job: String,
    },
    /// A policy that items follow is written, with a job for each of them.
    PolicyWritten {
        vault: String,
        policy: Value,
        jobs: Vec<String>,
    },
    Registered(Box<Registration>),
    Inquired {
        vault: String,
        container: String,
    },
    Unregistered {
        vault: String,
        container: String,
    },
    ServerRegistered(Box<database::register::Registration>),
    ServerInquired {
        vault: String,
        container: String,
    },
    /// The service looks for what an intent is about.
    IntentLooks {
        vault: String,
        intent: String,
    },
    DatabaseBackedUp(Box<database::backup::Backup>),
    /// A part of a policy of databases is due.
    DatabaseBackupDue {
        vault: String,
        item: String,
        generation: u64,
        wanted: BackupType,
    },
    DatabaseRestored(Box<database::restore::Restore>),
    ShareRestored(Box<Restore>),
    MachineRestored(Box<machine::restore::Restore>),
    /// The files of a point can be reached one by one, or not any more.
    SessionChanges {
        place: Box<Place>,
        point: String,
        open: bool,
    },
    PointMoved(Box<Move>),
    /// A rehydrated point is in the archive only, again.
    RehydrationEnds {
        vault: String,
        item: String,
        point: String,
    },
    /// A backup has its snapshot.
    SnapshotTaken {
        vault: String,
        item: String,
        job: String,
    },
    /// A backup has everything in the vault.
    BackupEnds {
        vault: String,
        item: String,
        job: String,
    },
    /// A scheduled backup is due.
    BackupDue {
        vault: String,
        item: String,
        generation: u64,
    },
    /// A recovery point loses its snapshot, or everything.
    PointAges {
        vault: String,
        item: String,
        point: String,
    },
}

impl world::Effect for Effect {
    fn happen(self: Box<Self>, world: &mut World, at: Timestamp) {
        match *self {
            Self::ItemChanges(change) => change::happens(world, *change, at),
            Self::ItemDeleted(deletion) => deletion::happens(world, deletion, at),
            Self::ItemPurged { vault, item, generation } => {
                deletion::purged(world, &vault, &item, generation)
            }
            Self::JobFails { vault, job, trouble } => job::fails(world, &vault, &job, trouble, at),
            Self::JobCancelled { vault, job } => job::cancel::happens(world, &vault, &job, at),
            Self::PolicyWritten { vault, policy, jobs } => policy::happens(world, &vault, policy, &jobs, at),
            Self::Registered(registration) => register::registered(world, *registration, at),
            Self::Inquired { vault, container } => register::inquired(world, &vault, &container),
            Self::Unregistered { vault, container } => {
                container::unregister::happens(world, &vault, &container)
            }
            Self::ServerRegistered(registration) => database::register::happens(world, *registration),
            Self::ServerInquired { vault, container } => {
                database::inquire::happens(world, &vault, &container);
            }
            Self::IntentLooks { vault, intent } => intent::looks(world, &vault, &intent, at),
            Self::DatabaseBackedUp(backup) => database::backup::happens(world, *backup, at),
            Self::DatabaseBackupDue { vault, item, generation, wanted } => {
                database::schedule::due(world, &vault, &item, generation, wanted);
            }
            Self::DatabaseRestored(restore) => database::restore::happens(world, *restore, at),
            Self::ShareRestored(restore) => share::restore::happens(world, *restore, at),
            Self::MachineRestored(restore) => machine::restore::happens(world, *restore, at),
            Self::SessionChanges { place, point, open } => {
                machine::files::changes(world, &place, &point, open)
            }
            Self::PointMoved(moved) => machine::archive::happens(world, *moved, at),
            Self::RehydrationEnds { vault, item, point } => {
                machine::restore::marked(world, &vault, &item, &point, TierStatus::Valid);
            }
            Self::SnapshotTaken { vault, item, job } => {
                backup::snapshot_taken(world, &vault, &item, &job, at)
            }
            Self::BackupEnds { vault, item, job } => backup::ends(world, &vault, &item, &job, at),
            Self::BackupDue { vault, item, generation } => {
                backup::schedule::due(world, &vault, &item, generation)
            }
            Self::PointAges { vault, item, point } => point::age::ages(world, &vault, &item, &point, at),
        }
    }
}

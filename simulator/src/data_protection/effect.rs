//! What was begun here and ends by itself.

use jiff::Timestamp;

use super::instance::{configure, deletion, health};
use super::job::backup;
use super::point::{self, rehydration};
use super::policy::schedule;
use super::{operation, vault};
use crate::world::{self, World};

/// Something that was started and ends later.
#[derive(Debug)]
pub(crate) enum Effect {
    /// A long-running operation reaches its end.
    OperationEnds(String),
    /// A backup instance comes to rest after being configured.
    InstanceSettles { vault: String, instance: String, generation: u64 },
    /// A backup job reaches its end.
    JobEnds { vault: String, job: String },
    /// A scheduled backup is due.
    BackupDue { vault: String, instance: String, generation: u64, rule: String },
    /// The time of a recovery point is over.
    PointExpires { vault: String, instance: String, point: String },
    /// A rehydration takes another turn.
    Rehydration {
        vault: String,
        instance: String,
        point: String,
        word: &'static str,
        expires: Option<Timestamp>,
    },
    /// The time of a deleted vault is over.
    VaultPurged(String),
    /// The time of a soft-deleted instance is over, if it is still the one deleted by this activity.
    InstancePurged { vault: String, instance: String, activity: String },
    /// Every protected instance is checked again.
    ProtectionChecked,
}

impl world::Effect for Effect {
    fn happen(self: Box<Self>, world: &mut World, at: Timestamp) {
        match *self {
            Self::OperationEnds(id) => operation::ends(world, &id, at),
            Self::InstanceSettles { vault, instance, generation } => {
                configure::instance_settles(world, &vault, &instance, generation, at);
            }
            Self::JobEnds { vault, job } => backup::job_ends(world, &vault, &job, at),
            Self::BackupDue { vault, instance, generation, rule } => {
                schedule::due(world, &vault, &instance, generation, &rule);
            }
            Self::PointExpires { vault, instance, point } => {
                point::expires(world, &vault, &instance, &point, at);
            }
            Self::Rehydration { vault, instance, point, word, expires } => {
                rehydration::mark(world, &vault, &instance, &point, word, expires);
            }
            Self::VaultPurged(name) => vault::deletion::purged(world, &name),
            Self::InstancePurged { vault, instance, activity } => {
                deletion::purged(world, &vault, &instance, &activity);
            }
            Self::ProtectionChecked => health::checked(world, at),
        }
    }
}

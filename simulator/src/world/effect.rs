//! What happens by itself when its time has come.

use jiff::Timestamp;

use super::World;
use crate::{data_protection, deployments, resources};

/// Something that was started and ends later.
#[derive(Debug, Clone)]
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
    /// Every protected instance is looked at again.
    ProtectionChecked,
    /// A resource is gone.
    ResourceVanishes(String),
    /// A resource group is gone with everything in it.
    GroupVanishes(String),
    /// A deployment carries its template out.
    DeploymentEnds(String),
}

impl Effect {
    /// Carries the effect out; `at` is when it was due.
    pub(crate) fn happen(self, world: &mut World, at: Timestamp) {
        match self {
            Self::OperationEnds(id) => data_protection::operation_ends(world, &id, at),
            Self::InstanceSettles { vault, instance, generation } => {
                data_protection::instance_settles(world, &vault, &instance, generation, at);
            }
            Self::JobEnds { vault, job } => data_protection::job_ends(world, &vault, &job, at),
            Self::BackupDue { vault, instance, generation, rule } => {
                data_protection::backup_due(world, &vault, &instance, generation, &rule);
            }
            Self::PointExpires { vault, instance, point } => {
                data_protection::point_expires(world, &vault, &instance, &point, at);
            }
            Self::Rehydration { vault, instance, point, word, expires } => {
                data_protection::mark_rehydration(world, &vault, &instance, &point, word, expires);
            }
            Self::VaultPurged(name) => data_protection::vault_purged(world, &name),
            Self::InstancePurged { vault, instance, activity } => {
                data_protection::instance_purged(world, &vault, &instance, &activity);
            }
            Self::ProtectionChecked => data_protection::protection_checked(world, at),
            Self::ResourceVanishes(id) => resources::vanish(world, &id),
            Self::GroupVanishes(id) => resources::group_vanishes(world, &id),
            Self::DeploymentEnds(id) => deployments::end(world, &id),
        }
    }
}

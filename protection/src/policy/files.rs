//! Policies of file shares: snapshots alone, or snapshots for some days and copies in the vault.

mod desired;

use serde::{Deserialize, Serialize};

use super::kept::Kept;
use super::naming;
use super::runs::Runs;
use super::zone::TimeZone;
use crate::tier::DataStore;

pub use desired::DesiredFiles;

/// A policy of file shares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FilesPolicy {
    /// When backups are taken.
    pub runs: Runs,
    /// In which time zone.
    #[serde(default, skip_serializing_if = "TimeZone::is_utc")]
    pub time_zone: TimeZone,
    /// Where backups are kept, and how long.
    pub backups: ShareBackups,
}

/// Where backups of a share are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ShareBackups {
    /// As snapshots of the share.
    Snapshots {
        /// How long.
        kept: Kept,
    },
    /// As snapshots for some days, and in the vault.
    Vault {
        /// Days of the snapshots.
        snapshot_days: u32,
        /// How long the copies are kept.
        kept: Kept,
    },
}

impl FilesPolicy {
    /// Type of datasource that it is for.
    pub const DATASOURCE_TYPE: &'static str = "Microsoft.Storage/storageAccounts/fileServices/shares";

    /// How long recovery points are kept.
    pub fn kept(&self) -> &Kept {
        match &self.backups {
            ShareBackups::Snapshots { kept } | ShareBackups::Vault { kept, .. } => kept,
        }
    }

    /// Stores in which it keeps backups.
    pub fn stores(&self) -> Vec<DataStore> {
        match self.backups {
            ShareBackups::Snapshots { .. } => vec![DataStore::OperationalStore],
            ShareBackups::Vault { .. } => vec![DataStore::OperationalStore, DataStore::VaultStore],
        }
    }

    /// What it keeps in the vault for a shorter time than another policy does, in words. Snapshots of the share are
    /// none of the vault's, and back to snapshots alone there is no way.
    pub fn keeps_shorter_than(&self, other: &Self) -> Option<String> {
        match (&self.backups, &other.backups) {
            (ShareBackups::Vault { kept: new, .. }, ShareBackups::Vault { kept: old, .. }) => {
                new.shorter_than(old)
            }
            (ShareBackups::Vault { .. } | ShareBackups::Snapshots { .. }, _) => None,
        }
    }

    /// A name that says what the policy does, the same for the same policy.
    pub fn name(&self) -> String {
        let begun = naming::begun("files", &self.runs, self.kept());
        let name = match self.backups {
            ShareBackups::Snapshots { .. } => begun,
            ShareBackups::Vault { snapshot_days, .. } => format!("{begun}-vault-snap{snapshot_days}"),
        };
        naming::ended(name, &self.time_zone, None)
    }
}

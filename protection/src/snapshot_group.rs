//! Resource groups that take snapshots: as Azure shows them, and as wanted where one is missing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::lock::Lock;
use crate::{Location, ResourceId};

/// A resource group that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotGroup {
    /// Its id.
    pub id: ResourceId,
    /// Locks on it and above it.
    pub locks: Vec<Lock>,
}

/// A resource group that should exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupSpec {
    /// Its id.
    pub id: ResourceId,
    /// Region.
    pub location: Location,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

impl SnapshotGroup {
    /// What a person should know of the locks: they keep Azure from deleting snapshots that have expired.
    pub fn warning(&self) -> Option<String> {
        let names: Vec<String> =
            self.locks.iter().map(|lock| format!("{} ({})", lock.name, lock.level)).collect();
        (!names.is_empty()).then(|| {
            format!(
                "locks keep expired snapshots in resource group `{}` from being deleted: {}",
                self.id.name(),
                names.join(", ")
            )
        })
    }
}

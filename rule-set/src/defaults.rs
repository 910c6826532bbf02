//! What holds where no rule says otherwise.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::protection::Protection;

/// Defaults for all resource types, and what differs for some.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Defaults {
    /// For all types.
    pub all: Protection,
    /// What differs, by resource type.
    pub types: BTreeMap<String, Protection>,
}

impl Defaults {
    /// Where a retention ends before it begins.
    pub fn contradiction(&self) -> Option<String> {
        let contradicts = |protection: &Protection| {
            let range = protection.retention.unwrap_or_default();
            range.max_days.is_some_and(|max| range.min_days.is_some_and(|min| min > max))
        };
        if contradicts(&self.all) {
            return Some("defaults.all.retention".to_owned());
        }
        let mut types = self.types.iter();
        let (name, _) = types.find(|(_, own)| contradicts(own))?;
        Some(format!("defaults.types.{name}.retention"))
    }

    /// Keys in lower case, and each type's defaults complete.
    pub fn completed(self) -> Self {
        let types = self
            .types
            .into_iter()
            .map(|(resource_type, own)| (resource_type.to_ascii_lowercase(), over(own, &self.all)));
        Self { types: types.collect(), all: self.all.clone() }
    }

    /// The defaults of a resource type in lower case.
    pub fn of(&self, resource_type: &str) -> &Protection {
        self.types.get(resource_type).unwrap_or(&self.all)
    }
}

fn over(own: Protection, all: &Protection) -> Protection {
    let all = all.clone();
    Protection {
        vault: own.vault.or(all.vault),
        policy: own.policy.or(all.policy),
        retention: own.retention.or(all.retention),
        schedule: own.schedule.or(all.schedule),
        tier: own.tier.or(all.tier),
        redundancy: own.redundancy.or(all.redundancy),
        snapshot_resource_group: own.snapshot_resource_group.or(all.snapshot_resource_group),
        disk_luns: own.disk_luns.or(all.disk_luns),
        blob_containers: own.blob_containers.or(all.blob_containers),
        databases: own.databases.or(all.databases),
        file_shares: own.file_shares.or(all.file_shares),
        long_term: own.long_term.or(all.long_term),
        snapshot_days: own.snapshot_days.or(all.snapshot_days),
        log_backup: own.log_backup.or(all.log_backup),
        partial_backup: own.partial_backup.or(all.partial_backup),
        archive: own.archive.or(all.archive),
        consistency: own.consistency.or(all.consistency),
        compression: own.compression.or(all.compression),
        restore_test: own.restore_test.or(all.restore_test),
    }
}

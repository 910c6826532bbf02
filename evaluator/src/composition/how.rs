//! How a resource is protected: field by field, over everything that protecting rules stated.

mod explain;
mod retention;

use holdfast_rule_set::{Protection, Rank, Redundancy, Retention, Schedule, Tier, VaultChoice};

use super::{Says, Voice};

pub(super) use explain::explain;

/// The merged fields, borrowed from whoever stated them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fields<'a> {
    vault: Option<&'a VaultChoice>,
    policy: Option<&'a String>,
    retention: Option<Retention>,
    schedule: Option<&'a Schedule>,
    tier: Option<&'a Tier>,
    redundancy: Option<&'a Redundancy>,
    snapshot_resource_group: Option<&'a String>,
    disk_luns: Option<&'a Vec<u32>>,
    blob_containers: Option<&'a Vec<String>>,
    databases: Option<&'a Vec<String>>,
}

/// Merges voices that are sorted by rank; `defaults` rank below all of them.
pub(super) fn merge<'a>(voices: &[Voice<'a>], defaults: &'a Protection) -> Fields<'a> {
    Fields {
        vault: won(voices, defaults, |stated| &stated.vault),
        policy: won(voices, defaults, |stated| &stated.policy),
        retention: retention::agreed(voices, defaults, |_, _| {}),
        schedule: won(voices, defaults, |stated| &stated.schedule),
        tier: won(voices, defaults, |stated| &stated.tier),
        redundancy: won(voices, defaults, |stated| &stated.redundancy),
        snapshot_resource_group: won(voices, defaults, |stated| &stated.snapshot_resource_group),
        disk_luns: won(voices, defaults, |stated| &stated.disk_luns),
        blob_containers: won(voices, defaults, |stated| &stated.blob_containers),
        databases: won(voices, defaults, |stated| &stated.databases),
    }
}

impl Fields<'_> {
    /// A copy that stands on its own.
    pub(super) fn to_protection(self) -> Protection {
        Protection {
            vault: self.vault.cloned(),
            policy: self.policy.cloned(),
            retention: self.retention,
            schedule: self.schedule.cloned(),
            tier: self.tier.copied(),
            redundancy: self.redundancy.copied(),
            snapshot_resource_group: self.snapshot_resource_group.cloned(),
            disk_luns: self.disk_luns.cloned(),
            blob_containers: self.blob_containers.cloned(),
            databases: self.databases.cloned(),
        }
    }

    /// Names of the fields that differ.
    pub(super) fn differing(&self, other: &Self) -> Vec<String> {
        let differs = [
            ("vault", self.vault != other.vault),
            ("policy", self.policy != other.policy),
            ("retention", self.retention != other.retention),
            ("schedule", self.schedule != other.schedule),
            ("tier", self.tier != other.tier),
            ("redundancy", self.redundancy != other.redundancy),
            ("snapshot-resource-group", self.snapshot_resource_group != other.snapshot_resource_group),
            ("disk-luns", self.disk_luns != other.disk_luns),
            ("blob-containers", self.blob_containers != other.blob_containers),
            ("databases", self.databases != other.databases),
        ];
        let differing = differs.iter().filter(|(_, differs)| *differs);
        differing.map(|(name, _)| (*name).to_owned()).collect()
    }
}

/// The value of the rule with the highest rank, else the default.
fn won<'a, T>(
    voices: &[Voice<'a>],
    defaults: &'a Protection,
    of: impl Fn(&'a Protection) -> &'a Option<T>,
) -> Option<&'a T> {
    stated(voices).find_map(|(_, stated)| of(stated).as_ref()).or_else(|| of(defaults).as_ref())
}

/// What protecting rules stated, by rank.
fn stated<'a>(voices: &[Voice<'a>]) -> impl Iterator<Item = (&'a Rank, &'a Protection)> {
    voices.iter().filter_map(|voice| match voice.says {
        Says::Protect(protection) => Some((voice.rank, protection)),
        Says::Exclude { .. } | Says::Hold(_) => None,
    })
}

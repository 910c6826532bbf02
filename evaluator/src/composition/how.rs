//! How a resource is protected: field by field, over everything that protecting rules stated.

mod explain;
mod missed;
mod retention;

use std::borrow::Cow;

use holdfast_rule_set::{
    Archive, Consistency, Items, LogBackup, LongTerm, PartialBackup, Protection, Rank, Redundancy,
    RestoreTest, Retention, Schedule, Tier, VaultChoice,
};

use super::{Says, Voice};

pub(super) use explain::explain;
pub(super) use missed::lost_without_each;

/// The merged fields, borrowed from the opinions that state them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fields<'a> {
    vault: Option<&'a VaultChoice>,
    policy: Option<&'a String>,
    retention: Option<Retention>,
    schedule: Option<&'a Schedule>,
    tier: Option<&'a Tier>,
    redundancy: Option<&'a Redundancy>,
    snapshot_resource_group: Option<&'a String>,
    disk_luns: Option<&'a Items<u32>>,
    blob_containers: Option<&'a Items<String>>,
    databases: Option<&'a Items<String>>,
    file_shares: Option<&'a Items<String>>,
    long_term: Option<&'a LongTerm>,
    snapshot_days: Option<&'a u32>,
    log_backup: Option<&'a LogBackup>,
    partial_backup: Option<&'a PartialBackup>,
    archive: Option<&'a Archive>,
    consistency: Option<&'a Consistency>,
    compression: Option<&'a bool>,
    restore_test: Option<&'a RestoreTest>,
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
        file_shares: won(voices, defaults, |stated| &stated.file_shares),
        long_term: won(voices, defaults, |stated| &stated.long_term),
        snapshot_days: won(voices, defaults, |stated| &stated.snapshot_days),
        log_backup: won(voices, defaults, |stated| &stated.log_backup),
        partial_backup: won(voices, defaults, |stated| &stated.partial_backup),
        archive: won(voices, defaults, |stated| &stated.archive),
        consistency: won(voices, defaults, |stated| &stated.consistency),
        compression: won(voices, defaults, |stated| &stated.compression),
        restore_test: won(voices, defaults, |stated| &stated.restore_test),
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
            file_shares: self.file_shares.cloned(),
            long_term: self.long_term.copied(),
            snapshot_days: self.snapshot_days.copied(),
            log_backup: self.log_backup.copied(),
            partial_backup: self.partial_backup.cloned(),
            archive: self.archive.copied(),
            consistency: self.consistency.copied(),
            compression: self.compression.copied(),
            restore_test: self.restore_test.cloned(),
        }
    }

    /// Names of the fields that differ.
    pub(super) fn differing(&self, other: &Self) -> Vec<Cow<'static, str>> {
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
            ("file-shares", self.file_shares != other.file_shares),
            ("long-term", self.long_term != other.long_term),
            ("snapshot-days", self.snapshot_days != other.snapshot_days),
            ("log-backup", self.log_backup != other.log_backup),
            ("partial-backup", self.partial_backup != other.partial_backup),
            ("archive", self.archive != other.archive),
            ("consistency", self.consistency != other.consistency),
            ("compression", self.compression != other.compression),
            ("restore-test", self.restore_test != other.restore_test),
        ];
        let differing = differs.iter().filter(|(_, differs)| *differs);
        differing.map(|(name, _)| Cow::Borrowed(*name)).collect()
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

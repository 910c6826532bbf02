//! How a rule wants a resource protected.

use holdfast_rule_set::{
    Archive, Consistency, Items, LogBackup, LongTerm, PartialBackup, Protection, Redundancy, RestoreTest,
    Retention, Schedule, Tier,
};
use wasmtime::component::{ComponentType, Lift};

use super::super::answer::{RedundancyAnswer, RetentionAnswer, TierAnswer, VaultChoiceAnswer, vault};
use super::restore_test::RestoreTestAnswer;
use super::schedule::{LogBackupAnswer, PartialBackupAnswer, ScheduleAnswer};

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct LongTermAnswer {
    weeks: Option<u32>,
    months: Option<u32>,
    years: Option<u32>,
}

#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum ItemsAnswer {
    #[component(name = "all")]
    All,
    #[component(name = "named")]
    Named(Vec<String>),
    #[component(name = "all-but")]
    AllBut(Vec<String>),
}

#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum LunsAnswer {
    #[component(name = "all")]
    All,
    #[component(name = "named")]
    Named(Vec<u32>),
    #[component(name = "all-but")]
    AllBut(Vec<u32>),
}

#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum ArchiveAnswer {
    #[component(name = "never")]
    Never,
    #[component(name = "recommended")]
    Recommended,
    #[component(name = "after-days")]
    AfterDays(u32),
}

#[derive(ComponentType, Lift, Clone, Copy)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "made by the derived lifting alone")]
pub(crate) enum ConsistencyAnswer {
    #[component(name = "application")]
    Application,
    #[component(name = "crash")]
    Crash,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct ProtectionAnswer {
    vault: Option<VaultChoiceAnswer>,
    policy: Option<String>,
    retention: Option<RetentionAnswer>,
    schedule: Option<ScheduleAnswer>,
    tier: Option<TierAnswer>,
    redundancy: Option<RedundancyAnswer>,
    #[component(name = "snapshot-resource-group")]
    snapshot_resource_group: Option<String>,
    #[component(name = "disk-luns")]
    disk_luns: Option<LunsAnswer>,
    #[component(name = "blob-containers")]
    blob_containers: Option<ItemsAnswer>,
    databases: Option<ItemsAnswer>,
    #[component(name = "file-shares")]
    file_shares: Option<ItemsAnswer>,
    #[component(name = "long-term")]
    long_term: Option<LongTermAnswer>,
    #[component(name = "snapshot-days")]
    snapshot_days: Option<u32>,
    #[component(name = "log-backup")]
    log_backup: Option<LogBackupAnswer>,
    #[component(name = "partial-backup")]
    partial_backup: Option<PartialBackupAnswer>,
    archive: Option<ArchiveAnswer>,
    consistency: Option<ConsistencyAnswer>,
    compression: Option<bool>,
    #[component(name = "restore-test")]
    restore_test: Option<RestoreTestAnswer>,
}

impl From<ProtectionAnswer> for Protection {
    fn from(answer: ProtectionAnswer) -> Self {
        Self {
            vault: answer.vault.map(vault),
            policy: answer.policy,
            retention: answer.retention.map(Retention::from),
            schedule: answer.schedule.map(Schedule::from),
            tier: answer.tier.map(Tier::from),
            redundancy: answer.redundancy.map(Redundancy::from),
            snapshot_resource_group: answer.snapshot_resource_group,
            disk_luns: answer.disk_luns.map(Items::from),
            blob_containers: answer.blob_containers.map(Items::from),
            databases: answer.databases.map(Items::from),
            file_shares: answer.file_shares.map(Items::from),
            long_term: answer.long_term.map(LongTerm::from),
            snapshot_days: answer.snapshot_days,
            log_backup: answer.log_backup.map(LogBackup::from),
            partial_backup: answer.partial_backup.map(PartialBackup::from),
            archive: answer.archive.map(Archive::from),
            consistency: answer.consistency.map(Consistency::from),
            compression: answer.compression,
            restore_test: answer.restore_test.map(RestoreTest::from),
        }
    }
}

impl From<LongTermAnswer> for LongTerm {
    fn from(answer: LongTermAnswer) -> Self {
        Self { weeks: answer.weeks, months: answer.months, years: answer.years }
    }
}

impl From<ItemsAnswer> for Items<String> {
    fn from(answer: ItemsAnswer) -> Self {
        match answer {
            ItemsAnswer::All => Self::All,
            ItemsAnswer::Named(named) => Self::Named(named),
            ItemsAnswer::AllBut(left_out) => Self::AllBut(left_out),
        }
    }
}

impl From<LunsAnswer> for Items<u32> {
    fn from(answer: LunsAnswer) -> Self {
        match answer {
            LunsAnswer::All => Self::All,
            LunsAnswer::Named(named) => Self::Named(named),
            LunsAnswer::AllBut(left_out) => Self::AllBut(left_out),
        }
    }
}

impl From<ArchiveAnswer> for Archive {
    fn from(answer: ArchiveAnswer) -> Self {
        match answer {
            ArchiveAnswer::Never => Self::Never,
            ArchiveAnswer::Recommended => Self::Recommended,
            ArchiveAnswer::AfterDays(days) => Self::AfterDays(days),
        }
    }
}

impl From<ConsistencyAnswer> for Consistency {
    fn from(answer: ConsistencyAnswer) -> Self {
        match answer {
            ConsistencyAnswer::Application => Self::Application,
            ConsistencyAnswer::Crash => Self::Crash,
        }
    }
}

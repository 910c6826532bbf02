//! What a job does, by the words of every family and workload.

use std::str::FromStr;

use super::Job;

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    /// It takes a backup.
    Backup,
    /// It restores, in whichever region.
    Restore,
    /// It moves a recovery point to another tier.
    Tiering,
    /// It changes what protects: configures, stops, deletes, brings back.
    Management,
}

use JobKind::{Backup, Management, Restore, Tiering};

/// Azure's words. Jobs of databases have the kind of backup behind theirs: `Backup (Full)`, `Restore (Log)`.
const WORDS: [(&str, JobKind); 10] = [
    // Both families (recorded).
    ("Backup", Backup),
    ("Restore", Restore),
    // Backup vaults: categories (official), and the word of scheduled backups (field).
    ("ScheduledBackup", Backup),
    ("CrossRegionRestore", Restore),
    ("Tiering", Tiering),
    ("Management", Management),
    // Recovery Services vaults (recorded).
    ("ConfigureBackup", Management),
    ("DisableBackup", Management),
    ("DeleteBackupData", Management),
    ("Undelete", Management),
];

impl JobKind {
    /// The kind that Azure's word stands for, if it is known.
    pub fn of(operation: &str) -> Option<Self> {
        let word = operation.split_once(" (").map_or(operation, |(word, _)| word).trim();
        WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, kind)| *kind)
    }

    /// Azure's words for it.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        WORDS.into_iter().filter(move |(_, kind)| *kind == self).map(|(word, _)| word)
    }
}

/// By which operation jobs are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, utoipa::ToSchema)]
#[schema(as = JobOperation)]
pub enum JobOperation {
    /// Every backup.
    Backup,
    /// Backups that nobody asked for, as far as their jobs say.
    ScheduledBackup,
    /// Every restore.
    Restore,
    /// Moves between tiers.
    Tiering,
    /// Changes of what protects.
    Management,
}

impl JobOperation {
    /// All of them.
    pub const ALL: &'static [Self] =
        &[Self::Backup, Self::ScheduledBackup, Self::Restore, Self::Tiering, Self::Management];

    /// The kind of jobs that it stands for, or holds.
    pub fn kind(self) -> JobKind {
        match self {
            Self::Backup | Self::ScheduledBackup => Backup,
            Self::Restore => Restore,
            Self::Tiering => Tiering,
            Self::Management => Management,
        }
    }

    pub(super) fn takes(self, job: &Job) -> bool {
        job.kind() == Some(self.kind()) && (self != Self::ScheduledBackup || !job.on_demand)
    }
}

impl FromStr for JobOperation {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        let is_it = |known: &&Self| format!("{known:?}").eq_ignore_ascii_case(word);
        Self::ALL.iter().find(is_it).copied().ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_and_workload_has_its_words_understood() {
        for (word, kind) in [
            ("Backup", Backup),
            ("backup", Backup),
            ("ScheduledBackup", Backup),
            ("Backup (Full)", Backup),
            ("Backup (CopyOnlyFull)", Backup),
            ("Restore", Restore),
            ("Restore (Log)", Restore),
            ("CrossRegionRestore", Restore),
            ("CrossRegionRestore (Full)", Restore),
            ("ConfigureBackup", Management),
            ("DisableBackup", Management),
            ("DeleteBackupData", Management),
            ("Undelete", Management),
            ("Tiering", Tiering),
        ] {
            assert_eq!(JobKind::of(word), Some(kind), "{word}");
        }
        for word in ["", "BackupVault", "Restored", "(Full)"] {
            assert_eq!(JobKind::of(word), None, "{word}");
        }
        assert_eq!(Restore.words().collect::<Vec<_>>(), ["Restore", "CrossRegionRestore"]);
        assert_eq!("restore".parse(), Ok(JobOperation::Restore));
        assert_eq!("Configure".parse::<JobOperation>(), Err(()));
    }
}

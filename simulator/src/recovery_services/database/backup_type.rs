//! Kinds of backups of databases, by the words of the service.

use super::Engine;
use crate::recovery_services::kind::Form;

/// A kind of backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::recovery_services) enum BackupType {
    Full,
    CopyOnlyFull,
    Differential,
    Incremental,
    Log,
    SnapshotFull,
}

const ALL: [BackupType; 6] = [
    BackupType::Full,
    BackupType::CopyOnlyFull,
    BackupType::Differential,
    BackupType::Incremental,
    BackupType::Log,
    BackupType::SnapshotFull,
];

impl BackupType {
    pub(in crate::recovery_services) fn parse(word: &str) -> Option<Self> {
        ALL.into_iter().find(|one| one.word().eq_ignore_ascii_case(word))
    }

    /// `backupType` and `policyType`.
    pub(in crate::recovery_services) fn word(self) -> &'static str {
        match self {
            Self::Full => "Full",
            Self::CopyOnlyFull => "CopyOnlyFull",
            Self::Differential => "Differential",
            Self::Incremental => "Incremental",
            Self::Log => "Log",
            Self::SnapshotFull => "SnapshotFull",
        }
    }

    /// `type` of a recovery point, which has no word for copies (official).
    pub(super) fn point_word(self) -> &'static str {
        match self {
            Self::CopyOnlyFull => "Full",
            other => other.word(),
        }
    }

    /// Whether somebody may ask for it (azure-cli).
    pub(super) fn can_be_asked(self, form: Form) -> bool {
        match form {
            Form::Sql => !matches!(self, Self::Incremental | Self::SnapshotFull),
            Form::Hana => matches!(self, Self::Full | Self::Differential),
            Form::HanaInstance => self == Self::SnapshotFull,
        }
    }

    /// Whether it builds on a full backup.
    pub(super) fn needs_parent(self) -> bool {
        matches!(self, Self::Differential | Self::Incremental | Self::Log)
    }

    /// How long it takes, in seconds (recorded of full backups).
    pub(super) fn seconds(self, engine: Engine) -> f64 {
        match (self, engine) {
            (Self::Full | Self::CopyOnlyFull, Engine::Sql) => 122.5,
            (Self::Full | Self::CopyOnlyFull, Engine::Hana) | (Self::SnapshotFull, _) => 244.0,
            (Self::Differential | Self::Incremental, _) => 92.0,
            (Self::Log, _) => 32.0,
        }
    }
}

#[test]
fn words_are_those_of_the_service() {
    for one in ALL {
        assert_eq!(BackupType::parse(one.word()), Some(one));
    }
    assert_eq!(BackupType::parse("Snapshot"), None);
    assert!(!BackupType::Log.can_be_asked(Form::Hana) && BackupType::Log.can_be_asked(Form::Sql));
}

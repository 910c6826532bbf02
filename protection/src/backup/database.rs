//! On-demand backups of databases in virtual machines.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ResourceId;
use crate::impossible::Impossible;
use crate::policy::DatabasePolicy;
use crate::schedule::Period;
use crate::workload::in_machine::DatabaseKind;

/// A backup of a database that Azure is asked to take now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DatabaseBackup {
    /// The instance.
    pub instance: ResourceId,
    /// Which kind of backup.
    pub backup: BackupKind,
    /// Whether it is compressed.
    pub compressed: bool,
    /// When it expires; none where the policy says how long such backups are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

/// Kinds of backups of databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BackupKind {
    /// All of it.
    Full,
    /// All of it, beside the chain of the others.
    CopyOnlyFull,
    /// What changed since the last full one.
    Differential,
    /// What changed since the last one of any kind.
    Incremental,
    /// The log.
    Log,
}

impl BackupKind {
    const ALL: [Self; 5] = [Self::Full, Self::CopyOnlyFull, Self::Differential, Self::Incremental, Self::Log];

    /// Azure's word for it, which people use as well.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "Full",
            Self::CopyOnlyFull => "CopyOnlyFull",
            Self::Differential => "Differential",
            Self::Incremental => "Incremental",
            Self::Log => "Log",
        }
    }

    fn named(text: &str) -> Option<Self> {
        let plain = text.replace(['-', '_'], "");
        // `copy-only` says it all.
        let plain = if plain.eq_ignore_ascii_case("copyonly") { "CopyOnlyFull".to_owned() } else { plain };
        Self::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(&plain))
    }

    /// Those that Azure takes on demand of databases of a kind (Azure's own tools).
    fn of(databases: DatabaseKind) -> &'static [Self] {
        match databases {
            DatabaseKind::Sql => &[Self::Full, Self::CopyOnlyFull, Self::Differential, Self::Log],
            DatabaseKind::Hana => &[Self::Full, Self::Differential],
        }
    }

    /// How long one is kept if nobody says otherwise, as Azure's own tools have it; none where the policy alone says.
    fn usual_days(self) -> Option<u32> {
        match self {
            Self::Full => Some(45),
            Self::CopyOnlyFull => Some(30),
            Self::Differential | Self::Incremental | Self::Log => None,
        }
    }
}

impl fmt::Display for DatabaseBackup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, ": {}", self.backup.as_str())?;
        if self.compressed {
            f.write_str(", compressed")?;
        }
        self.expires.iter().try_for_each(|expires| write!(f, ", kept until {expires}"))
    }
}

/// The order for a backup now: `kind` says of which kind, `retention` how long it is kept.
pub(super) fn choose(
    instance: &ResourceId,
    policy: &DatabasePolicy,
    kind: Option<&str>,
    retention: Option<Period>,
    now: Timestamp,
) -> Result<DatabaseBackup, Impossible> {
    let possible = BackupKind::of(policy.databases);
    let words: Vec<&str> = possible.iter().map(|kind| kind.as_str()).collect();
    let backup = match kind {
        None => BackupKind::Full,
        Some(text) => BackupKind::named(text).filter(|kind| possible.contains(kind)).ok_or_else(|| {
            Impossible::new(
                "BackupKindNotSupported",
                format!("Azure Backup takes no backup `{text}` of such a database on demand"),
                format!("name one of {}", words.join(", ")),
            )
        })?,
    };
    let days = match (backup.usual_days(), retention) {
        (None, Some(_)) => {
            return Err(Impossible::new(
                "RetentionNotUsable",
                format!("how long a {} backup is kept is said by the policy alone", backup.as_str()),
                "leave the retention out, or take a full backup",
            ));
        }
        (usual, desired) => desired.map(Period::nominal_days).or(usual),
    };
    let expires = days.map(|days| now.checked_add(SignedDuration::from_hours(i64::from(days) * 24)));
    let expires = expires.transpose().map_err(|error| {
        Impossible::new("RetentionNotUsable", error.to_string(), "state a shorter retention")
    })?;
    Ok(DatabaseBackup { instance: instance.clone(), backup, compressed: policy.compressed, expires })
}

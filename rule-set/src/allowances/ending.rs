//! How a protection ends: the `[ending]` table.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::operation::OperationKind;
use crate::protection::ExclusionKind;

/// What becomes of a backup instance whose datasource is not to be protected any more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// It goes on as it is.
    #[default]
    Leave,
    /// No more backups; those there are stay for ever.
    Retain,
    /// No more backups; those there are expire by their policy, but for the last.
    Suspend,
    /// Instance and backups are deleted.
    Delete,
}

/// Why a protection is not wanted any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndingCause {
    /// The resource does not exist any more.
    Deleted,
    /// A rule excludes it.
    Excluded(ExclusionKind),
    /// No rule speaks of it any more.
    NotCovered,
}

/// The `[ending]` table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Ending {
    /// The resource was deleted.
    pub deleted: End,
    /// A rule excludes it, for a reason that `exclusions` does not name.
    pub excluded: End,
    /// No rule speaks of it any more.
    pub not_covered: End,
    /// A rule excludes it, by kind.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub exclusions: BTreeMap<ExclusionKind, End>,
}

impl Ending {
    /// What becomes of an instance, by cause.
    pub fn of(&self, cause: EndingCause) -> End {
        match cause {
            EndingCause::Deleted => self.deleted,
            EndingCause::Excluded(kind) => self.exclusions.get(&kind).copied().unwrap_or(self.excluded),
            EndingCause::NotCovered => self.not_covered,
        }
    }
}

impl End {
    /// The operation that rules review before it is done; none where nothing is done.
    pub fn operation(self) -> Option<OperationKind> {
        match self {
            Self::Leave => None,
            Self::Retain => Some(OperationKind::StopAndRetain),
            Self::Suspend => Some(OperationKind::Suspend),
            Self::Delete => Some(OperationKind::StopAndDelete),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_of_exclusion_outweighs_exclusion_at_large() {
        let table = "excluded = \"suspend\"\n[exclusions]\nephemeral = \"delete\"";
        let ending: Ending = toml::from_str(table).unwrap();
        assert_eq!(ending.of(EndingCause::Excluded(ExclusionKind::Ephemeral)), End::Delete);
        assert_eq!(ending.of(EndingCause::Excluded(ExclusionKind::OptedOut)), End::Suspend);
        assert_eq!(ending.of(EndingCause::Deleted), End::Leave);
    }
}

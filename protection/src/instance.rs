//! Backup instances: as wanted, and as Azure shows them.

mod written;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::family::{Family, Marks};
use crate::impossible::Impossible;
use crate::workload::postgresql_single::SecretUri;
use crate::workload::{BackupParameters, Stated};
use crate::{Location, Refusal, ResourceId, Workload};

/// A backup instance that should exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "written::Spec")]
pub struct InstanceSpec {
    /// ARM id.
    pub id: ResourceId,
    /// The vault that is to protect it; messages do not repeat it, for the id lies in it.
    #[serde(skip_serializing)]
    pub vault: ResourceId,
    /// The resource to protect.
    pub datasource: ResourceId,
    /// Its region.
    pub location: Location,
    /// How it is protected.
    pub workload: Workload,
    /// The backup policy, in the same vault.
    pub policy: ResourceId,
    /// Where snapshots go, for workloads that take them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot_group: Option<ResourceId>,
    /// What of the datasource is backed up, for workloads that have to be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<BackupParameters>,
    /// The secret that the vault reads the datasource with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretUri>,
}

impl BackupInstance {
    /// Whether we made it, and no other tool.
    pub fn is_ours(&self) -> bool {
        Family::is_ours(&Marks {
            vault: &self.vault,
            instance: &self.id,
            datasource: &self.datasource,
            policy: self.policy.as_ref(),
        })
    }

    /// The workload that it protects, if Holdfast knows that.
    pub fn workload(&self) -> Option<Workload> {
        Workload::of_datasource_type(&self.datasource_type)
    }

    /// That its vault is not there, and what to do.
    pub fn vault_gone(&self) -> Impossible {
        Impossible::new(
            "VaultNotFound",
            format!("the vault of backup instance `{}` is not there", self.id.name()),
            "see whether it is being deleted, and undelete it if it was deleted softly",
        )
    }

    /// The name of its policy, as people read it.
    pub fn policy_name(&self) -> &str {
        self.policy.as_ref().map_or("none", ResourceId::name)
    }
}

/// A backup instance as Azure shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BackupInstance {
    /// ARM id.
    pub id: ResourceId,
    /// The vault that protects it: what an id lies in may be something else.
    pub vault: ResourceId,
    /// The protected resource.
    pub datasource: ResourceId,
    /// Azure's word for what kind of datasource it is.
    pub datasource_type: String,
    /// Its region, as the instance says.
    pub location: Location,
    /// The policy in force; what is stopped need not have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<ResourceId>,
    /// Where its snapshots go, for workloads that take them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot_group: Option<ResourceId>,
    /// What it states of its datasource.
    #[serde(flatten)]
    pub stated: Stated,
    /// `currentProtectionState`.
    pub state: ProtectionState,
    /// `protectionErrorDetails`, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Refusal>,
    /// When it was deleted softly and until when it can be brought back, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion: Option<SoftDeletion>,
}

/// When an instance was deleted softly.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SoftDeletion {
    /// When; none if Azure does not say.
    pub at: Option<Timestamp>,
    /// When its backups are gone for good; none if Azure does not say.
    pub purged: Option<Timestamp>,
}

/// `currentProtectionState` of a backup instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum ProtectionState {
    /// `ConfiguringProtection` or `UpdatingProtection`: Azure is at work.
    Configuring,
    /// `ProtectionConfigured`, `Protected`, or `IRPending` before the first backup: truly protected.
    Configured,
    /// `ProtectionError`, `ConfiguringProtectionFailed`, `Invalid` or `NotProtected`: not protected, in spite of a successful PUT.
    Error,
    /// `ProtectionStopped`: no backups, and those there are stay for ever, by somebody's wish.
    Stopped,
    /// `BackupSchedulesSuspended` or another suspension: no backups, and those there are expire, by somebody's wish.
    Suspended,
    /// `SoftDeleting` or `SoftDeleted`.
    SoftDeleted,
    /// Any other word.
    Other(String),
}

impl ProtectionState {
    /// Every state that has words of its own.
    const NAMED: [Self; 6] =
        [Self::Configuring, Self::Configured, Self::Error, Self::Stopped, Self::Suspended, Self::SoftDeleted];

    /// Azure's words for it; none for a state of another word.
    pub fn words(&self) -> &'static [&'static str] {
        match self {
            Self::Configuring => &["ConfiguringProtection", "UpdatingProtection"],
            Self::Configured => &["ProtectionConfigured", "Protected", "IRPending"],
            Self::Error => &[
                "ProtectionError",
                "ConfiguringProtectionFailed",
                "ProtectionFailed",
                "NotProtected",
                "Invalid",
            ],
            Self::Stopped => &["ProtectionStopped"],
            Self::Suspended => &[
                "BackupSchedulesSuspended",
                "BackupsSuspended",
                "RetentionSchedulesSuspended",
                "ProtectionPaused",
            ],
            Self::SoftDeleted => &["SoftDeleted", "SoftDeleting"],
            Self::Other(_) => &[],
        }
    }

    /// The words for people, wherever they look; Azure's own for a state that has none.
    pub fn in_words(&self) -> &str {
        match self {
            Self::Configured => "protected",
            Self::Configuring => "being set up",
            Self::Error => "in error",
            Self::Stopped => "stopped",
            Self::Suspended => "suspended",
            Self::SoftDeleted => "soft-deleted",
            Self::Other(word) => word,
        }
    }
}

impl From<String> for ProtectionState {
    fn from(word: String) -> Self {
        let is_it = |state: &Self| state.words().iter().any(|one| one.eq_ignore_ascii_case(&word));
        Self::NAMED.into_iter().find(is_it).unwrap_or(Self::Other(word))
    }
}

impl From<ProtectionState> for String {
    fn from(state: ProtectionState) -> Self {
        match state {
            ProtectionState::Other(word) => word,
            named => named.words().first().copied().unwrap_or_default().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_a_state_is_read_as_that_state() {
        for state in ProtectionState::NAMED {
            for word in state.words() {
                assert_eq!(ProtectionState::from(word.to_ascii_uppercase()), state);
            }
        }
        assert_eq!(String::from(ProtectionState::from("Odd".to_owned())), "Odd");
        assert_eq!(String::from(ProtectionState::Suspended), "BackupSchedulesSuspended");
    }
}

//! What a manifest says of a workload: the facts that planning, writing and checking share.

use std::ops::RangeInclusive;

use super::in_machine::DatabaseKind;
use crate::family::Family;
use crate::roles::Role;
use crate::schedule::{Frequency, Period, RetentionTag, Schedule};
use crate::tier::DataStore;

/// All that Azure Backup demands of one kind of datasource. Data only; one constant per workload.
#[derive(Debug)]
pub struct Manifest {
    /// A word for people.
    pub noun: &'static str,
    /// A word for names that we make.
    pub slug: &'static str,
    /// The vaults that protect it.
    pub family: Family,
    /// ARM type of the resource.
    pub resource_type: &'static str,
    /// Azure Backup's `datasourceType`.
    pub datasource_type: &'static str,
    /// What `dataSourceSetInfo` names.
    pub set: DatasourceSet,
    /// Whether snapshots go to a resource group that has to be named.
    pub snapshot_group: bool,
    /// `backupType` of its backup rules.
    pub backup_type: &'static str,
    /// Where backups can be kept, the usual place first.
    pub stores: &'static [StoreBounds],
    /// In which form its policies are written.
    pub policy: PolicyModel,
    /// Tags whose recovery points can be kept longer than the rest.
    pub tags: &'static [RetentionTag],
    /// Scheduled recovery points that may exist at the same time, if that is bounded.
    pub most_points: Option<u32>,
    /// Roles that have to be held, and by whom.
    pub roles: &'static [RoleNeed],
    /// Where these facts come from, for error messages.
    pub source: &'static str,
}

/// Forms of backup policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyModel {
    /// Rules that take backups, and rules that keep them.
    Rules,
    /// Policies of virtual machines.
    Vm,
    /// Policies of file shares.
    Files,
    /// Policies of databases in machines.
    Databases(DatabaseKind),
}

/// What is possible in one data store.
#[derive(Debug)]
pub struct StoreBounds {
    /// The store.
    pub store: DataStore,
    /// Days that its recovery points may be kept.
    pub retention_days: RangeInclusive<u32>,
    /// Days that they are kept when nobody says otherwise.
    pub default_days: u32,
    /// When backups are taken; none for continuous backup.
    pub cadence: Option<Cadence>,
    /// How long the template of Azure's own tools keeps them.
    pub template: Period,
}

/// How often backups can be taken.
#[derive(Debug)]
pub struct Cadence {
    /// Every period that Azure accepts.
    pub periods: &'static [Frequency],
    /// When the template of Azure's own tools takes them.
    pub template: Schedule,
}

/// What Azure Backup calls the set of a datasource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatasourceSet {
    /// There is none.
    Absent,
    /// The datasource itself.
    Itself,
    /// The resource above it, such as the server of a database.
    Parent,
}

/// A role that has to be held before Azure Backup can work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleNeed {
    /// The least role that suffices: the one that is granted.
    pub role: Role,
    /// Who has to hold it.
    pub grantee: Grantee,
    /// On what, or on something above it.
    pub on: RoleScope,
    /// Ids of other roles that suffice. Reading comes with whatever may do more; the narrow roles of backup are not
    /// replaced by broad ones: Azure says of disks that "other roles like owner, contributor" are not supported.
    pub or: &'static [&'static str],
}

/// Whose identity needs a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grantee {
    /// The Backup vault.
    Vault,
    /// The Kubernetes cluster.
    Cluster,
    /// The backup extension in the cluster.
    Extension,
}

/// Where a role is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleScope {
    /// On the datasource.
    Datasource,
    /// On the datasource's resource group.
    DatasourceGroup,
    /// On the resource above the datasource.
    Parent,
    /// On the snapshot resource group.
    SnapshotGroup,
    /// On the key vault that holds the datasource's secret.
    KeyVault,
    /// On the storage account that the backup extension writes to.
    ExtensionAccount,
}

impl Manifest {
    /// Whether the vault's identity needs a role: without one, a vault need not have an identity.
    pub fn needs_vault_identity(&self) -> bool {
        self.roles.iter().any(|need| need.grantee == Grantee::Vault)
    }

    /// Bounds of a store, or none if backups cannot be kept there.
    pub fn bounds(&self, store: DataStore) -> Option<&StoreBounds> {
        self.stores.iter().find(|bounds| bounds.store == store)
    }
}

impl RoleNeed {
    /// A role of the vault's identity.
    pub const fn of_vault(role: Role, on: RoleScope) -> Self {
        Self { role, grantee: Grantee::Vault, on, or: &[] }
    }

    /// Whether each datasource needs one of its own, so that it may be granted on a whole resource group. What many share, and
    /// roles of others than the vault, stay where they are needed: a key vault's secrets and a cluster's rights are not
    /// to be given for a whole group.
    pub fn may_be_on_group(&self) -> bool {
        match (self.grantee, self.on) {
            (Grantee::Vault, RoleScope::Datasource | RoleScope::Parent) => true,
            (
                Grantee::Vault,
                RoleScope::DatasourceGroup
                | RoleScope::SnapshotGroup
                | RoleScope::KeyVault
                | RoleScope::ExtensionAccount,
            )
            | (Grantee::Cluster | Grantee::Extension, _) => false,
        }
    }

    /// The same for a whole subscription.
    pub fn may_be_on_subscription(&self) -> bool {
        match (self.grantee, self.on) {
            (
                Grantee::Vault,
                RoleScope::Datasource
                | RoleScope::Parent
                | RoleScope::DatasourceGroup
                | RoleScope::SnapshotGroup,
            ) => true,
            (Grantee::Vault, RoleScope::KeyVault | RoleScope::ExtensionAccount)
            | (Grantee::Cluster | Grantee::Extension, _) => false,
        }
    }

    /// Leave for the vault's identity to read.
    pub const fn reader(on: RoleScope) -> Self {
        Self { or: &[CONTRIBUTOR, OWNER], ..Self::of_vault(Role::Reader, on) }
    }
}

pub(crate) const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";
pub(crate) const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

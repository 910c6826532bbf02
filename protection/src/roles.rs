//! Roles that vault identities need, and their assignments.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{ResourceId, shell};

/// A built-in role of Azure, by its documented id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// `Reader`.
    Reader,
    /// `Disk Backup Reader`.
    DiskBackupReader,
    /// `Disk Snapshot Contributor`.
    DiskSnapshotContributor,
    /// `Storage Account Backup Contributor`.
    StorageAccountBackupContributor,
    /// `PostgreSQL Flexible Server Long Term Retention Backup Role`.
    PostgresqlLongTermRetention,
    /// `Key Vault Secrets User`.
    KeyVaultSecretsUser,
    /// `Storage Blob Data Contributor`.
    StorageBlobDataContributor,
    /// `Disk Restore Operator`.
    DiskRestoreOperator,
    /// `Contributor`.
    Contributor,
}

impl Role {
    /// The role definition's GUID.
    pub fn guid(self) -> &'static str {
        match self {
            Self::Reader => "acdd72a7-3385-48ef-bd42-f606fba81ae7",
            Self::DiskBackupReader => "3e5e47e6-65f7-47ef-90b5-e5dd4d455f24",
            Self::DiskSnapshotContributor => "7efff54f-a5b4-42b5-a1c5-5411624893ce",
            Self::StorageAccountBackupContributor => "e5e2a7ff-d759-4cd2-bb51-3152d37e2eb1",
            Self::PostgresqlLongTermRetention => "c088a766-074b-43ba-90d4-1fb21feae531",
            Self::KeyVaultSecretsUser => "4633458b-17de-408a-b874-0445c86b69e6",
            Self::StorageBlobDataContributor => "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
            Self::DiskRestoreOperator => "b50d9833-a0cb-478e-945f-707fcc997c13",
            Self::Contributor => "b24988ac-6180-42a0-ab88-20f7382dd24c",
        }
    }

    /// The role's name in Azure.
    pub fn display_name(self) -> &'static str {
        match self {
            Self::Reader => "Reader",
            Self::DiskBackupReader => "Disk Backup Reader",
            Self::DiskSnapshotContributor => "Disk Snapshot Contributor",
            Self::StorageAccountBackupContributor => "Storage Account Backup Contributor",
            Self::PostgresqlLongTermRetention => "PostgreSQL Flexible Server Long Term Retention Backup Role",
            Self::KeyVaultSecretsUser => "Key Vault Secrets User",
            Self::StorageBlobDataContributor => "Storage Blob Data Contributor",
            Self::DiskRestoreOperator => "Disk Restore Operator",
            Self::Contributor => "Contributor",
        }
    }
}

/// A role assignment that should exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleGrant {
    /// The role.
    pub role: Role,
    /// Resource or resource group that it is granted on.
    pub scope: ResourceId,
    /// Object id of the vault's identity.
    pub principal: String,
}

/// Namespace of the name-based UUIDs of our role assignments.
const NAMES: Uuid = Uuid::from_u128(0x6f1d_52b4_0c7e_5a51_9d3a_8f0e_2b74_c6d1);

impl RoleGrant {
    /// The assignment's name: the same for the same scope, principal and role, so that a retry makes no second one.
    pub fn assignment_name(&self) -> Uuid {
        let triple =
            format!("{}|{}|{}", self.scope.key(), self.principal.to_ascii_lowercase(), self.role.guid());
        Uuid::new_v5(&NAMES, triple.as_bytes())
    }

    /// The command that makes the assignment, for somebody who may.
    pub fn command(&self) -> String {
        format!(
            "az role assignment create --assignee-object-id {} --assignee-principal-type ServicePrincipal --role '{}' --scope {}",
            self.principal,
            self.role.display_name(),
            shell::word(self.scope.as_str())
        )
    }

    /// Whether an existing assignment, possibly inherited, already gives this.
    pub fn is_met_by(&self, assignment: &RoleAssignment) -> bool {
        self.is_met_by_role(self.role.guid(), assignment)
    }

    /// Whether any of the assignments gives this, by its own role or by one of those that suffice as well, by their ids.
    pub fn is_held(&self, existing: &[RoleAssignment], or: &[&str]) -> bool {
        existing.iter().any(|one| self.is_met_by(one) || or.iter().any(|guid| self.is_met_by_role(guid, one)))
    }

    /// The same with another role, by its id, in place of this one.
    fn is_met_by_role(&self, guid: &str, assignment: &RoleAssignment) -> bool {
        assignment.role_guid.eq_ignore_ascii_case(guid)
            && assignment.principal.eq_ignore_ascii_case(&self.principal)
            && self.scope.is_within(&assignment.scope)
    }
}

/// A role assignment as Azure lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleAssignment {
    /// Last segment of `roleDefinitionId`: the rest of that id varies.
    pub role_guid: String,
    /// Scope as Azure wrote it; `/` for the root.
    pub scope: String,
    /// Object id of the principal.
    pub principal: String,
}

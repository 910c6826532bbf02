//! The kinds of datasource that can be protected, and what Azure Backup demands of each.

use holdfast_evaluator::Resource;
use serde::{Deserialize, Serialize};

use crate::roles::Role;

/// A kind of datasource, one per protection mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Workload {
    /// Managed disks: incremental snapshots in a resource group of ours.
    AzureDisks,
    /// PostgreSQL flexible servers: full backups in the vault.
    PostgresqlFlexible,
    /// Blobs of a storage account, operational: continuous, point in time.
    AzureBlobs,
}

/// Where a role of the vault's identity is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleScope {
    /// On the datasource.
    Datasource,
    /// On the datasource's resource group.
    DatasourceGroup,
    /// On the snapshot resource group.
    SnapshotGroup,
}

/// Data store of the backups, in Azure's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DataStore {
    /// Snapshots beside the resource.
    OperationalStore,
    /// Copies in the vault.
    VaultStore,
}

impl DataStore {
    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OperationalStore => "OperationalStore",
            Self::VaultStore => "VaultStore",
        }
    }
}

impl Workload {
    /// Every workload.
    pub const ALL: [Self; 3] = [Self::AzureDisks, Self::PostgresqlFlexible, Self::AzureBlobs];

    /// The workload that protects resources of this type, compared without case.
    pub fn of_type(resource_type: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|workload| workload.resource_type().eq_ignore_ascii_case(resource_type))
    }

    /// ARM type of the resource.
    pub fn resource_type(self) -> &'static str {
        match self {
            Self::AzureDisks => "Microsoft.Compute/disks",
            Self::PostgresqlFlexible => "Microsoft.DBforPostgreSQL/flexibleServers",
            Self::AzureBlobs => "Microsoft.Storage/storageAccounts",
        }
    }

    /// Azure Backup's `datasourceType`.
    pub fn datasource_type(self) -> &'static str {
        match self {
            Self::AzureDisks => "Microsoft.Compute/disks",
            Self::PostgresqlFlexible => "Microsoft.DBforPostgreSQL/flexibleServers",
            Self::AzureBlobs => "Microsoft.Storage/storageAccounts/blobServices",
        }
    }

    /// A word for people.
    pub fn noun(self) -> &'static str {
        match self {
            Self::AzureDisks => "disk",
            Self::PostgresqlFlexible => "PostgreSQL flexible server",
            Self::AzureBlobs => "storage account",
        }
    }

    /// A word for names that we make.
    pub fn slug(self) -> &'static str {
        match self {
            Self::AzureDisks => "disks",
            Self::PostgresqlFlexible => "pgflex",
            Self::AzureBlobs => "blobs",
        }
    }

    /// Where its backups are kept.
    pub fn store(self) -> DataStore {
        match self {
            Self::AzureDisks | Self::AzureBlobs => DataStore::OperationalStore,
            Self::PostgresqlFlexible => DataStore::VaultStore,
        }
    }

    /// Whether Azure Backup asks for a datasource set equal to the datasource.
    pub fn has_datasource_set(self) -> bool {
        match self {
            Self::AzureDisks => false,
            Self::PostgresqlFlexible | Self::AzureBlobs => true,
        }
    }

    /// Whether snapshots go to a resource group that has to be named.
    pub fn needs_snapshot_group(self) -> bool {
        match self {
            Self::AzureDisks => true,
            Self::PostgresqlFlexible | Self::AzureBlobs => false,
        }
    }

    /// Roles that the vault's identity needs, by the support matrix of each datasource.
    pub fn roles(self) -> &'static [(Role, RoleScope)] {
        match self {
            Self::AzureDisks => &[
                (Role::DiskBackupReader, RoleScope::Datasource),
                (Role::DiskSnapshotContributor, RoleScope::SnapshotGroup),
            ],
            Self::PostgresqlFlexible => &[
                (Role::PostgresqlLongTermRetention, RoleScope::Datasource),
                (Role::Reader, RoleScope::DatasourceGroup),
            ],
            Self::AzureBlobs => &[(Role::StorageAccountBackupContributor, RoleScope::Datasource)],
        }
    }

    /// Why Azure Backup cannot protect this very resource, if it cannot.
    pub fn unsupported(self, resource: &Resource) -> Option<String> {
        match self {
            Self::AzureBlobs => unsupported_account(resource),
            Self::AzureDisks | Self::PostgresqlFlexible => None,
        }
    }
}

/// The applicability test of Azure's built-in policy for operational blob backup.
fn unsupported_account(resource: &Resource) -> Option<String> {
    let kind = resource.kind.as_deref().unwrap_or_default();
    if !kind.eq_ignore_ascii_case("StorageV2") {
        return Some(format!("operational blob backup needs kind StorageV2; this account is `{kind}`"));
    }
    if let Some(sku) = resource.sku.as_deref().filter(|sku| !sku.starts_with("Standard")) {
        return Some(format!("operational blob backup needs a Standard SKU; this account is `{sku}`"));
    }
    let body: serde_json::Value = serde_json::from_str(&resource.body).unwrap_or_default();
    let flag = |name| match body.pointer(&format!("/properties/{name}")) {
        Some(serde_json::Value::Bool(on)) => *on,
        // Resource notifications write booleans as 1 and 0.
        Some(serde_json::Value::Number(number)) => number.as_i64() == Some(1),
        _ => false,
    };
    if flag("isHnsEnabled") {
        return Some(
            "operational blob backup does not support a hierarchical namespace (Data Lake Storage)"
                .to_owned(),
        );
    }
    flag("isNfsV3Enabled").then(|| "operational blob backup does not support NFS 3.0".to_owned())
}

//! The kinds of datasource that can be protected, and what Azure Backup demands of each.
//!
//! One file per workload holds its [`Manifest`]; nothing else states facts about a workload.

mod aks;
mod azure_blobs;
mod azure_disks;
mod data_lake;
mod manifest;
mod postgresql_flexible;
mod postgresql_single;
mod storage_account;

use holdfast_evaluator::Resource;
use serde::{Deserialize, Serialize};

pub use manifest::{DatasourceSet, Grantee, Manifest, Rhythm, RoleNeed, RoleScope, StoreBounds, Unsupported};

/// A kind of datasource, one per protection mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Workload {
    /// Managed disks.
    AzureDisks,
    /// Blobs of a storage account.
    AzureBlobs,
    /// Storage accounts with a hierarchical namespace.
    DataLake,
    /// PostgreSQL flexible servers.
    PostgresqlFlexible,
    /// Databases of PostgreSQL single servers.
    PostgresqlSingle,
    /// Kubernetes clusters.
    Aks,
}

impl Workload {
    /// Every workload.
    pub const ALL: [Self; 6] = [
        Self::AzureDisks,
        Self::AzureBlobs,
        Self::DataLake,
        Self::PostgresqlFlexible,
        Self::PostgresqlSingle,
        Self::Aks,
    ];

    /// Whether some workload may protect resources of this type, compared without case.
    pub fn covers(resource_type: &str) -> bool {
        Self::ALL.into_iter().any(|workload| workload.is_of(resource_type))
    }

    /// The workload that protects this resource; one ARM type may be several workloads.
    pub fn of(resource: &Resource) -> Option<Self> {
        Self::ALL.into_iter().find(|workload| {
            workload.is_of(&resource.resource_type) && (workload.manifest().claims)(resource)
        })
    }

    /// Every ARM type that some workload protects, each once.
    pub fn resource_types() -> Vec<&'static str> {
        let mut types: Vec<&str> = Self::ALL.into_iter().map(Self::resource_type).collect();
        types.sort_unstable();
        types.dedup();
        types
    }

    fn is_of(self, resource_type: &str) -> bool {
        self.resource_type().eq_ignore_ascii_case(resource_type)
    }

    /// All that Azure Backup demands of it.
    pub fn manifest(self) -> &'static Manifest {
        match self {
            Self::AzureDisks => &azure_disks::MANIFEST,
            Self::AzureBlobs => &azure_blobs::MANIFEST,
            Self::DataLake => &data_lake::MANIFEST,
            Self::PostgresqlFlexible => &postgresql_flexible::MANIFEST,
            Self::PostgresqlSingle => &postgresql_single::MANIFEST,
            Self::Aks => &aks::MANIFEST,
        }
    }

    /// ARM type of the resource.
    pub fn resource_type(self) -> &'static str {
        self.manifest().resource_type
    }

    /// Azure Backup's `datasourceType`.
    pub fn datasource_type(self) -> &'static str {
        self.manifest().datasource_type
    }

    /// A word for people.
    pub fn noun(self) -> &'static str {
        self.manifest().noun
    }

    /// Why Azure Backup cannot protect this very resource, if it cannot.
    pub fn unsupported(self, resource: &Resource) -> Option<Unsupported> {
        (self.manifest().unsupported)(resource)
    }
}

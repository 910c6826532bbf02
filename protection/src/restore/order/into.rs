//! Into what an order restores: `restoreTargetInfo` of Backup vaults, and what stands for it in Recovery Services vaults.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::restore::desired::{
    ConflictPolicy, NamespacedName, ShareConflicts, ShareItem, VaultTierStaging, VolumeMode,
};
use crate::restore::mapping::MappedFile;
use crate::{Location, ResourceId};

/// `restoreTargetInfo`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "into")]
pub enum RestoreInto {
    /// All of it, as a datasource.
    Whole {
        /// The datasource.
        target: TargetDatasource,
    },
    /// Parts of it.
    Items {
        /// The datasource that they are put in.
        target: TargetDatasource,
        /// Which; never empty.
        criteria: Vec<Criterion>,
    },
    /// Files in a blob container.
    Files {
        /// URL of the container.
        url: String,
        /// What the names of the files begin with.
        prefix: String,
        /// ARM id of the container.
        container: ResourceId,
    },
    /// Managed disks of a virtual machine.
    Disks {
        /// The resource group that they are made in.
        group: ResourceId,
        /// `storageAccountId`.
        staging: ResourceId,
        /// `restoreDiskLunList`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        disks: Option<Vec<u32>>,
    },
    /// A new virtual machine.
    Machine(TargetMachine),
    /// The virtual machine that was backed up, with its disks replaced.
    MachineInPlace {
        /// The machine.
        machine: ResourceId,
        /// `storageAccountId`.
        staging: ResourceId,
    },
    /// Files of a share.
    Share(ShareFiles),
    /// A database in a virtual machine.
    Database(TargetDatabase),
    /// Backups of such a database, as files.
    DatabaseFiles(DatabaseFiles),
}

/// A database that a restore puts into a virtual machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetDatabase {
    /// ARM id.
    pub id: ResourceId,
    /// The instance or system that it is put in.
    pub instance: String,
    /// `sourceResourceId`: the machine that was backed up.
    pub source: ResourceId,
    /// `containerId` of the machine that it is put in.
    pub container: ResourceId,
    /// Whether that is the database that was backed up.
    pub original: bool,
    /// `overwriteOption`.
    pub overwrite: bool,
    /// `isNonRecoverable`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_recovery: bool,
    /// `alternateDirectoryPaths`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<MappedFile>,
}

/// Backups of a database that a restore puts into a folder of a virtual machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DatabaseFiles {
    /// The machine.
    pub machine: ResourceId,
    /// `containerId` of it.
    pub container: ResourceId,
    /// `targetDirectoryForFileRestore`.
    pub folder: String,
    /// `overwriteOption`.
    pub overwrite: bool,
}

/// A virtual machine that a restore makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetMachine {
    /// ARM id; there is none of this id yet.
    pub id: ResourceId,
    /// The resource group that it is made in.
    pub group: ResourceId,
    /// The subnet that it is put in.
    pub subnet: ResourceId,
    /// `storageAccountId`.
    pub staging: ResourceId,
    /// `zones`, of which there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

/// Files that a restore puts into a share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShareFiles {
    /// The share that they are put in.
    pub share: ResourceId,
    /// The account of that share.
    pub account: ResourceId,
    /// Whether that is the share that was backed up.
    pub original: bool,
    /// `restoreFileSpecs`; empty for the whole share.
    pub items: Vec<ShareItem>,
    /// `targetFolderPath`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// `copyOptions`.
    pub conflicts: ShareConflicts,
}

impl ShareFiles {
    /// Whether a job that names this destination puts them in: account, share and folder, with slashes between (recorded).
    pub(super) fn are_named(&self, destination: &str) -> bool {
        let folder = self.folder.as_deref().unwrap_or_default().trim_matches('/');
        let named = format!("{}/{}/{folder}", self.account.name(), self.share.name());
        named.trim_end_matches('/').eq_ignore_ascii_case(destination.trim_end_matches('/'))
    }
}

/// `datasourceInfo` and `datasourceSetInfo` of a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetDatasource {
    /// ARM id; the thing need not exist.
    pub id: ResourceId,
    /// `datasourceType`.
    pub datasource_type: String,
    /// Region.
    pub location: Location,
    /// ARM id of the set, where the datasource is part of one or one itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<ResourceId>,
    /// Identifier of the Key Vault secret that the target is written with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// Which part of a recovery point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "part")]
pub enum Criterion {
    /// Blobs by their path: operational backup.
    Range(BlobRange),
    /// A container: vaulted backup.
    Container(ContainerItems),
    /// Parts of a cluster.
    Cluster(Box<ClusterItems>),
}

/// Paths from `min` on and before `max`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BlobRange {
    /// `minMatchingValue`, itself in the range.
    pub min: String,
    /// `maxMatchingValue`, itself not in the range.
    pub max: String,
}

impl BlobRange {
    /// The container that it lies in.
    pub fn container(&self) -> &str {
        self.min.split_once('/').map_or(self.min.as_str(), |(container, _)| container)
    }

    /// What the blobs begin with, as `container/prefix`; none if it is the whole container.
    pub fn prefix(&self) -> Option<&str> {
        self.min.contains('/').then_some(self.min.as_str())
    }
}

/// A container, or blobs of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContainerItems {
    /// `itemPath`.
    pub container: String,
    /// `subItemPathPrefix`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefixes: Vec<String>,
    /// `renameTo`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rename_to: Option<String>,
}

/// Parts of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterItems {
    /// `includeClusterScopeResources`.
    pub cluster_scope: bool,
    /// `includedNamespaces`.
    pub namespaces: Vec<String>,
    /// `excludedNamespaces`.
    pub without_namespaces: Vec<String>,
    /// `includedResourceTypes`.
    pub resource_types: Vec<String>,
    /// `excludedResourceTypes`.
    pub without_resource_types: Vec<String>,
    /// `labelSelectors`.
    pub label_selectors: Vec<String>,
    /// `persistentVolumeRestoreMode`.
    pub volumes: VolumeMode,
    /// `conflictPolicy`.
    pub conflicts: ConflictPolicy,
    /// `namespaceMappings`.
    pub namespace_mappings: BTreeMap<String, String>,
    /// `restoreHookReferences`.
    pub hooks: Vec<NamespacedName>,
    /// `resourceModifierReference`.
    pub resource_modifier: Option<NamespacedName>,
    /// Where data of the vault tier is put meanwhile; none for the operational tier.
    pub staging: Option<VaultTierStaging>,
}

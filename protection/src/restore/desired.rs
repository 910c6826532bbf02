//! What a person wishes of a restore, in words that need no knowledge of Azure's requests.

mod in_machine;
mod machine;
mod share;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ResourceId;
use crate::points::Choice;
use crate::tier::DataStore;

pub use in_machine::{DesiredDatabaseFiles, DesiredFile, DesiredMachineDatabase};
pub use machine::{DesiredMachine, DesiredMachineDisks, DesiredMachineInPlace};
pub use share::{DesiredShare, ShareConflicts, ShareItem, ShareItemKind};

/// A restore that somebody wishes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DesiredRestore {
    /// From which recovery point, or to which moment.
    #[serde(default)]
    #[schema(value_type = String)]
    pub point: Choice,
    /// What it becomes, and where.
    pub to: RestoreTarget,
    /// The tier to read from, where the point lies in several; the nearest if none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<DataStore>,
    /// Bring an archived point back first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehydrate: Option<Rehydrate>,
    /// Where it is restored: beside the vault, or in the vault's paired region.
    #[serde(default)]
    pub region: DesiredRegion,
    /// Restore it although Azure suspects a threat in it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub even_if_suspicious: bool,
}

/// Where a restore takes place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = WishedRegion)]
pub enum DesiredRegion {
    /// In the region of the vault.
    #[default]
    Primary,
    /// In its paired region, from the copies there.
    Secondary,
}

/// How an archived recovery point is brought back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rehydrate {
    /// How soon.
    #[serde(default)]
    pub priority: RehydrationPriority,
    /// For how many days it stays outside of the archive.
    #[serde(default = "fifteen")]
    pub days: u32,
}

const fn fifteen() -> u32 {
    15
}

impl Default for Rehydrate {
    fn default() -> Self {
        Self { priority: RehydrationPriority::Standard, days: fifteen() }
    }
}

/// `rehydrationPriority`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RehydrationPriority {
    /// Within 15 hours.
    #[default]
    Standard,
    /// Sooner, at a higher price.
    High,
}

/// What a recovery point becomes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "kind", deny_unknown_fields)]
pub enum RestoreTarget {
    /// A new disk.
    #[serde(rename_all = "camelCase")]
    Disk {
        /// The resource group that it is made in.
        resource_group: ResourceId,
        /// Its name.
        name: String,
    },
    /// The blobs of the account, brought back in place to a moment: operational backup.
    BlobsInPlace {
        /// These containers; with `prefixes` left out as well, all of the account.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        containers: Vec<String>,
        /// Blobs whose path begins so, as `container/prefix`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        prefixes: Vec<String>,
    },
    /// Containers in another storage account: vaulted backup of blobs and of Data Lake Storage.
    Containers {
        /// The other account.
        account: ResourceId,
        /// These; all that the point holds if none is named.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        containers: Vec<DesiredContainer>,
    },
    /// A new database on a PostgreSQL server, the same or another.
    Database {
        /// The server.
        server: ResourceId,
        /// Name of the new database.
        name: String,
        /// Key Vault secret of the server; that of the backup instance if left out and the server is the same.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<String>,
    },
    /// Files in a blob container.
    Files {
        /// Storage account.
        account: ResourceId,
        /// Container in it.
        container: String,
        /// What the names of the files begin with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        prefix: Option<String>,
    },
    /// What a Kubernetes cluster held, in the same or another cluster.
    Cluster(Box<DesiredCluster>),
    /// Disks of a virtual machine, as new managed disks.
    VmDisks(Box<DesiredMachineDisks>),
    /// A new virtual machine.
    Vm(Box<DesiredMachine>),
    /// The virtual machine itself, with its disks replaced.
    VmInPlace(DesiredMachineInPlace),
    /// A file share, or files of it, in the same or another share.
    Share(Box<DesiredShare>),
    /// A SQL Server database in a virtual machine, where it was or elsewhere.
    SqlDatabase(Box<DesiredMachineDatabase>),
    /// A SAP HANA database in a virtual machine, where it was or elsewhere.
    HanaDatabase(Box<DesiredMachineDatabase>),
    /// The backups of a database in a virtual machine, as files.
    DatabaseFiles(Box<DesiredDatabaseFiles>),
}

/// A container to restore, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ContainerWish)]
pub struct DesiredContainer {
    /// Its name in the backup.
    pub name: String,
    /// Only blobs whose name begins so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefixes: Vec<String>,
    /// Its name in the target account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rename_to: Option<String>,
}

/// What of a cluster is restored, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ClusterWish)]
pub struct DesiredCluster {
    /// Another cluster than the one that was backed up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<ResourceId>,
    /// Only these namespaces; all if none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<String>,
    /// Without these namespaces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_namespaces: Vec<String>,
    /// Only these resource types.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resource_types: Vec<String>,
    /// Without these resource types.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_resource_types: Vec<String>,
    /// Only what has these labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub label_selectors: Vec<String>,
    /// Resources of no namespace as well.
    #[serde(default)]
    pub cluster_scope: bool,
    /// Whether volumes come with what was in them.
    #[serde(default)]
    pub volumes: VolumeMode,
    /// What happens to a resource that is there already.
    #[serde(default)]
    pub conflicts: ConflictPolicy,
    /// From namespaces in the backup to namespaces of the cluster.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub namespace_mappings: BTreeMap<String, String>,
    /// Restore hooks to run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<NamespacedName>,
    /// A resource modifier to apply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_modifier: Option<NamespacedName>,
    /// Where the data is put meanwhile, for points in the vault tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staging: Option<VaultTierStaging>,
}

/// Where the data of a point in the vault tier is put while it is restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VaultTierStaging {
    /// For snapshots.
    pub resource_group: ResourceId,
    /// For everything else.
    pub storage_account: ResourceId,
}

/// `persistentVolumeRestoreMode`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VolumeMode {
    /// With what was in them.
    #[default]
    WithData,
    /// Empty.
    WithoutData,
}

/// `conflictPolicy`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConflictPolicy {
    /// What is there stays.
    #[default]
    Skip,
    /// What is there is patched, where Kubernetes lets it.
    Patch,
}

/// Something of Kubernetes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamespacedName {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
}

impl RestoreTarget {
    /// Every kind: its word for people and records, and the datasource types, as Azure Backup names them, that can
    /// become it.
    pub const WORDS: [(&'static str, &'static [&'static str]); 13] = [
        ("disk", &["Microsoft.Compute/disks"]),
        ("blobs-in-place", &["Microsoft.Storage/storageAccounts/blobServices"]),
        (
            "containers",
            &[
                "Microsoft.Storage/storageAccounts/blobServices",
                "Microsoft.Storage/storageAccounts/adlsBlobServices",
            ],
        ),
        ("database", &["Microsoft.DBforPostgreSQL/servers/databases"]),
        (
            "files",
            &["Microsoft.DBforPostgreSQL/flexibleServers", "Microsoft.DBforPostgreSQL/servers/databases"],
        ),
        ("cluster", &["Microsoft.ContainerService/managedClusters"]),
        ("vm-disks", &["Microsoft.Compute/virtualMachines"]),
        ("vm", &["Microsoft.Compute/virtualMachines"]),
        ("vm-in-place", &["Microsoft.Compute/virtualMachines"]),
        ("share", &["Microsoft.Storage/storageAccounts/fileServices/shares"]),
        ("sql-database", &["SQLDataBase"]),
        ("hana-database", &["SAPHanaDatabase"]),
        ("database-files", &["SQLDataBase", "SAPHanaDatabase"]),
    ];

    /// A word for people and records.
    pub fn as_str(&self) -> &'static str {
        self.named().0
    }

    fn named(&self) -> (&'static str, &'static [&'static str]) {
        let [
            disk,
            in_place,
            containers,
            database,
            files,
            cluster,
            vm_disks,
            vm,
            vm_in_place,
            share,
            sql,
            hana,
            database_files,
        ] = Self::WORDS;
        match self {
            Self::Disk { .. } => disk,
            Self::BlobsInPlace { .. } => in_place,
            Self::Containers { .. } => containers,
            Self::Database { .. } => database,
            Self::Files { .. } => files,
            Self::Cluster(_) => cluster,
            Self::VmDisks(_) => vm_disks,
            Self::Vm(_) => vm,
            Self::VmInPlace(_) => vm_in_place,
            Self::Share(_) => share,
            Self::SqlDatabase(_) => sql,
            Self::HanaDatabase(_) => hana,
            Self::DatabaseFiles(_) => database_files,
        }
    }

    /// Whether a datasource of this type can become this.
    pub fn suits(&self, datasource_type: &str) -> bool {
        self.named().1.iter().any(|one| one.eq_ignore_ascii_case(datasource_type))
    }
}

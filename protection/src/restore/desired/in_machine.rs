//! What a person wishes of the restore of a database in a virtual machine.

use serde::{Deserialize, Serialize};

use crate::ResourceId;

/// A database in a virtual machine, as a database: where it was, or elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = MachineDatabaseWish)]
pub struct DesiredMachineDatabase {
    /// Another machine, by its ARM id; that of the database without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<ResourceId>,
    /// The instance of SQL Server or the system of SAP HANA there; that of the database without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Another name; that of the database without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether a database of that name which is there is overwritten.
    #[serde(default)]
    pub overwrite: bool,
    /// Whether the database is left so that backups of its log can still be restored into it. SQL Server only.
    #[serde(default)]
    pub no_recovery: bool,
    /// Where its files go; beside those of the target's other databases where nothing is said. SQL Server only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<DesiredFile>,
}

/// Where a file of a database goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = FileWish)]
pub struct DesiredFile {
    /// Its logical name in the backup.
    pub logical_name: String,
    /// The whole path that it gets.
    pub path: String,
}

/// The backups of a database, as files in a folder of a virtual machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = DatabaseFilesWish)]
pub struct DesiredDatabaseFiles {
    /// Another machine, by its ARM id; that of the database without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<ResourceId>,
    /// The folder.
    pub folder: String,
    /// Whether files of the same name are overwritten.
    #[serde(default)]
    pub overwrite: bool,
}

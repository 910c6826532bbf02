//! What is inside the virtual machines of an estate: ARM shows nothing of it, but backups and restores meet it.

use serde::{Deserialize, Serialize};

/// The database servers in a virtual machine. Without an entry, a machine with a resource of the type
/// `Microsoft.SqlVirtualMachine/sqlVirtualMachines` has the instance MSSQLSERVER with its system databases, others have nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EstateGuest {
    /// ARM id of the virtual machine.
    pub machine: String,
    /// Its name in its own eyes; that of the resource when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Instances of SQL Server and systems of SAP HANA.
    #[serde(default)]
    pub instances: Vec<EstateInstance>,
}

/// An instance of SQL Server or a system of SAP HANA. System databases need not be listed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EstateInstance {
    /// `sql` or `hana`.
    pub engine: String,
    /// Such as `MSSQLSERVER`, or the system id of HANA.
    pub name: String,
    /// Why Azure Backup cannot reach it, such as `UserErrorSQLNoSysadminMembership`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// Where SQL Server keeps data; `F:\Data` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_directory: Option<String>,
    /// Where SQL Server keeps logs; `F:\Log` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_directory: Option<String>,
    /// Its databases.
    #[serde(default)]
    pub databases: Vec<EstateDatabase>,
}

/// A database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EstateDatabase {
    /// Its name.
    pub name: String,
    /// `FULL`, `BULKLOGGED` or `SIMPLE`, of SQL Server; `FULL` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_model: Option<String>,
}

/// An availability group of SQL Server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EstateAvailabilityGroup {
    /// Its name.
    pub name: String,
    /// ARM ids of the virtual machines that hold replicas, the primary first.
    pub nodes: Vec<String>,
    /// The databases in it.
    #[serde(default)]
    pub databases: Vec<EstateDatabase>,
}

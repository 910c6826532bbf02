//! The kinds of things that these vaults protect here, and the words of the service for each.

use super::database::Engine;

/// What an item protects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Machine,
    Share,
    /// A database in a virtual machine, or all of a HANA system as snapshots of its disks.
    Database(Form),
}

/// What of a database server an item protects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    Sql,
    Hana,
    HanaInstance,
}

impl Form {
    pub(super) fn engine(self) -> Engine {
        match self {
            Self::Sql => Engine::Sql,
            Self::Hana | Self::HanaInstance => Engine::Hana,
        }
    }
}

impl Kind {
    /// `backupManagementType`.
    pub(super) fn management(self) -> &'static str {
        match self {
            Self::Machine => "AzureIaasVM",
            Self::Share => "AzureStorage",
            Self::Database(_) => "AzureWorkload",
        }
    }

    /// `workloadType`, which is also what `itemType` filters by.
    pub(super) fn workload(self) -> &'static str {
        match self {
            Self::Machine => "VM",
            Self::Share => "AzureFileShare",
            Self::Database(Form::Sql) => "SQLDataBase",
            Self::Database(Form::Hana) => "SAPHanaDatabase",
            Self::Database(Form::HanaInstance) => "SAPHanaDBInstance",
        }
    }

    /// `protectedItemType`.
    pub(super) fn item_type(self) -> &'static str {
        match self {
            Self::Machine => "Microsoft.Compute/virtualMachines",
            Self::Share => "AzureFileShareProtectedItem",
            Self::Database(Form::Sql) => "AzureVmWorkloadSQLDatabase",
            Self::Database(Form::Hana) => "AzureVmWorkloadSAPHanaDatabase",
            Self::Database(Form::HanaInstance) => "AzureVmWorkloadSAPHanaDBInstance",
        }
    }

    /// `jobType`.
    pub(super) fn job_type(self) -> &'static str {
        match self {
            Self::Machine => "AzureIaaSVMJob",
            Self::Share => "AzureStorageJob",
            Self::Database(_) => "AzureWorkloadJob",
        }
    }

    /// `objectType` of a request for a backup.
    pub(super) fn backup_request(self) -> &'static str {
        match self {
            Self::Machine => "IaasVMBackupRequest",
            Self::Share => "AzureFileShareBackupRequest",
            Self::Database(_) => "AzureWorkloadBackupRequest",
        }
    }

    /// The type of what is protected, as the graph names it.
    pub(super) fn source_type(self) -> &'static str {
        match self {
            Self::Machine => "Microsoft.Compute/virtualMachines",
            Self::Share => "Microsoft.Storage/storageAccounts/fileServices/shares",
            Self::Database(_) => self.workload(),
        }
    }
}

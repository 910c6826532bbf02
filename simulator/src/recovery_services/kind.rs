//! The two kinds of things that these vaults protect here, and the words of the service for each.

/// What an item protects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Machine,
    Share,
}

impl Kind {
    /// The kind whose `backupManagementType` is `word`.
    pub(super) fn managed_by(word: &str) -> Option<Self> {
        [Self::Machine, Self::Share].into_iter().find(|kind| kind.management().eq_ignore_ascii_case(word))
    }

    /// `backupManagementType`.
    pub(super) fn management(self) -> &'static str {
        match self {
            Self::Machine => "AzureIaasVM",
            Self::Share => "AzureStorage",
        }
    }

    /// `workloadType`, which is also what `itemType` filters by.
    pub(super) fn workload(self) -> &'static str {
        match self {
            Self::Machine => "VM",
            Self::Share => "AzureFileShare",
        }
    }

    /// `protectedItemType`.
    pub(super) fn item_type(self) -> &'static str {
        match self {
            Self::Machine => "Microsoft.Compute/virtualMachines",
            Self::Share => "AzureFileShareProtectedItem",
        }
    }

    /// `jobType`.
    pub(super) fn job_type(self) -> &'static str {
        match self {
            Self::Machine => "AzureIaaSVMJob",
            Self::Share => "AzureStorageJob",
        }
    }

    /// `objectType` of a request for a backup.
    pub(super) fn backup_request(self) -> &'static str {
        match self {
            Self::Machine => "IaasVMBackupRequest",
            Self::Share => "AzureFileShareBackupRequest",
        }
    }

    /// The ARM type of what is protected.
    pub(super) fn source_type(self) -> &'static str {
        match self {
            Self::Machine => "Microsoft.Compute/virtualMachines",
            Self::Share => "Microsoft.Storage/storageAccounts/fileServices/shares",
        }
    }
}

//! What a resource guard guards.

use crate::data_protection::NAMESPACE;

/// What a guard guards on Recovery Services vaults, with the type of the request: shown only.
pub(super) const ON_RECOVERY_SERVICES: [(&str, &str); 9] = [
    ("backupFabrics/protectionContainers/protectedItems/delete", "deleteProtectedItemRequests"),
    ("backupFabrics/protectionContainers/protectedItems/write", "updateProtectedItemRequests"),
    ("backupPolicies/write", "updateProtectionPolicyRequests"),
    ("backupResourceGuardProxies/delete", "deleteResourceGuardProxyRequests"),
    ("backupSecurityPIN/action", "getBackupSecurityPINRequests"),
    ("backupconfig/write", "disableSoftDeleteRequests"),
    (
        "backupFabrics/protectionContainers/protectedItems/write#stopProtectionWithRetainData",
        "stopProtectionWithRetainDataRequests",
    ),
    ("write#reduceImmutabilityState", "reduceImmutabilityStateRequests"),
    (
        "backupFabrics/protectionContainers/protectedItems/recoveryPoints/restore/action",
        "triggerRestoreRequests",
    ),
];

/// What a guard guards on Backup vaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    DeleteInstance,
    DeleteProxy,
    ReduceImmutability,
    ReduceSoftDelete,
    ModifyEncryption,
    StopProtection,
    SuspendBackups,
    ModifyPolicy,
    Restore,
}

pub(super) const OPERATIONS: [Operation; 9] = [
    Operation::DeleteInstance,
    Operation::DeleteProxy,
    Operation::ReduceImmutability,
    Operation::ReduceSoftDelete,
    Operation::ModifyEncryption,
    Operation::StopProtection,
    Operation::SuspendBackups,
    Operation::ModifyPolicy,
    Operation::Restore,
];

impl Operation {
    /// The operation below `Microsoft.DataProtection/backupVaults/`, and the type of its request.
    pub(super) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::DeleteInstance => ("backupInstances/delete", "deleteBackupInstanceRequests"),
            Self::DeleteProxy => ("backupResourceGuardProxies/delete", "deleteResourceGuardProxyRequests"),
            Self::ReduceImmutability => {
                ("write#reduceImmutabilityState", "dppReduceImmutabilityStateRequests")
            }
            Self::ReduceSoftDelete => {
                ("write#reduceSoftDeleteSecurity", "dppReduceSoftDeleteSecurityRequests")
            }
            Self::ModifyEncryption => {
                ("write#modifyEncryptionSettings", "dppModifyEncryptionSettingsRequests")
            }
            Self::StopProtection => {
                ("backupInstances/stopProtection/action", "dppDisableStopProtectionRequests")
            }
            Self::SuspendBackups => {
                ("backupInstances/suspendBackups/action", "dppDisableSuspendBackupsRequests")
            }
            Self::ModifyPolicy => ("backupInstances/write", "dppModifyPolicy"),
            Self::Restore => ("backupInstances/restore/action", "dppTriggerRestoreRequests"),
        }
    }

    pub(super) fn critical(self) -> String {
        format!("{NAMESPACE}/backupVaults/{}", self.words().0)
    }
}

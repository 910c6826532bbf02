//! Codes with which backup jobs fail: of which kind each is, where it is documented, and what the documentation has people do.
//!
//! [`super::known`] has the codes of calls. One that a call and a job have in common is there.

use holdfast_protection::RefusalKind;
use holdfast_protection::RefusalKind::{MissingPermission, Quota, Transient, User};

/// How sure a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grade {
    /// Azure's documentation says so.
    Official,
    /// Users reported it.
    Field,
}

/// What is known of a code of jobs.
#[derive(Debug, Clone, Copy)]
pub(super) struct JobCode {
    pub(super) code: &'static str,
    pub(super) kind: RefusalKind,
    /// How sure it is; for those who read the table.
    #[cfg_attr(not(test), expect(dead_code, reason = "the table says where it comes from"))]
    pub(super) grade: Grade,
    /// Page of Azure's documentation.
    #[cfg_attr(not(test), expect(dead_code, reason = "the table says where it comes from"))]
    pub(super) source: &'static str,
    /// What has to be done.
    pub(super) action: &'static str,
}

const fn official(
    source: &'static str,
    code: &'static str,
    kind: RefusalKind,
    action: &'static str,
) -> JobCode {
    JobCode { code, kind, grade: Grade::Official, source, action }
}

const fn field(source: &'static str, code: &'static str, kind: RefusalKind, action: &'static str) -> JobCode {
    JobCode { code, kind, grade: Grade::Field, source, action }
}

/// The row of a code, in any case.
pub(super) fn row(code: &str) -> Option<&'static JobCode> {
    CODES.iter().find(|row| row.code.eq_ignore_ascii_case(code))
}

const VM: &str = "backup-azure-vms-troubleshoot";
const AGENT_PAGE: &str = "backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout";
const FILES: &str = "troubleshoot-azure-files";
const DISKS: &str = "disk-backup-troubleshoot";
const BLOBS: &str = "blob-backup-troubleshoot";
const AKS: &str = "azure-kubernetes-service-backup-troubleshoot";
const POSTGRES: &str = "backup-azure-database-postgresql-troubleshoot";
const POSTGRES_FLEX: &str = "backup-azure-database-postgresql-flex-troubleshoot";

const PASSES: &str = "nothing: it passes by itself, and the backup is taken again";
const ROOM: &str = "delete snapshots that nobody needs, or have the limit raised";
const VSS: &str = "restart the VSS writers that `vssadmin list writers` shows as failed, or the machine, then back it up again";
const EXTENSION: &str =
    "remove the snapshot extension from the machine and start its agent anew, then back it up again";
const GONE_SHARE: &str = "bring the share back, or stop its protection, which keeps its backups";
const ROUTE: &str =
    "let the vault reach the server: allow Azure services in its firewall, or give it a private endpoint";
const SECRET: &str =
    "put the connection string of the backup user into the secret that the rules or the tag name";
const SERVER: &str = "see that the server runs and the database is there, then back it up again";
const CLUSTER: &str = "start the cluster, then back it up again";
const EXTENSION_AKS: &str =
    "see why the backup extension of the cluster is not healthy, and install it again if need be";

const CODES: [JobCode; 52] = [
    // Machines.
    official(VM, "CopyingVHDsFromBackUpVaultTakingLongTime", Transient, PASSES),
    official(AGENT_PAGE, "ExtensionFailedTimeoutVMNetworkUnresponsive", Transient, PASSES),
    official(VM, "AzureVmOffline", Transient, PASSES),
    official(VM, "ExtensionSnapshotFailedNoNetwork", Transient, PASSES),
    official(
        VM,
        "UserErrorVmNotInDesirableState",
        User,
        "wait until the machine runs or is stopped: no backup is taken in between",
    ),
    official(VM, "ExtensionFailedSnapshotLimitReachedError", Quota, ROOM),
    official(
        VM,
        "UserErrorBCMPremiumStorageQuotaError",
        Quota,
        "leave half of the premium storage account free for snapshots",
    ),
    official(
        VM,
        "UserErrorFsFreezeFailed",
        User,
        "unmount the file systems that cannot be frozen, or leave them out of the freeze, then back it up again",
    ),
    official(
        VM,
        "ExtensionSnapshotFailedCOM",
        User,
        "start the services of COM+ and of the distributed transaction coordinator in the machine",
    ),
    official(
        VM,
        "ExtensionInstallationFailedCOM",
        User,
        "start the services of COM+ and of the distributed transaction coordinator in the machine",
    ),
    official(
        VM,
        "ExtensionInstallationFailedMDTC",
        User,
        "start the services of COM+ and of the distributed transaction coordinator in the machine",
    ),
    official(VM, "ExtensionFailedVssWriterInBadState", User, VSS),
    official(VM, "ExtensionVSSServiceInBadState", User, VSS),
    official(VM, "ExtensionStuckInDeletionState", User, EXTENSION),
    official(
        VM,
        "ExtensionSnapshotBitlockerError",
        User,
        "unlock the drives that BitLocker holds, then back it up again",
    ),
    official(
        VM,
        "UserErrorInsufficientSpaceOnSystemDriveForExtensionMetadata",
        User,
        "free some space on the system drive of the machine",
    ),
    official(
        AGENT_PAGE,
        "UserErrorRpCollectionLimitReached",
        Quota,
        "remove the lock from the group of restore points, so that old ones are cleared away",
    ),
    // Shares.
    official(FILES, "FileshareBackupFailedWithAzureRpRequestThrottling", Transient, PASSES),
    official(FILES, "UserErrorFileShareEndpointUnreachable", User, GONE_SHARE),
    official(FILES, "UserErrorDTSStorageAccountNotFound", User, GONE_SHARE),
    official(FILES, "UserErrorBackupAFSInSoftDeleteState", User, GONE_SHARE),
    official(FILES, "UserErrorBackupAFSInDeleteState", User, GONE_SHARE),
    official(FILES, "DatamoverGenericError", Transient, PASSES),
    field(FILES, "DatamoverInsufficientVaultStorage", Transient, PASSES),
    // Disks.
    official(DISKS, "UserErrorMaxConcurrentOperationLimitReached", Transient, PASSES),
    official(DISKS, "UserErrorSubscriptionDiskQuotaLimitReached", Quota, ROOM),
    official(
        DISKS,
        "UserErrorManagedDiskNotFound",
        User,
        "the disk is gone: stop its protection, which keeps its backups",
    ),
    official(
        DISKS,
        "UserErrorMissingSubscriptionRegistration",
        User,
        "register the resource provider that Azure names with the subscription",
    ),
    official(
        DISKS,
        "UserErrorDiskBackupRestoreRGOrMSIPermissionsNotPresent",
        MissingPermission,
        "give the vault's identity its role on the group",
    ),
    official(
        DISKS,
        "UserErrorMSIPermissionsNotPresentOnDES",
        MissingPermission,
        "give the vault's identity Reader on the disk encryption set",
    ),
    // Blobs.
    official(
        BLOBS,
        "UserErrorBackupRequestThrottled",
        Quota,
        "wait for the next scheduled backup: the account has had as many today as Azure takes",
    ),
    official(BLOBS, "UserErrorAzureStorageAccountManagementOperationLimitReached", Transient, PASSES),
    official(BLOBS, "UserErrorBlobVersionDeletedDuringBackup", Transient, PASSES),
    official(BLOBS, "UserErrorBlobVersionArchivedDuringBackup", Transient, PASSES),
    official(
        BLOBS,
        "LongRunningBackupTrackingFailure",
        User,
        "Azure goes on with this backup: look for its recovery point after some hours",
    ),
    official(
        BLOBS,
        "LongRunningOperationTrackingFailure",
        User,
        "Azure goes on with this backup: look for its recovery point after some hours",
    ),
    official(
        BLOBS,
        "UserErrorNoContainersSelectedForOperation",
        User,
        "let the rules or the tag name containers that are there",
    ),
    official(
        BLOBS,
        "UserErrorIncorrectContainersSelectedForOperation",
        User,
        "let the rules or the tag name containers that are there",
    ),
    official(
        BLOBS,
        "UserErrorMaxOrsPolicyExistOnStorageAccount",
        Quota,
        "delete an object replication policy of the account that nobody needs",
    ),
    // Clusters.
    official(AKS, "UserErrorBackupPluginPodRestartedDuringBackup", Transient, PASSES),
    official(AKS, "KubernetesBackupCustomResourcesTrackingTimeOutError", Transient, PASSES),
    official(AKS, "ExtensionTimedOutWaitingForBackupItemSync", Transient, PASSES),
    official(AKS, "UserErrorKubernetesBackupClusterIsStopped", User, CLUSTER),
    official(AKS, "UserErrorKubernetesBackupExtensionUnhealthy", User, EXTENSION_AKS),
    official(AKS, "UserErrorKubernetesBackupExtensionHasErrors", User, EXTENSION_AKS),
    official(
        AKS,
        "UserErrorBackupFailedBackupStorageLocationReadOnly",
        User,
        "make the backup storage location of the extension writable again",
    ),
    // Databases of PostgreSQL.
    official(POSTGRES, "UserErrorServerConnectionClosed", Transient, PASSES),
    official(POSTGRES, "UserErrorMissingNetworkSecurityPermissions", User, ROUTE),
    official(POSTGRES, "UserErrorDBUserAuthFailed", User, SECRET),
    official(POSTGRES, "UserErrorInvalidSecret", User, SECRET),
    official(POSTGRES, "UserErrorDBNotFound", User, SERVER),
    official(POSTGRES_FLEX, "ServerNotReadyForLongTermBackup", User, SERVER),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_says_where_it_comes_from_and_what_to_do() {
        for (at, row) in CODES.iter().enumerate() {
            assert_eq!(
                CODES.iter().rposition(|other| other.code.eq_ignore_ascii_case(row.code)),
                Some(at),
                "{}",
                row.code
            );
            assert!(
                !row.source.is_empty() && row.action.len() > 20 && !row.action.ends_with('.'),
                "{}",
                row.code
            );
            assert!(row.grade == Grade::Official || row.kind == Transient, "{}", row.code);
        }
        assert_eq!(row("azurevmoffline").map(|row| row.kind), Some(Transient));
    }
}

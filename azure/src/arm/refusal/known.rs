//! Azure's codes: of which kind each is, and what we advise where we know the cause.
//!
//! One table for the calls of ARM, Microsoft.DataProtection and Microsoft.RecoveryServices: planning, operations and retries all go by it. The
//! codes are official, but for those of faults that pass, which users have reported (field).

use holdfast_protection::{RefusalKind, Retry};

/// What is known of a code.
#[derive(Debug, Clone, Copy)]
struct Known {
    code: &'static str,
    kind: RefusalKind,
    advice: Option<&'static str>,
}

const fn of(code: &'static str, kind: RefusalKind) -> Known {
    Known { code, kind, advice: None }
}

const fn with(code: &'static str, kind: RefusalKind, advice: &'static str) -> Known {
    Known { code, kind, advice: Some(advice) }
}

fn known(code: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.code.eq_ignore_ascii_case(code))
}

/// The kind of a refusal with this code. One that no row has is told by what Azure says of another try, and by whom
/// its name blames.
pub(super) fn kind(code: &str, retry: Retry) -> RefusalKind {
    if let Some(known) = known(code) {
        return known.kind;
    }
    let blames_user = ["UserError", "BMSUserError"].iter().any(|prefix| code.starts_with(prefix));
    match retry {
        Retry::InHours => RefusalKind::Throttled,
        Retry::Later => RefusalKind::Transient,
        Retry::Never | Retry::Once if blames_user => RefusalKind::User,
        Retry::Never | Retry::Once => RefusalKind::Unknown,
    }
}

/// What we advise about this code.
pub(super) fn advice(code: &str) -> Option<Box<str>> {
    known(code)?.advice.map(Into::into)
}

/// Whether the code itself is of this kind.
pub(super) fn is(code: &str, kind: RefusalKind) -> bool {
    known(code).is_some_and(|known| known.kind == kind)
}

const BY_POLICY: &str = "an Azure Policy forbids a setting that backup needs: exempt the resource from the assignment \
     that Azure names, or let the rules exclude it; the next sweep tries again";
const FULL: &str = "the Backup vault holds as many backup instances as Azure allows (5000): let the rules choose \
     another vault, or delete instances that nobody needs";
const LOCKED: &str = "remove the read-only lock from the account or its group; the next sweep tries again";
const NO_GROUP: &str = "create the resource group for snapshots again, or let the rule set create it \
     (`[create.snapshot-groups]`); the next sweep tries again";
const BLOB_STOP: &str = "operational backup of blobs cannot be stopped, only deleted: state `delete` in `[ending]` \
     of the rule set, or delete the backup instance";
const IMMUTABLE: &str = "the vault is immutable: wait until the recovery points have expired, or disable its \
     immutability if it is not locked";
const GUARDED: &str = "a resource guard protects the vault: let its owner unlock the operation";

const NOT_IMMUTABLE: &str = "backups are suspended in immutable vaults alone: stop the protection instead, which keeps \
     every backup";
const OTHER_POLICY: &str =
    "the policy is for another kind of datasource: let the rules choose one that is for this kind";
const SNAPSHOT_DAYS: &str =
    "let the rules state `snapshot-days` below the days for which daily backups are kept";
const SHARED_KEYS: &str = "the storage account allows no shared keys, with which Azure backs up its shares: allow them, or \
     let the rules exclude the share";
const SNAPSHOTS: &str =
    "the share has as many snapshots as Azure allows (200): delete some, or let the rules keep fewer";

const SQL_CONNECTION: &str = "let Azure's backup plugin open the instance: start SQL Server, and give `NT SERVICE\\AzureWLBackupPluginSvc` \
     a login; the next sweep tries again";
const SQL_SYSADMIN: &str = "make `NT SERVICE\\AzureWLBackupPluginSvc` a member of sysadmin on the instance of SQL Server; the next \
     sweep tries again";
const HANA_SCRIPT: &str =
    "run Azure Backup's pre-registration script for SAP HANA on the machine; the next sweep tries again";
const HANA_CONNECTION: &str = "see whether the SAP HANA system runs and the machine reaches it, and run Azure Backup's pre-registration \
     script again";
const HANA_PASSWORD: &str =
    "renew the password of the backup user of SAP HANA, and run Azure Backup's pre-registration script again";
const BACKUP_TYPE: &str = "`master` and databases in the simple recovery model have full backups only: take a full one, or change the \
     recovery model";
const FULL_FIRST: &str = "take a full backup first: the chain of the others is broken";
const DROPPED: &str = "the database is gone: stop its protection, which keeps its backups";
const LOST_EXTENSION: &str =
    "see whether the machine runs and reaches Azure Backup, then register it with its vault again";
const OVERWRITE: &str = "give the restored database another name, or state `overwrite`";
const CERTIFICATE: &str =
    "the database is encrypted: put the certificate of its source on the target instance first";
const BULK_LOGGED: &str = "choose another moment: the log of this one holds bulk-logged changes";
const OTHER_SYSTEM: &str = "choose a target system of the same kind and version";
const NOT_RUNNING: &str = "start the machine; the next sweep tries again";

const KNOWN: [Known; 88] = [
    of("UserErrorMissingRequiredPermissions", RefusalKind::MissingPermission),
    of("UserErrorMSIMissingPermissions", RefusalKind::MissingPermission),
    of("UserErrorNotEnoughPermissionOnDisk", RefusalKind::MissingPermission),
    of("UserErrorNotEnoughPermissionOnSnapshotRG", RefusalKind::MissingPermission),
    of("UserErrorDiskBackupAuthorizationFailed", RefusalKind::MissingPermission),
    of("UserErrorDiskBackupDiskOrMSIPermissionsNotPresent", RefusalKind::MissingPermission),
    of("UserErrorDiskBackupSnapshotRGOrMSIPermissionsNotPresent", RefusalKind::MissingPermission),
    of("UserErrorSnapshotRGOrMSIPermissionsNotPresent", RefusalKind::MissingPermission),
    of("UserErrorMissingDBPermissions", RefusalKind::MissingPermission),
    of("UserErrorBackupUserAuthFailed", RefusalKind::MissingPermission),
    of("UserErrorMissingPermissionsOnSecretStore", RefusalKind::MissingPermission),
    of("UserErrorExtensionMSIMissingPermissionsOnBackupStorageLocation", RefusalKind::MissingPermission),
    of("UserErrorBackupStorageLocationNotReady", RefusalKind::MissingPermission),
    of("VaultMSIUnauthorized", RefusalKind::MissingPermission),
    of("UserErrorVaultMSIUnauthorized", RefusalKind::MissingPermission),
    of("UserErrorDppDatasourceAlreadyProtected", RefusalKind::Taken),
    of("UserErrorDppDatasourceAlreadyHasBackupInstance", RefusalKind::Taken),
    of("CloudDosTimeboundLimitReached", RefusalKind::Throttled),
    of("CloudDosTimeboudLimitReached", RefusalKind::Throttled),
    of("CloudInternalError", RefusalKind::Transient),
    of("CloudServiceRetryableError", RefusalKind::Transient),
    of("InternalServerError", RefusalKind::Transient),
    of("ServiceUnavailable", RefusalKind::Transient),
    with("UserErrorMaxBackupInstancesReached", RefusalKind::Quota, FULL),
    with("UserErrorBackupInstanceLimitReached", RefusalKind::Quota, FULL),
    with("UserErrorVaultBackupInstanceLimitReached", RefusalKind::Quota, FULL),
    of("RoleAssignmentLimitExceeded", RefusalKind::Quota),
    with("UserErrorResourceGuardOperationRequestMissing", RefusalKind::Guarded, GUARDED),
    with("UserErrorOperationNotAllowedOnImmutableVault", RefusalKind::Guarded, IMMUTABLE),
    with("UserErrorImmutableVaultOperationNotAllowed", RefusalKind::Guarded, IMMUTABLE),
    with("UserErrorRequestDisallowedByAzurePolicy", RefusalKind::DeniedByPolicy, BY_POLICY),
    with("RequestDisallowedByPolicy", RefusalKind::DeniedByPolicy, BY_POLICY),
    with("UserErrorRequiredStorageFeaturesDisabled", RefusalKind::DeniedByPolicy, BY_POLICY),
    with("UserErrorStorageAccountInLockedState", RefusalKind::User, LOCKED),
    with("UserErrorStorageAccountIsLocked", RefusalKind::User, LOCKED),
    with("ScopeLocked", RefusalKind::User, LOCKED),
    with("UserErrorSnapshotRGNotFound", RefusalKind::User, NO_GROUP),
    with("UserErrorInvalidOperationalStoreResourceGroup", RefusalKind::User, NO_GROUP),
    with("UserErrorStopProtectionNotSupportedForBlobOperationalBackup", RefusalKind::User, BLOB_STOP),
    // Recovery Services: official or field, as the tests of their calls say.
    of("VirtualMachineAlreadyProtected", RefusalKind::Taken),
    of("UserErrorVirtualMachineAlreadyProtected", RefusalKind::Taken),
    of("BMSUserErrorContainerAlreadyRegistered", RefusalKind::Taken),
    of("BMSUserErrorConflictingProtectionOperation", RefusalKind::Transient),
    of("BMSUserErrorObjectLocked", RefusalKind::Transient),
    of("OperationCancelledBecauseConflictingOperationRunningUserError", RefusalKind::Transient),
    of("OperationCancelledBecauseConflictingAutohealOperationRunningUserError", RefusalKind::Transient),
    of("UserErrorBackupFailedAsRemedialBackupInProgress", RefusalKind::Transient),
    of("ParallelSnapshotRequest", RefusalKind::Transient),
    of("AzureFileSyncChangeDetectionInProgress", RefusalKind::Transient),
    of("UserErrorAnotherRestoreInProgressOnSameTarget", RefusalKind::Transient),
    of("CloudDosAbsoluteLimitReached", RefusalKind::Throttled),
    of("CloudDosAbsoluteLimitReachedWithRetry", RefusalKind::Throttled),
    of("UserErrorMaxBackupPoliciesReached", RefusalKind::Quota),
    of("UserErrorMaximumProtectedItemsReached", RefusalKind::Quota),
    with("UserErrorDeleteBackupItemOnImmutableItem", RefusalKind::Guarded, IMMUTABLE),
    with("UserErrorOperationDeniedOnImmutableItem", RefusalKind::Guarded, NOT_IMMUTABLE),
    of("UserErrorUnsupportedVaultImmutabilityStateChange", RefusalKind::Guarded),
    with("UserErrorRequestDisallowedByPolicy", RefusalKind::DeniedByPolicy, BY_POLICY),
    of("UserErrorCMKKeyVaultAuthFailure", RefusalKind::MissingPermission),
    with("BMSUserErrorInvalidPolicyForGivenProvider", RefusalKind::User, OTHER_POLICY),
    with("BMSUserErrorInstantRPRetentionExceedsVaultedRetention", RefusalKind::User, SNAPSHOT_DAYS),
    with("UserErrorStorageKeyBasedAuthenticationNotPermitted", RefusalKind::User, SHARED_KEYS),
    with("AFSMaxSnapshotReached", RefusalKind::User, SNAPSHOTS),
    // Databases in machines: documentation, but for what recorded calls show.
    with("UserErrorOpeningSQLConnection", RefusalKind::User, SQL_CONNECTION),
    with("UserErrorSQLNoSysadminMembership", RefusalKind::User, SQL_SYSADMIN),
    with("UserErrorHANAInternalRoleNotPresent", RefusalKind::User, HANA_SCRIPT),
    with("UserErrorInsufficientPrivilegeOfDatabaseUser", RefusalKind::User, HANA_SCRIPT),
    with("UserErrorInOpeningHanaOdbcConnection", RefusalKind::User, HANA_CONNECTION),
    with("UserErrorHanaPreScriptNotRun", RefusalKind::User, HANA_SCRIPT),
    with("UserErrorPreregistrationScriptNotRun", RefusalKind::User, HANA_SCRIPT),
    with("UserErrorDatabaseUserPasswordExpired", RefusalKind::User, HANA_PASSWORD),
    with("UserErrorSQLPODoesNotSupportBackupType", RefusalKind::User, BACKUP_TYPE),
    with("UserErrorSQLLSNValidationFailure", RefusalKind::User, FULL_FIRST),
    with("UserErrorHANALSNValidationFailure", RefusalKind::User, FULL_FIRST),
    with("UserErrorParentFullBackupMissing", RefusalKind::User, FULL_FIRST),
    with("UserErrorSQLPODoesNotExist", RefusalKind::User, DROPPED),
    with("UserErrorHANAPODoesNotExist", RefusalKind::User, DROPPED),
    with("WorkloadExtensionNotReachable", RefusalKind::User, LOST_EXTENSION),
    with("UserErrorWorkloadExtensionNotInstalled", RefusalKind::User, LOST_EXTENSION),
    with("WorkloadExtensionNotPresent", RefusalKind::User, LOST_EXTENSION),
    with("WorkloadExtensionDidntDequeueMsg", RefusalKind::User, LOST_EXTENSION),
    with("UserErrorCannotRestoreExistingDBWithoutForceOverwrite", RefusalKind::User, OVERWRITE),
    with("UserErrorTargetPOExistsOverwriteNotSpecified", RefusalKind::User, OVERWRITE),
    of("UserErrorRestoreFailedDatabaseCannotBeOfflined", RefusalKind::Transient),
    with("UserErrorCannotFindServerCertificateWithThumbprint", RefusalKind::User, CERTIFICATE),
    with(
        "UserErrorRestoreNotPossibleBecauseLogBackupContainsBulkLoggedChanges",
        RefusalKind::User,
        BULK_LOGGED,
    ),
    with("UserErrorIncompatibleSrcTargetSystemsForRestore", RefusalKind::User, OTHER_SYSTEM),
    with("VMNotInRunningStateUserError", RefusalKind::User, NOT_RUNNING),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_of_one_kind_whatever_its_case() {
        assert_eq!(
            kind("usererrorrequestdisallowedbyazurepolicy", Retry::Later),
            RefusalKind::DeniedByPolicy
        );
        assert!(advice("usererrorrequestdisallowedbyazurepolicy").unwrap().contains("exempt"));
        for (at, row) in KNOWN.iter().enumerate() {
            let again = KNOWN.iter().rposition(|other| other.code.eq_ignore_ascii_case(row.code));
            assert_eq!(again, Some(at), "{} is listed twice", row.code);
        }
    }

    #[test]
    fn an_unknown_code_is_sorted_by_what_azure_says_of_it() {
        assert_eq!(kind("Odd", Retry::InHours), RefusalKind::Throttled);
        assert_eq!(kind("UserErrorOdd", Retry::Later), RefusalKind::Transient);
        assert_eq!(kind("UserErrorOdd", Retry::Never), RefusalKind::User);
        assert_eq!(kind("BMSUserErrorOdd", Retry::Once), RefusalKind::User);
        assert_eq!(kind("Odd", Retry::Once), RefusalKind::Unknown);
    }
}

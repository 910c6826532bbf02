//! Every action that this crate asks Azure for and that *Reader* does not give. It is the one list: `cargo xtask rights` writes the role
//! in `infra/` and the table in `docs/rights.md` from it, and the scenarios fail on a call whose action is not in it.

/// What a deployment has to allow before the app may do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowance {
    /// Nothing more than protecting.
    Always,
    /// `allowCreation`: making vaults and groups.
    Creation,
    /// `allowRestore`: restoring.
    Restore,
    /// `allowDelete`: deleting backups and vaults.
    Deletion,
}

/// An action in Azure's words, with what it is for.
#[derive(Debug, Clone, Copy)]
pub struct Action {
    /// Such as `Microsoft.DataProtection/backupVaults/backupInstances/write`.
    pub name: &'static str,
    /// What it is asked for.
    pub purpose: &'static str,
    /// What gives it.
    pub needs: Allowance,
}

const fn always(name: &'static str, purpose: &'static str) -> Action {
    Action { name, purpose, needs: Allowance::Always }
}

const fn creation(name: &'static str, purpose: &'static str) -> Action {
    Action { name, purpose, needs: Allowance::Creation }
}

const fn restore(name: &'static str, purpose: &'static str) -> Action {
    Action { name, purpose, needs: Allowance::Restore }
}

const fn deletion(name: &'static str, purpose: &'static str) -> Action {
    Action { name, purpose, needs: Allowance::Deletion }
}

/// The list, in the order of the documents.
pub const ACTIONS: &[Action] = &[
    always(
        "Microsoft.DataProtection/backupVaults/validateForBackup/action",
        "ask Azure whether a resource can be protected, before it is",
    ),
    always(
        "Microsoft.DataProtection/backupVaults/backupInstances/validateForModifyBackup/action",
        "ask the same before the policy is changed",
    ),
    always(
        "Microsoft.DataProtection/backupVaults/backupInstances/stopProtection/action",
        "stop and keep what there is",
    ),
    always("Microsoft.DataProtection/backupVaults/backupInstances/suspendBackups/action", "suspend"),
    always(
        "Microsoft.DataProtection/backupVaults/backupInstances/resumeProtection/action",
        "resume after a stop",
    ),
    always(
        "Microsoft.DataProtection/backupVaults/backupInstances/resumeBackups/action",
        "resume after a suspension",
    ),
    always(
        "Microsoft.DataProtection/backupVaults/deletedBackupInstances/undelete/action",
        "bring back what was deleted softly",
    ),
    always("Microsoft.DataProtection/backupVaults/backupPolicies/write", "create a policy"),
    always(
        "Microsoft.DataProtection/backupVaults/backupInstances/write",
        "protect, repair, move to another policy",
    ),
    always("Microsoft.DataProtection/backupVaults/backupInstances/backup/action", "back up at once"),
    always(
        "Microsoft.ContainerService/managedClusters/trustedAccessRoleBindings/write",
        "let a vault into a Kubernetes cluster",
    ),
    always(
        "Microsoft.RecoveryServices/Locations/backupStatus/action",
        "ask which vault protects a machine or a share",
    ),
    always(
        "Microsoft.RecoveryServices/Locations/backupPreValidateProtection/action",
        "ask Azure whether a machine can be protected",
    ),
    always("Microsoft.RecoveryServices/Vaults/backupPolicies/write", "create a policy"),
    always(
        "Microsoft.RecoveryServices/Vaults/backupFabrics/backupProtectionIntent/write",
        "protect databases of a machine automatically",
    ),
    always(
        "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/write",
        "register a storage account or a machine with databases",
    ),
    always(
        "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/inquire/action",
        "have a registered container looked through",
    ),
    always(
        "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/write",
        "protect a machine, a share, a database; stop, resume, bring back",
    ),
    always(
        "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/backup/action",
        "back up at once",
    ),
    always(
        "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/move/action",
        "move a recovery point to the archive tier",
    ),
    always("Microsoft.RecoveryServices/Vaults/backupJobs/cancel/action", "cancel a job"),
    always("Microsoft.Compute/virtualMachines/write", "Azure asks for it of who protects a machine"),
    creation(
        "Microsoft.DataProtection/backupVaults/write",
        "`[create.vaults]`, `vault-identities`, and `PUT` of a vault over HTTP",
    ),
    creation("Microsoft.RecoveryServices/Vaults/write", "the same of Recovery Services vaults"),
    creation("Microsoft.Resources/subscriptions/resourceGroups/write", "`[create.snapshot-groups]`"),
    restore(
        "Microsoft.DataProtection/backupVaults/backupInstances/findRestorableTimeRanges/action",
        "show from when to when one can restore",
    ),
    restore(
        "Microsoft.DataProtection/backupVaults/backupInstances/validateRestore/action",
        "ask Azure whether a restore can be done",
    ),
    restore("Microsoft.DataProtection/backupVaults/backupInstances/restore/action", "restore"),
    restore(
        "Microsoft.DataProtection/subscriptions/resourceGroups/providers/locations/fetchSecondaryRecoveryPoints/action",
        "list recovery points of the paired region",
    ),
    restore(
        "Microsoft.DataProtection/subscriptions/resourceGroups/providers/locations/validateCrossRegionRestore/action",
        "ask whether a restore there can be done",
    ),
    restore(
        "Microsoft.DataProtection/subscriptions/resourceGroups/providers/locations/crossRegionRestore/action",
        "restore there",
    ),
    restore(
        "Microsoft.DataProtection/subscriptions/resourceGroups/providers/locations/fetchCrossRegionRestoreJob/action",
        "follow the job there",
    ),
    restore(
        "Microsoft.DataProtection/subscriptions/resourceGroups/providers/locations/fetchCrossRegionRestoreJobs/action",
        "find the job there",
    ),
    restore(
        "Microsoft.RecoveryServices/Vaults/backupTriggerValidateOperation/action",
        "ask Azure whether a restore can be done",
    ),
    restore(
        "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/restore/action",
        "restore",
    ),
    restore(
        "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/accessToken/action",
        "restore in the paired region, which wants a token of the recovery point",
    ),
    restore(
        "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/provisionInstantItemRecovery/action",
        "open a session for single files of a machine",
    ),
    restore(
        "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/revokeInstantItemRecovery/action",
        "close it",
    ),
    restore(
        "Microsoft.RecoveryServices/Locations/backupCrossRegionRestore/action",
        "restore in the paired region",
    ),
    restore("Microsoft.RecoveryServices/Locations/backupCrrJob/action", "follow the job there"),
    restore("Microsoft.RecoveryServices/Locations/backupCrrJobs/action", "find the job there"),
    deletion("Microsoft.DataProtection/backupVaults/backupInstances/delete", "stop and delete"),
    deletion(
        "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/delete",
        "stop and delete",
    ),
    deletion(
        "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/delete",
        "unregister a container that protects nothing any more",
    ),
    deletion(
        "Microsoft.RecoveryServices/Vaults/backupResourceGuardProxies/unlockDelete/action",
        "carry out what a resource guard lets pass",
    ),
    deletion(
        "Microsoft.DataProtection/backupVaults/backupResourceGuardProxies/unlockDelete/action",
        "carry out what a resource guard lets pass",
    ),
    deletion("Microsoft.RecoveryServices/Vaults/delete", "delete an empty vault"),
    deletion("Microsoft.DataProtection/backupVaults/delete", "delete an empty vault"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_action_stands_twice_and_none_is_a_wildcard() {
        let names: BTreeSet<String> = ACTIONS.iter().map(|one| one.name.to_ascii_lowercase()).collect();
        assert_eq!(names.len(), ACTIONS.len());
        assert!(ACTIONS.iter().all(|one| !one.name.contains('*') && !one.purpose.is_empty()));
    }

    /// *Reader* gives `*/read` at the same scope: that one is missing here could be noticed nowhere.
    #[test]
    fn no_action_reads() {
        let reads: Vec<&str> =
            ACTIONS.iter().map(|one| one.name).filter(|name| name.ends_with("/read")).collect();
        assert_eq!(reads, [""; 0]);
    }
}

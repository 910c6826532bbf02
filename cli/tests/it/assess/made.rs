//! Estates out of rows of Resource Graph, with faults planted in them.

use serde_json::{Value, json};

/// How many of each fault are planted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Faults {
    pub(super) unprotected: u64,
    pub(super) failing: u64,
    pub(super) stopped: u64,
    pub(super) orphaned: u64,
    pub(super) weak_vaults: u64,
    /// Protected in another vault than decided.
    pub(super) in_other_vaults: u64,
    /// Kept for fewer days than decided.
    pub(super) kept_too_short: u64,
    /// Backed up at another time than decided.
    pub(super) at_other_times: u64,
    /// With snapshots in another group than decided.
    pub(super) in_other_groups: u64,
    /// Machines of which a disk is left out.
    pub(super) parts_left_out: u64,
}

impl Faults {
    pub(super) fn drifted(self) -> u64 {
        self.in_other_vaults
            + self.kept_too_short
            + self.at_other_times
            + self.in_other_groups
            + self.parts_left_out
    }
}

/// The estate of one resource group, as rows of Resource Graph.
struct Made {
    providers: String,
    rows: Vec<Value>,
}

impl Made {
    fn vault(&self, name: &str) -> String {
        format!("{}/Microsoft.DataProtection/backupVaults/{name}", self.providers)
    }

    fn disks(&mut self, count: u64, kind: &str, tags: &Value) {
        for n in 0..count {
            self.rows.push(json!({ "id": format!("{}/Microsoft.Compute/disks/{kind}-{n}", self.providers),
                "name": format!("{kind}-{n}"), "type": "microsoft.compute/disks", "location": "westeurope", "tags": tags,
                "sku": { "name": "Premium_LRS" },
                "properties": { "diskSizeGB": 100, "diskState": "Attached", "provisioningState": "Succeeded" } }));
        }
    }

    /// Backup instances of these disks; `policy` is one of the vault, `group` takes the snapshots.
    fn instances(&mut self, count: u64, kind: &str, state: &str, (vault, policy, group): (&str, &str, &str)) {
        let vault = self.vault(vault);
        for n in 0..count {
            let error = (state == "ProtectionError").then(|| {
                json!({ "code": "UserErrorMissingRole", "message": "the vault has no role", "recommendedAction": ["give it"] })
            });
            self.rows.push(json!({ "id": format!("{vault}/backupInstances/{kind}-{n}"), "name": format!("{kind}-{n}"),
                "type": "microsoft.dataprotection/backupvaults/backupinstances", "properties": {
                    "dataSourceInfo": { "resourceID": format!("{}/Microsoft.Compute/disks/{kind}-{n}", self.providers),
                        "datasourceType": "Microsoft.Compute/disks", "resourceLocation": "westeurope" },
                    "currentProtectionState": state, "protectionErrorDetails": error,
                    "policyInfo": { "policyId": format!("{vault}/backupPolicies/{policy}"), "policyParameters": {
                        "dataStoreParametersList": [{ "objectType": "AzureOperationalStoreParameters", "dataStoreType": "OperationalStore",
                            "resourceGroupId": format!("/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10/resourceGroups/{group}") }] } } } }));
        }
    }

    /// A policy of disks, as the portal writes it.
    fn policy(&mut self, vault: &str, name: &str, at: &str, days: u64) {
        let id = format!("{}/backupPolicies/{name}", self.vault(vault));
        self.rows.push(json!({ "id": id, "name": name, "type": "microsoft.dataprotection/backupvaults/backuppolicies",
            "properties": { "objectType": "BackupPolicy", "datasourceTypes": ["Microsoft.Compute/disks"], "policyRules": [
                { "objectType": "AzureBackupRule", "name": "BackupDaily",
                  "backupParameters": { "objectType": "AzureBackupParams", "backupType": "Incremental" },
                  "dataStore": { "dataStoreType": "OperationalStore", "objectType": "DataStoreInfoBase" },
                  "trigger": { "objectType": "ScheduleBasedTriggerContext",
                    "schedule": { "repeatingTimeIntervals": [format!("R/2024-01-07T{at}:00+00:00/P1D")], "timeZone": "UTC" },
                    "taggingCriteria": [{ "isDefault": true, "taggingPriority": 99, "tagInfo": { "id": "Default_", "tagName": "Default" } }] } },
                { "objectType": "AzureRetentionRule", "name": "Default", "isDefault": true, "lifecycles": [
                  { "deleteAfter": { "objectType": "AbsoluteDeleteOption", "duration": format!("P{days}D") },
                    "sourceDataStore": { "dataStoreType": "OperationalStore", "objectType": "DataStoreInfoBase" },
                    "targetDataStoreCopySettings": [] }] } ] } }));
    }

    /// Machines that are backed up, but for a disk.
    fn machines_without_a_disk(&mut self, count: u64) {
        let vault = format!("{}/Microsoft.RecoveryServices/vaults/rsv-westeurope", self.providers);
        for n in 0..count {
            let id = format!("{}/Microsoft.Compute/virtualMachines/vm-{n}", self.providers);
            let item = format!("VM;iaasvmcontainerv2;rg;vm-{n}");
            self.rows.push(json!({ "id": id, "name": format!("vm-{n}"), "type": "microsoft.compute/virtualmachines",
                "location": "westeurope", "tags": { "env": "prod" }, "properties": { "provisioningState": "Succeeded" } }));
            self.rows.push(json!({
                "id": format!("{vault}/backupFabrics/Azure/protectionContainers/IaasVMContainer;iaasvmcontainerv2;rg;vm-{n}/protectedItems/{item}"),
                "name": item, "type": "microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems",
                "properties": { "protectedItemType": "Microsoft.Compute/virtualMachines", "sourceResourceId": id,
                    "policyId": format!("{vault}/backupPolicies/DefaultPolicy"), "protectionState": "Protected",
                    "extendedProperties": { "diskExclusionProperties": { "diskLunList": [1], "isInclusionList": false } } } }));
        }
    }

    fn vaults(&mut self, weak: u64) {
        for n in 0..=weak {
            let is_weak = n < weak;
            let id = self.vault(&format!("bv-{n}"));
            self.rows.push(json!({ "id": id, "name": format!("bv-{n}"), "location": "westeurope",
                "type": "microsoft.dataprotection/backupvaults", "properties": {
                    "provisioningState": "Succeeded", "isVaultProtectedByResourceGuard": true,
                    "storageSettings": [{ "datastoreType": "VaultStore", "type": if is_weak { "LocallyRedundant" } else { "ZoneRedundant" } }],
                    "monitoringSettings": { "azureMonitorAlertSettings": { "alertsForAllJobFailures": "Enabled" } },
                    "securitySettings": { "softDeleteSettings": { "state": if is_weak { "Off" } else { "AlwaysOn" }, "retentionDurationInDays": 14 },
                        "immutabilitySettings": { "state": if is_weak { "Disabled" } else { "Unlocked" } } } } }));
        }
    }
}

/// An estate with so many disks that are as they should be, and these faults.
pub(super) fn rows(name: &str, well: u64, faults: Faults) -> Vec<Value> {
    let providers =
        format!("/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10/resourceGroups/rg-{name}/providers");
    let mut made = Made { providers, rows: Vec::new() };
    let prod = json!({ "env": "prod" });
    let (vault, group) = ("bv-westeurope", "rg-snapshots-westeurope");
    made.disks(3, "opted-out", &json!({ "env": "prod", "backup": "off" }));
    made.disks(5, "untagged", &json!({}));
    made.disks(faults.unprotected, "missed", &prod);
    let is = "ProtectionConfigured";
    for (count, kind, state, place) in [
        (well, "well", is, (vault, "daily", group)),
        (faults.failing, "broken", "ProtectionError", (vault, "daily", group)),
        (faults.stopped, "stopped", "ProtectionStopped", (vault, "daily", group)),
        (faults.in_other_vaults, "elsewhere", is, ("bv-old", "daily", group)),
        (faults.kept_too_short, "short", is, (vault, "short", group)),
        (faults.at_other_times, "late", is, (vault, "late", group)),
        (faults.in_other_groups, "astray", is, (vault, "daily", "rg-old")),
    ] {
        made.disks(count, kind, &prod);
        made.instances(count, kind, state, place);
    }
    made.instances(faults.orphaned, "gone", is, (vault, "daily", group));
    made.policy(vault, "daily", "02:00", 14);
    made.policy(vault, "short", "02:00", 7);
    made.policy(vault, "late", "05:00", 14);
    made.policy("bv-old", "daily", "02:00", 14);
    made.machines_without_a_disk(faults.parts_left_out);
    made.vaults(faults.weak_vaults);
    made.rows
}

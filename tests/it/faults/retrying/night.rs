//! A night in which the scheduled backups of an estate fail, each for a cause of its own, and the morning after it.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_protection::outcome::Outcome;
use holdfast_protection::retry::{Limits, Retried, Retrier};
use holdfast_tests::{SUBSCRIPTION, disks};
use serde_json::{Value, json};

use super::super::run::Run;
use super::super::sweeping::Work;
use super::super::worlds::recovery_vault;
use crate::world;

/// Of ten instances, those whose backup fails for a cause that passes, for want of a permission, by a limit, by a person.
pub(super) const CODES: [[&str; 10]; 2] = [
    [
        "CloudInternalError",
        "UserErrorMaxConcurrentOperationLimitReached",
        "CloudServiceRetryableError",
        "ServiceUnavailable",
        "CloudInternalError",
        "UserErrorMSIMissingPermissions",
        "UserErrorNotEnoughPermissionOnSnapshotRG",
        "UserErrorSubscriptionDiskQuotaLimitReached",
        "UserErrorManagedDiskNotFound",
        "SomethingNobodyWroteDown",
    ],
    [
        "AzureVmOffline",
        "CopyingVHDsFromBackUpVaultTakingLongTime",
        "CloudInternalError",
        "OperationCancelledBecauseConflictingOperationRunningUserError",
        "ExtensionFailedTimeoutVMNetworkUnresponsive",
        "UserErrorMSIMissingPermissions",
        "UserErrorMSIMissingPermissions",
        "ExtensionFailedSnapshotLimitReachedError",
        "UserErrorFsFreezeFailed",
        "UserErrorVmNotFoundV2",
    ],
];
/// Disk Backup Reader.
pub(super) const READER: &str = "3e5e47e6-65f7-47ef-90b5-e5dd4d455f24";
/// Of ten, those that pass.
pub(super) const PASSING: usize = 5;

/// An estate whose backups run by schedule, at two in the morning.
pub(super) struct Night {
    pub(super) run: Run,
    pub(super) client: reqwest::Client,
    /// Instances, and the code with which the backup of each fails.
    pub(super) instances: Vec<(String, &'static str, bool)>,
}

impl Night {
    pub(super) async fn of(disks: usize, machines: usize) -> Self {
        let (mut night, ids, vms) = Self::before(disks, machines).await;
        night.protect(&ids, &vms).await;
        night
    }

    /// One disk, which the rules protect by themselves; the backup of the night fails for want of a role of its vault.
    pub(super) async fn without_the_role() -> Self {
        let (mut night, ids, _) = Self::before(1, 0).await;
        let disk = ids.into_iter().next().unwrap();
        night.run.tell(&disk);
        night.run.work_off().await;
        let Some(Outcome::Protected { instance, .. }) = night.run.end_of(&disk) else {
            panic!("{:?}", night.run.ends)
        };
        let (instance, code) = (instance.to_string(), "UserErrorMSIMissingPermissions");
        night.take_away(READER).await;
        night.fail(&instance, code).await;
        night.instances = vec![(instance, code, false)];
        night.run.azure.advance(17.0 * 3600.0);
        night
    }

    /// Somebody takes a role away from the vault.
    pub(super) async fn take_away(&self, role: &str) {
        let state = self.run.azure.state();
        let mut roles = state["roleAssignments"].as_array().unwrap().iter();
        let role = roles.find(|one| one["roleDefinitionGuid"] == role).unwrap();
        self.call("DELETE", role["id"].as_str().unwrap(), "2022-04-01", &json!({})).await;
    }

    /// The evening before: nothing is protected.
    pub(super) async fn before(disks: usize, machines: usize) -> (Self, Vec<String>, Vec<String>) {
        let mut estate = world::granted();
        estate["scheduledBackups"] = json!(true);
        estate["propagationSeconds"] = json!(0);
        // Azure itself notices a missing role later than a backup does.
        estate["recheckSeconds"] = json!(10_000_000);
        let ids: Vec<String> = (0..disks).map(|n| world::disk("rg-app", &format!("disk-{n:04}"))).collect();
        let mut resources: Vec<Value> = ids
            .iter()
            .map(|id| json!({ "id": id, "location": "westeurope", "tags": { "env": "prod" }, "sku": { "name": "Premium_LRS" }, "properties": { "diskSizeGB": 32 } }))
            .collect();
        let vms: Vec<String> = (0..machines).map(machine).collect();
        resources.extend(vms.iter().map(|id| {
            json!({ "id": id, "location": "westeurope", "tags": { "env": "prod" }, "properties": { "storageProfile": {
                "osDisk": { "name": "os", "osType": "Linux" }, "dataDisks": [] } } })
        }));
        estate["resources"] = json!(resources);
        estate["vaults"]
            .as_array_mut()
            .unwrap()
            .push(json!({ "id": recovery_vault(), "location": "westeurope", "identity": false }));
        let run = Run::of(estate).await;
        (Self { run, client: reqwest::Client::new(), instances: Vec::new() }, ids, vms)
    }

    pub(super) async fn protect(&mut self, ids: &[String], vms: &[String]) {
        let policy = format!("{}/backupPolicies/daily", world::vault());
        self.call("PUT", &policy, "2024-04-01", &json!({ "properties": disks::daily(14) })).await;
        let snapshots = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-snapshots-westeurope");
        for (number, disk) in ids.iter().enumerate() {
            let name = disk.rsplit('/').next().unwrap();
            let instance = format!("{}/backupInstances/{name}", world::vault());
            let body = disks::instance(disk, &policy, &snapshots);
            self.call("PUT", &instance, "2024-04-01", &body).await;
            self.instances.push((instance, CODES[0][number % 10], number % 10 < PASSING));
        }
        let policy = format!("{}/backupPolicies/nightly", recovery_vault());
        self.call("PUT", &policy, "2024-04-01", &json!({ "properties": nightly() })).await;
        for (number, vm) in vms.iter().enumerate() {
            let body = json!({ "properties": { "protectedItemType": "Microsoft.Compute/virtualMachines",
                "sourceResourceId": vm, "policyId": policy } });
            let item = item_of(number);
            self.call("PUT", &item, "2024-04-01", &body).await;
            self.instances.push((item, CODES[1][number % 10], number % 10 < PASSING));
        }
        self.run.azure.advance(1800.0);
    }

    pub(super) async fn call(&self, method: &str, path: &str, version: &str, body: &Value) -> Value {
        let url = format!("{}{path}?api-version={version}", self.run.azure.http_url);
        let request = self.client.request(method.parse().unwrap(), &url).bearer_auth("owner").json(body);
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// The next backup of an instance fails.
    pub(super) async fn fail(&self, instance: &str, code: &str) {
        let body = json!({ "instance": instance, "code": code });
        self.call("POST", "/_simulator/backups/fail", "x", &body).await;
    }

    /// The night comes, and its backups fail.
    pub(super) async fn fall(&self) {
        for (instance, code, _) in &self.instances {
            self.fail(instance, code).await;
        }
        // From ten in the morning to three at night.
        self.run.azure.advance(17.0 * 3600.0);
    }

    pub(super) async fn retry(&self, queue: &Work) -> Retried {
        let (arm, operations) = (self.run.arm(), self.run.operations());
        let subscriptions = [SUBSCRIPTION.to_owned()];
        let retrier = Retrier {
            pages: &arm,
            operations: &operations,
            queue,
            subscriptions: &subscriptions,
            limits: Limits::default(),
            budget: 1000,
            now: self.run.azure.now(),
            azures_now: self.run.azure.now(),
        };
        retrier.run().await.unwrap()
    }

    /// Every backup job: the instance, how it ended, whether it is the scheduled one.
    pub(super) async fn jobs(&self) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut after = Value::Null;
        loop {
            let query = "recoveryservicesresources | where type in~ ('microsoft.dataprotection/backupvaults/backupjobs', \
                 'microsoft.recoveryservices/vaults/backupjobs') | project id, properties | order by id asc";
            let options = json!({ "$top": 1000, "$skipToken": after });
            let body = json!({ "subscriptions": [SUBSCRIPTION], "query": query, "options": options });
            let path = "/providers/Microsoft.ResourceGraph/resources";
            let page = self.call("POST", path, "2024-04-01", &body).await;
            rows.extend(page["data"].as_array().unwrap().iter().cloned());
            // The quota of the graph.
            self.run.azure.advance(1.0);
            match page["$skipToken"].as_str() {
                Some(token) => after = json!(token),
                None => break,
            }
        }
        let is_backup = |row: &Value| {
            let operation = |name: &str| row["properties"][name].as_str().unwrap_or_default().to_owned();
            operation("operation").contains("Backup") && !operation("operation").contains("Configure")
        };
        rows.into_iter()
            .filter(|row| {
                is_backup(row) && !row["properties"]["operation"].as_str().unwrap().contains("Disable")
            })
            .collect()
    }

    /// What became of the night: see [`Morning`].
    pub(super) async fn morning(&self, asked: &[String]) -> Morning {
        let passes: BTreeMap<String, bool> =
            self.instances.iter().map(|(id, _, passes)| (id.to_ascii_lowercase(), *passes)).collect();
        let mut times: BTreeMap<&String, usize> = BTreeMap::new();
        asked.iter().for_each(|instance| *times.entry(instance).or_default() += 1);
        let jobs = self.jobs().await;
        let good: BTreeSet<String> = jobs
            .iter()
            .filter(|job| job["properties"]["status"] == "Completed")
            .map(|job| {
                job["properties"]["backupInstanceId"].as_str().unwrap_or_default().to_ascii_lowercase()
            })
            .collect();
        let is_passing = |id: &&&String| passes.get(&id.to_ascii_lowercase()) == Some(&true);
        Morning {
            transient: times.keys().filter(is_passing).count(),
            others: times.keys().filter(|id| !is_passing(id)).count(),
            twice: times.values().filter(|times| **times > 1).count(),
            missed: passes.iter().filter(|(id, passes)| **passes && !good.contains(*id)).count(),
        }
    }
}

/// What a night came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Morning {
    /// Instances that were backed up again and whose failure passes.
    pub(super) transient: usize,
    /// Instances that were backed up again in vain.
    pub(super) others: usize,
    /// Instances that were backed up again more than once.
    pub(super) twice: usize,
    /// Instances without a backup although their failure passed.
    pub(super) missed: usize,
}

fn machine(number: usize) -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/vm-{number:04}"
    )
}

fn item_of(number: usize) -> String {
    let container = format!("iaasvmcontainerv2;rg-app;vm-{number:04}");
    format!(
        "{}/backupFabrics/Azure/protectionContainers/IaasVMContainer;{container}/protectedItems/VM;{container}",
        recovery_vault()
    )
}

fn nightly() -> Value {
    json!({ "backupManagementType": "AzureIaasVM", "timeZone": "UTC", "instantRpRetentionRangeInDays": 2,
        "schedulePolicy": { "schedulePolicyType": "SimpleSchedulePolicy", "scheduleRunFrequency": "Daily",
            "scheduleRunTimes": ["2026-01-14T02:00:00Z"] },
        "retentionPolicy": { "retentionPolicyType": "LongTermRetentionPolicy", "dailySchedule": {
            "retentionTimes": ["2026-01-14T02:00:00Z"], "retentionDuration": { "count": 30, "durationType": "Days" } } } })
}

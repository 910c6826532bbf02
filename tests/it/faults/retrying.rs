//! One night in which five hundred backups fail, each for a cause of its own: what is taken again, by us and by the recipe that
//! Microsoft's automation article gives.

mod granting;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use holdfast_protection::outcome::Outcome;
use holdfast_protection::ports::{Ledger as _, StorageError, WorkQueue};
use holdfast_protection::retry::{Limits, Retried, Retrier};
use holdfast_protection::work::WorkItem;
use holdfast_tests::SUBSCRIPTION;
use serde_json::{Value, json};

use super::run::Run;
use super::worlds::recovery_vault;
use crate::world;

const DISKS: usize = 350;
const MACHINES: usize = 150;
/// Of ten instances, those whose backup fails for a cause that passes, for want of a permission, by a limit, by a person.
const CODES: [[&str; 10]; 2] = [
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
const READER: &str = "3e5e47e6-65f7-47ef-90b5-e5dd4d455f24";
/// Of ten, those that pass.
const PASSING: usize = 5;

/// What is put on the queue.
#[derive(Debug, Default)]
struct Puts(Mutex<Vec<WorkItem>>);

#[async_trait]
impl WorkQueue for Puts {
    async fn put(&self, item: &WorkItem, _: Duration) -> Result<(), StorageError> {
        self.0.lock().unwrap().push(item.clone());
        Ok(())
    }

    async fn waiting(&self) -> Result<u64, StorageError> {
        Ok(self.0.lock().unwrap().len() as u64)
    }
}

/// An estate whose backups run by schedule, at two in the morning.
struct Night {
    run: Run,
    client: reqwest::Client,
    /// Instances, and the code with which the backup of each fails.
    instances: Vec<(String, &'static str, bool)>,
}

impl Night {
    async fn of(disks: usize, machines: usize) -> Self {
        let (mut night, ids, vms) = Self::before(disks, machines).await;
        night.protect(&ids, &vms).await;
        night
    }

    /// One disk, which the rules protect by themselves; the backup of the night fails for want of a role of its vault.
    async fn without_the_role() -> Self {
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
    async fn take_away(&self, role: &str) {
        let state = self.run.azure.state();
        let mut roles = state["roleAssignments"].as_array().unwrap().iter();
        let role = roles.find(|one| one["roleDefinitionGuid"] == role).unwrap();
        self.call("DELETE", role["id"].as_str().unwrap(), "2022-04-01", &json!({})).await;
    }

    /// The evening before: nothing is protected.
    async fn before(disks: usize, machines: usize) -> (Self, Vec<String>, Vec<String>) {
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
        run.line.allow(Duration::from_secs(60));
        (Self { run, client: reqwest::Client::new(), instances: Vec::new() }, ids, vms)
    }

    async fn protect(&mut self, disks: &[String], vms: &[String]) {
        let policy = format!("{}/backupPolicies/daily", world::vault());
        self.call("PUT", &policy, "2024-04-01", &json!({ "properties": daily() })).await;
        let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-snapshots-westeurope");
        for (number, disk) in disks.iter().enumerate() {
            let name = disk.rsplit('/').next().unwrap();
            let info = json!({ "objectType": "Datasource", "resourceID": disk, "resourceName": name, "resourceUri": disk,
                "resourceType": "Microsoft.Compute/disks", "datasourceType": "Microsoft.Compute/disks", "resourceLocation": "westeurope" });
            let store = json!({ "objectType": "AzureOperationalStoreParameters", "dataStoreType": "OperationalStore", "resourceGroupId": group });
            let body = json!({ "properties": { "objectType": "BackupInstance", "friendlyName": name, "dataSourceInfo": info,
                "policyInfo": { "policyId": policy, "policyParameters": { "dataStoreParametersList": [store] } } } });
            let instance = format!("{}/backupInstances/{name}", world::vault());
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

    async fn call(&self, method: &str, path: &str, version: &str, body: &Value) -> Value {
        let url = format!("{}{path}?api-version={version}", self.run.azure.http_url);
        let request = self.client.request(method.parse().unwrap(), &url).bearer_auth("owner").json(body);
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// The next backup of an instance fails.
    async fn fail(&self, instance: &str, code: &str) {
        let body = json!({ "instance": instance, "code": code });
        self.call("POST", "/_simulator/backups/fail", "x", &body).await;
    }

    /// The night comes, and its backups fail.
    async fn fall(&self) {
        for (instance, code, _) in &self.instances {
            self.fail(instance, code).await;
        }
        // From ten in the morning to three at night.
        self.run.azure.advance(17.0 * 3600.0);
    }

    async fn retry(&self, queue: &Puts) -> Retried {
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
    async fn jobs(&self) -> Vec<Value> {
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
    async fn morning(&self, asked: &[String]) -> Morning {
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
struct Morning {
    /// Instances that were backed up again and whose failure passes.
    transient: usize,
    /// Instances that were backed up again in vain.
    others: usize,
    /// Instances that were backed up again more than once.
    twice: usize,
    /// Instances without a backup although their failure passed.
    missed: usize,
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

fn daily() -> Value {
    let store = json!({ "objectType": "DataStoreInfoBase", "dataStoreType": "OperationalStore" });
    let tag = json!({ "tagName": "Default", "id": "Default_" });
    json!({ "objectType": "BackupPolicy", "datasourceTypes": ["Microsoft.Compute/disks"], "policyRules": [
        { "objectType": "AzureBackupRule", "name": "BackupDaily", "dataStore": store,
          "backupParameters": { "objectType": "AzureBackupParams", "backupType": "Incremental" },
          "trigger": { "objectType": "ScheduleBasedTriggerContext",
            "schedule": { "repeatingTimeIntervals": ["R/2024-01-07T02:00:00+00:00/P1D"], "timeZone": "UTC" },
            "taggingCriteria": [{ "isDefault": true, "taggingPriority": 99, "tagInfo": tag }] } },
        { "objectType": "AzureRetentionRule", "name": "Default", "isDefault": true, "lifecycles": [
            { "deleteAfter": { "objectType": "AbsoluteDeleteOption", "duration": "P14D" }, "sourceDataStore": store,
              "targetDataStoreCopySettings": [] }] } ] })
}

fn nightly() -> Value {
    json!({ "backupManagementType": "AzureIaasVM", "timeZone": "UTC", "instantRpRetentionRangeInDays": 2,
        "schedulePolicy": { "schedulePolicyType": "SimpleSchedulePolicy", "scheduleRunFrequency": "Daily",
            "scheduleRunTimes": ["2026-01-14T02:00:00Z"] },
        "retentionPolicy": { "retentionPolicyType": "LongTermRetentionPolicy", "dailySchedule": {
            "retentionTimes": ["2026-01-14T02:00:00Z"], "retentionDuration": { "count": 30, "durationType": "Days" } } } })
}

/// Microsoft's recipe: one query, the first five rows, machines only, without regard to when they failed; each is backed up again.
async fn recipe(night: &Night) -> Vec<String> {
    let query = "recoveryservicesresources | where type in~ ('microsoft.recoveryservices/vaults/backupjobs') \
         | where properties.status =~ 'Failed' and properties.operation =~ 'Backup' | project id, properties";
    let body = json!({ "subscriptions": [SUBSCRIPTION], "query": query, "options": { "$top": 5 } });
    let page = night.call("POST", "/providers/Microsoft.ResourceGraph/resources", "2024-04-01", &body).await;
    let mut asked = Vec::new();
    for row in page["data"].as_array().unwrap() {
        let item = row["properties"]["backupInstanceId"].as_str().unwrap().to_owned();
        let body = json!({ "properties": { "objectType": "IaasVMBackupRequest" } });
        let url = format!("{}{item}/backup?api-version=2024-04-01", night.run.azure.http_url);
        night.client.post(url).bearer_auth("owner").json(&body).send().await.unwrap();
        asked.push(item);
    }
    asked
}

#[tokio::test(flavor = "multi_thread")]
async fn every_failure_that_passes_is_retried_and_none_twice() {
    let night = Night::of(DISKS, MACHINES).await;
    night.fall().await;
    let queue = Puts::default();
    let mut total = Retried::default();
    // A timer of twenty minutes, for four hours. Some backups fail once more.
    for round in 0..12 {
        let retried = night.retry(&queue).await;
        assert!(retried.failed.is_empty(), "round {round}: {retried:?}");
        total.retried += retried.retried;
        total.permissions += retried.permissions;
        total.reported += retried.reported + retried.not_possible;
        if round == 0 {
            for (instance, ..) in night.instances.iter().step_by(50) {
                night.fail(instance, "CloudInternalError").await;
            }
        }
        night.run.azure.advance(1200.0);
    }
    let again = DISKS.div_ceil(50) + MACHINES.div_ceil(50);
    let failures = DISKS + MACHINES;
    assert_eq!(usize::try_from(total.retried).unwrap(), failures / 2 + again, "{total:?}");
    assert_eq!(usize::try_from(total.permissions).unwrap(), failures / 5, "{total:?}");
    assert_eq!(usize::try_from(total.reported).unwrap(), failures * 3 / 10, "{total:?}");
    assert_eq!(queue.0.lock().unwrap().len(), failures / 5);
    // One record for each failed job, and never two operations for one.
    let records = night.run.ledger().list("retries/").await.unwrap();
    assert_eq!(records.len(), failures + again);
    let mut asked = Vec::new();
    for path in &records {
        let record = night.run.ledger().read(path).await.unwrap().unwrap();
        if record["what"]["done"] == "retried" {
            let operation = record["what"]["operation"].as_str().unwrap();
            let path = format!("operations/{operation}/asked.json");
            let document = night.run.ledger().read(&path).await.unwrap().unwrap();
            asked.push(document["instance"].as_str().unwrap().to_ascii_lowercase());
        }
    }
    let morning = night.morning(&asked).await;
    assert_eq!(morning, Morning { transient: failures / 2, others: 0, twice: again, missed: 0 });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_recipe_of_the_automation_article_retries_the_wrong_ones() {
    let night = Night::of(DISKS, MACHINES).await;
    night.fall().await;
    let mut asked = Vec::new();
    for _ in 0..12 {
        asked.extend(recipe(&night).await.iter().map(|id| id.to_ascii_lowercase()));
        night.run.azure.advance(1200.0);
    }
    let morning = night.morning(&asked).await;
    assert!(morning.transient <= 5 && morning.twice > 0, "{morning:?}");
    assert!(morning.missed >= (DISKS + MACHINES) / 2 - 5, "{morning:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_after_any_call_of_a_run_retries_nothing_twice() {
    let mut deaths = 0;
    let mut night = Night::of(3, 2).await;
    night.fall().await;
    for number in 1_u32..400 {
        night.run.line.die_at(night.run.line.calls() + number);
        let line = night.run.line.clone();
        let queue = Puts::default();
        let is_over = tokio::select! {
            biased;
            _ = night.retry(&queue) => true,
            () = line.death() => false,
        };
        if is_over {
            break;
        }
        deaths += 1;
        night.run.restart();
    }
    assert!(deaths >= 3, "{deaths} deaths");
    // What a death has left half done is carried on by the function that looks at open operations, once its claim is old.
    for _ in 0..30 {
        night.run.operations().advance_all(night.run.azure.now()).await.unwrap();
        night.run.azure.advance(120.0);
    }
    let asked: BTreeSet<String> = night
        .run
        .ledger()
        .list("operations/")
        .await
        .unwrap()
        .into_iter()
        .filter(|path| path.ends_with("/asked.json"))
        .collect();
    assert_eq!(asked.len(), 5, "{asked:?}");
    let jobs = night.jobs().await;
    assert_eq!(jobs.len(), 10, "five scheduled backups, each taken again once: {jobs:?}");
}

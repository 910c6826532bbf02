//! Backup jobs and their two shapes: a list shows less than a single read.

pub(super) mod backup;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::State;
use super::instance::Instance;
use super::restore::{Request, Source, Target};
use super::user_error::generic_not_found;
use super::vault;
use crate::clock::precise;
use crate::wire::path::{group_of, key, name_of, subscription_of};
use crate::wire::{Answer, Call, Reply, json as body_json};
use crate::world::World;

/// Type of a job as answers spell it.
const TYPE: &str = "Microsoft.DataProtection/backupVaults/backupJobs";

/// How a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JobStatus {
    InProgress,
    Completed,
    Failed,
}

impl JobStatus {
    fn word(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
        }
    }
}

/// A backup job.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) status: JobStatus,
    /// Lower-cased id of the backup instance.
    pub(crate) instance: String,
    pub(crate) backup_type: String,
    pub(crate) tag: String,
    /// Whether nobody asked for it.
    pub(crate) by_schedule: bool,
    /// What a restore job restores.
    pub(crate) restore: Option<Request>,
    pub(crate) started: Timestamp,
    ended: Option<Timestamp>,
    properties: Value,
}

impl Job {
    /// A job that has just begun.
    pub(crate) fn started(
        vault: &str,
        name: &str,
        activity: &str,
        instance: &Instance,
        backup_type: String,
        tag: &str,
        now: Timestamp,
    ) -> Self {
        Self {
            id: format!("{vault}/backupJobs/{name}"),
            status: JobStatus::InProgress,
            instance: key(&instance.id),
            backup_type,
            tag: tag.to_owned(),
            by_schedule: false,
            restore: None,
            started: now,
            ended: None,
            properties: begun(vault, activity, instance, tag, now),
        }
    }

    /// A restore that has just begun, from the point made at `point_time`.
    pub(crate) fn restoring(
        vault: &str,
        name: &str,
        activity: &str,
        instance: &Instance,
        request: Request,
        point_time: Value,
        now: Timestamp,
    ) -> Self {
        let mut job = Self::started(vault, name, activity, instance, String::new(), "", now);
        let category = if request.cross_region { "CrossRegionRestore" } else { "Restore" };
        let task = json!({ "taskId": 1, "taskName": "Trigger Restore", "taskStatus": "InProgress", "taskProgress": null, "additionalDetails": null });
        let priority = match &request.source {
            Source::Rehydrated { priority, .. } => json!(priority),
            Source::Point(_) | Source::Time(_) => Value::Null,
        };
        let notes = match &request.target {
            Target::Files { prefix, .. } => json!({ "Restore File Prefix": prefix }),
            Target::Resource { .. } => Value::Null,
        };
        // In the secondary region a job was recorded without its store.
        let store = if request.cross_region { Value::Null } else { json!(request.store) };
        let parts: [(&[&str], Value); 9] = [
            (&["operation"], json!("Restore")),
            (&["operationCategory"], json!(category)),
            (&["sourceDataStoreType"], store),
            (&["rehydrationPriority"], priority),
            (&["extendedInfo", "sourceRecoverPoint", "recoveryPointID"], json!(request.point())),
            (&["extendedInfo", "sourceRecoverPoint", "recoveryPointTime"], point_time),
            (&["extendedInfo", "recoveryDestination"], json!(request.target.destination())),
            (&["extendedInfo", "subTasks"], json!([task])),
            (&["extendedInfo", "additionalDetails"], notes),
        ];
        for (names, value) in parts {
            body_json::set(&mut job.properties, names, value);
        }
        job.restore = Some(request);
        job
    }

    /// The same job, started by a schedule.
    pub(crate) fn scheduled(mut self) -> Self {
        self.by_schedule = true;
        body_json::set(&mut self.properties, &["isUserTriggered"], json!(false));
        // What nobody started shows no actions; else there is one, without a name (recorded for both, and in lists).
        body_json::set(&mut self.properties, &["supportedActions"], json!([]));
        self
    }

    /// Whether the job runs in the secondary region of its vault.
    pub(crate) fn is_cross_region(&self) -> bool {
        self.restore.as_ref().is_some_and(|request| request.cross_region)
    }

    /// Ends a restore.
    pub(crate) fn end_restore(&mut self, at: Timestamp, instance_there: bool, error: Option<Value>) {
        self.ended = Some(at);
        let well = error.is_none() && instance_there;
        self.status = if well { JobStatus::Completed } else { JobStatus::Failed };
        let word = self.status.word();
        let member = |name: &str| body_json::member(&self.properties, name).cloned().unwrap_or_default();
        let details = json!({ "DataTransferredInBytes": "0", "TaskId": member("activityID"), "DatasourceType": member("dataSourceType") });
        let task = json!({ "taskId": 1, "taskName": "Trigger Restore", "taskStatus": word, "taskProgress": null, "additionalDetails": details });
        let parts: [(&[&str], Value); 4] = [
            (&["status"], json!(word)),
            (&["endTime"], json!(precise(at))),
            (&["etag"], json!(etag(at))),
            (&["extendedInfo", "subTasks"], json!([task])),
        ];
        for (names, value) in parts {
            body_json::set(&mut self.properties, names, value);
        }
        if let Some(error) = error {
            body_json::set(&mut self.properties, &["errorDetails"], json!([error]));
        }
    }

    /// Ends the job: completed with a recovery point, which may lie in the vault, or failed with an error.
    pub(crate) fn end(&mut self, at: Timestamp, point: Option<String>, vaulted: bool, error: Option<Value>) {
        self.ended = Some(at);
        self.status =
            if error.is_none() && point.is_some() { JobStatus::Completed } else { JobStatus::Failed };
        let word = self.status.word();
        let task = ["extendedInfo", "subTasks"];
        let source_type = body_json::member(&self.properties, "dataSourceType").cloned().unwrap_or_default();
        let activity = body_json::member(&self.properties, "activityID").cloned().unwrap_or_default();
        let kind = source_type.as_str().unwrap_or_default();
        let (store, bytes) = (destination(kind, vaulted), transferred(kind));
        let details = json!({ "OriginalDatasourceSizeInBytes": "4294967296", "TaskId": activity, "DatasourceType": source_type });
        let sub_tasks = json!([sub_task(word, details)]);
        let mut put = |names: &[&str], value: Value| body_json::set(&mut self.properties, names, value);
        put(&task, sub_tasks);
        put(&["status"], json!(word));
        put(&["endTime"], json!(precise(at)));
        put(&["etag"], json!(etag(at)));
        if let Some(point) = point {
            let target = json!({ "recoveryPointID": point, "recoveryPointTime": "0001-01-01T00:00:00Z" });
            put(&["extendedInfo", "targetRecoverPoint"], target);
            put(&["destinationDataStoreName"], store);
            put(&["extendedInfo", "dataTransferredInBytes"], bytes);
        }
        if let Some(error) = error {
            put(&["errorDetails"], json!([error]));
        }
    }

    fn seconds(&self) -> f64 {
        self.ended.map_or(0.0, |ended| ended.duration_since(self.started).as_secs_f64())
    }

    /// The body that a single read shows.
    pub(crate) fn body(&self) -> Value {
        let mut properties = self.properties.clone();
        body_json::set(&mut properties, &["duration"], json!(iso_duration(self.seconds())));
        self.wrapped(properties)
    }

    /// The body in a list: no details, another notation of the duration.
    pub(crate) fn listed(&self) -> Value {
        let mut properties = self.properties.clone();
        body_json::set(&mut properties, &["duration"], json!(clock_duration(self.seconds())));
        body_json::set(&mut properties, &["extendedInfo"], Value::Null);
        self.wrapped(properties)
    }

    /// The body that the secondary region shows of a job: without what it has nothing to say of, and, in a list, without
    /// details.
    pub(crate) fn replicated(&self, listed: bool) -> Value {
        let mut body = self.body();
        if listed {
            body_json::set(&mut body, &["properties", "extendedInfo"], Value::Null);
            body_json::set(&mut body, &["properties", "duration"], json!(clock_duration(self.seconds())));
        }
        body_json::set(&mut body, &["type"], json!("Microsoft.DataProtection/BackupVaults/backupJobs"));
        body_json::without_nulls(&body)
    }

    /// The body in Resource Graph: details, but the notations of a list.
    pub(crate) fn graphed(&self) -> Value {
        let mut properties = self.properties.clone();
        body_json::set(&mut properties, &["duration"], json!(clock_duration(self.seconds())));
        if self.status == JobStatus::Completed && self.restore.is_none() {
            let never = json!("0001-01-01T00:00:00.0000000Z");
            body_json::set(
                &mut properties,
                &["extendedInfo", "targetRecoverPoint", "recoveryPointTime"],
                never,
            );
        }
        self.wrapped(properties)
    }

    fn wrapped(&self, properties: Value) -> Value {
        json!({ "properties": properties, "id": self.id, "name": name_of(&self.id), "type": TYPE })
    }
}

fn begun(vault: &str, activity: &str, instance: &Instance, tag: &str, now: Timestamp) -> Value {
    let text = |names: &[&str]| body_json::reach(&instance.described, names).cloned().unwrap_or_default();
    let source = body_json::text(&instance.described, &["dataSourceInfo", "resourceID"]).unwrap_or_default();
    let subscription = subscription_of(source);
    json!({
        "activityID": activity,
        "subscriptionId": subscription_of(vault),
        "backupInstanceId": instance.id,
        "policyId": instance.policy_id(),
        "dataSourceId": source,
        "vaultName": name_of(vault),
        "backupInstanceFriendlyName": instance.friendly_name(),
        "policyName": name_of(instance.policy_id()),
        "sourceResourceGroup": group_of(source),
        "dataSourceSetName": text(&["dataSourceSetInfo", "resourceName"]),
        "dataSourceName": text(&["dataSourceInfo", "resourceName"]),
        "sourceDataStoreName": null,
        "sourceDataStoreType": null,
        "destinationDataStoreName": null,
        "progressEnabled": is_database(instance.datasource_type()),
        "etag": etag(now),
        "sourceSubscriptionID": subscription,
        "dataSourceLocation": text(&["dataSourceInfo", "resourceLocation"]),
        "startTime": precise(now),
        "endTime": null,
        "dataSourceType": instance.datasource_type(),
        "operationCategory": "Backup",
        "operation": "Backup",
        "status": "InProgress",
        "restoreType": null,
        "isUserTriggered": true,
        "rehydrationPriority": null,
        "supportedActions": [""],
        "duration": "PT0S",
        "progressUrl": null,
        "isCrossRegionRestore": null,
        "errorDetails": null,
        "extendedInfo": {
            "backupInstanceState": null,
            "dataTransferredInBytes": null,
            "targetRecoverPoint": null,
            "sourceRecoverPoint": null,
            "recoveryDestination": null,
            "subTasks": [sub_task("InProgress", Value::Null)],
            "additionalDetails": { "RetentionTag": tag },
            "warningDetails": null,
        },
    })
}

fn is_database(datasource_type: &str) -> bool {
    datasource_type.to_ascii_lowercase().starts_with("microsoft.dbfor")
}

/// Where a backup has gone, as its job says (recorded for disks, blobs, databases and clusters).
fn destination(datasource_type: &str, vaulted: bool) -> Value {
    match datasource_type {
        "Microsoft.DBforPostgreSQL/servers/databases" | "Microsoft.ContainerService/managedClusters" => {
            Value::Null
        }
        _ if vaulted => json!("VaultStore"),
        _ => json!("OperationalTierStore"),
    }
}

/// How much was copied, as a job says that copies (recorded for the same).
fn transferred(datasource_type: &str) -> Value {
    match datasource_type {
        "Microsoft.Compute/disks" | "Microsoft.ContainerService/managedClusters" => Value::Null,
        _ => json!(2063.0),
    }
}

fn sub_task(status: &str, details: Value) -> Value {
    json!({ "taskId": 1, "taskName": "Trigger Backup", "taskStatus": status, "taskProgress": null, "additionalDetails": details })
}

fn etag(at: Timestamp) -> String {
    format!("W/\"datetime'{}'\"", precise(at).replace(':', "%3A"))
}

fn iso_duration(seconds: f64) -> String {
    let minutes = (seconds / 60.0).floor();
    if minutes >= 1.0 {
        format!("PT{minutes}M{:.7}S", seconds - minutes * 60.0)
    } else {
        format!("PT{seconds}S")
    }
}

fn clock_duration(seconds: f64) -> String {
    let minutes = (seconds / 60.0) as u64;
    format!("{:02}:{:02}:{:010.7}", minutes / 60, minutes % 60, seconds % 60.0)
}

/// `GET {vault}/backupJobs[/{job}]`.
pub(crate) fn read(world: &World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let Some(vault) = State::of(world).vaults.get(&vault) else { return Err(generic_not_found()) };
    match call.path.segment(3) {
        Some(name) => {
            let job = vault.jobs.get(&name.to_ascii_lowercase()).filter(|job| !job.is_cross_region());
            let job = job.ok_or_else(generic_not_found)?;
            Ok(Reply::ok(job.body()))
        }
        None => {
            // Restores in the secondary region are told of there.
            let mut jobs: Vec<&Job> = vault.jobs.values().filter(|job| !job.is_cross_region()).collect();
            jobs.sort_by_key(|job| std::cmp::Reverse(job.started));
            let listed: Vec<Value> = jobs.into_iter().map(Job::listed).collect();
            // Alone among the lists of a vault, this one was recorded with an empty link to a next page.
            Ok(Reply::ok(json!({ "value": listed, "nextLink": null })))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_in_two_notations() {
        assert_eq!(iso_duration(0.0), "PT0S");
        assert_eq!(iso_duration(185.5), "PT3M5.5000000S");
        assert_eq!(clock_duration(185.5), "00:03:05.5000000");
    }
}

//! Backup jobs: how they begin and end.

pub(super) mod backup;
mod begun;
mod index;
mod notation;
mod restoring;
mod shown;

use begun::{begun, destination, sub_task, transferred};
pub(crate) use index::Jobs;
use jiff::Timestamp;
use notation::etag;
use serde_json::{Value, json};
pub(crate) use shown::read;

use super::instance::Instance;
use super::restore::Request;
use crate::clock::precise;
use crate::wire::json as body_json;
use crate::wire::path::key;

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
}

//! Jobs that restore.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::notation::etag;
use super::{Job, JobStatus};
use crate::clock::precise;
use crate::data_protection::instance::Instance;
use crate::data_protection::restore::{Request, Source, Target};
use crate::wire::json as body_json;

impl Job {
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
}

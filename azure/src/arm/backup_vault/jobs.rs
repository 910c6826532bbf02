//! Backup jobs.

use std::convert::Infallible;

use holdfast_protection::job::{Job, JobDetails, JobPoint, SubTask};
use holdfast_protection::{AzureError, Location, Refusal, ResourceId};
use serde::Deserialize;
use serde_json::{Value, json};

use super::restores::in_region;

use crate::arm::absence::or_absent;
use crate::arm::api_version::DATA_PROTECTION;
use crate::arm::refusal::ErrorLayer;
use crate::arm::transport::ArmClient;
use crate::arm::wire::{is_a_time, or_default, read};

#[derive(Deserialize)]
struct JobWire {
    id: ResourceId,
    properties: PropertiesWire,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PropertiesWire {
    status: String,
    #[serde(default, deserialize_with = "or_default")]
    operation: String,
    #[serde(default, deserialize_with = "or_default")]
    operation_category: String,
    #[serde(default, deserialize_with = "or_default")]
    data_source_id: String,
    #[serde(default)]
    backup_instance_id: Value,
    #[serde(default)]
    policy_name: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    is_user_triggered: bool,
    #[serde(default)]
    start_time: Option<String>,
    #[serde(default)]
    end_time: Option<String>,
    #[serde(default)]
    duration: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    error_details: Vec<Value>,
    #[serde(default)]
    extended_info: Value,
}

/// Read apart from the rest: an odd detail must not cost the job.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ExtendedWire {
    #[serde(deserialize_with = "or_default")]
    sub_tasks: Vec<SubTaskWire>,
    source_recover_point: Option<PointWire>,
    target_recover_point: Option<PointWire>,
    recovery_destination: Option<String>,
    data_transferred_in_bytes: Option<f64>,
    #[serde(deserialize_with = "or_default")]
    warning_details: Vec<Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SubTaskWire {
    #[serde(deserialize_with = "or_default")]
    task_name: String,
    #[serde(deserialize_with = "or_default")]
    task_status: String,
    task_progress: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PointWire {
    #[serde(rename = "recoveryPointID", alias = "recoveryPointId")]
    recovery_point_id: Option<String>,
    recovery_point_time: Option<String>,
}

impl From<JobWire> for Job {
    fn from(wire: JobWire) -> Self {
        let properties = wire.properties;
        let extended: ExtendedWire = serde_json::from_value(properties.extended_info).unwrap_or_default();
        let warnings = extended.warning_details.iter().map(|one| one.get("warning").unwrap_or(one).clone());
        let transferred = extended.data_transferred_in_bytes.filter(|bytes| (0.0..1e18).contains(bytes));
        Self {
            id: wire.id,
            operation: if properties.operation.is_empty() {
                properties.operation_category
            } else {
                properties.operation
            },
            status: properties.status,
            datasource: properties.data_source_id,
            started: properties.start_time.filter(is_a_time),
            ended: properties.end_time.filter(is_a_time),
            duration: properties.duration,
            instance: properties.backup_instance_id.as_str().and_then(|id| id.parse().ok()),
            on_demand: properties.is_user_triggered,
            tasks: extended.sub_tasks.into_iter().map(SubTask::from).collect(),
            details: JobDetails {
                policy: properties.policy_name.filter(|name| !name.is_empty()),
                source_point: extended.source_recover_point.and_then(point),
                target_point: extended.target_recover_point.and_then(point),
                destination: extended.recovery_destination.filter(|text| !text.is_empty()),
                transferred_bytes: transferred.map(|bytes| bytes as u64),
            },
            errors: refusals(properties.error_details.into_iter()),
            warnings: refusals(warnings),
        }
    }
}

impl From<SubTaskWire> for SubTask {
    fn from(wire: SubTaskWire) -> Self {
        let progress = wire.task_progress.filter(|text| !text.is_empty());
        Self { name: wire.task_name, status: wire.task_status, progress }
    }
}

fn point(wire: PointWire) -> Option<JobPoint> {
    let id = wire.recovery_point_id.filter(|id| !id.is_empty())?;
    Some(JobPoint { id, time: wire.recovery_point_time.filter(is_a_time) })
}

fn refusals(errors: impl Iterator<Item = Value>) -> Vec<Refusal> {
    let layers = errors.filter_map(|error| serde_json::from_value::<ErrorLayer>(error).ok());
    layers.filter(|layer| !layer.is_empty()).map(|layer| layer.into_refusal(200)).collect()
}

/// A job out of Resource Graph, whose rows are as a list's.
pub(in crate::arm) fn of_row(row: Value) -> serde_json::Result<Job> {
    serde_json::from_value::<JobWire>(row).map(Job::from)
}

/// Every job of a vault that Azure still lists. Azure filters nothing.
pub(super) async fn list(arm: &ArmClient, vault: &ResourceId) -> Result<Vec<Job>, AzureError> {
    let action = format!("list the jobs of vault `{}`", vault.name());
    let url = arm.url_of(vault, "/backupJobs", DATA_PROTECTION);
    arm.list(&action, url, |wire: JobWire| Ok::<_, Infallible>(wire.into())).await
}

/// One job, or `None`.
pub(super) async fn get(arm: &ArmClient, id: &ResourceId) -> Result<Option<Job>, AzureError> {
    let action = format!("read job `{}`", id.name());
    let answer = or_absent(arm.get(&action, arm.url_of(id, "", DATA_PROTECTION)).await)?;
    answer.map(|answer| Ok(read::<JobWire>(&action, &answer)?.into())).transpose()
}

/// Jobs of restores that the paired region does for a vault.
pub(super) async fn secondary(
    arm: &ArmClient,
    vault: &ResourceId,
    secondary: &Location,
    source: &Location,
) -> Result<Vec<Job>, AzureError> {
    let action = format!("list the jobs of vault `{}` in {secondary}", vault.name());
    let url = in_region(arm, &action, vault, secondary, "fetchCrossRegionRestoreJobs")?;
    let body = json!({ "sourceRegion": source, "sourceBackupVaultId": vault });
    arm.list_posted(&action, url, &body, |wire: JobWire| Ok::<_, Infallible>(wire.into())).await
}

/// One of them, or `None`.
pub(super) async fn secondary_one(
    arm: &ArmClient,
    vault: &ResourceId,
    (secondary, source): (&Location, &Location),
    job: &str,
) -> Result<Option<Job>, AzureError> {
    let action = format!("read job `{job}` of vault `{}` in {secondary}", vault.name());
    let url = in_region(arm, &action, vault, secondary, "fetchCrossRegionRestoreJob")?;
    let body = json!({ "sourceRegion": source, "sourceBackupVaultId": vault, "jobId": job });
    let answer = or_absent(arm.post(&action, url, &body).await)?;
    answer.map(|answer| Ok(read::<JobWire>(&action, &answer)?.into())).transpose()
}

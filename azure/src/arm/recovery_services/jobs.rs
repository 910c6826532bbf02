//! Jobs of machines and shares, in their several forms.

use std::collections::BTreeMap;
use std::convert::Infallible;

use azure_core::http::Method;
use holdfast_protection::job::{Job, JobDetails, JobPoint, SubTask};
use holdfast_protection::operation::Started;
use holdfast_protection::{AzureError, Location, Refusal, ResourceId, Retry};
use serde::Deserialize;
use serde_json::{Value, json};

use super::secondary::in_region;
use super::version::BACKUP;
use crate::arm::absence::or_absent;
use crate::arm::operation;
use crate::arm::refusal::sorted;
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
    #[serde(default, deserialize_with = "or_default")]
    status: String,
    #[serde(default, deserialize_with = "or_default")]
    operation: String,
    #[serde(default, deserialize_with = "or_default")]
    entity_friendly_name: String,
    #[serde(default, deserialize_with = "or_default")]
    container_name: String,
    #[serde(default, deserialize_with = "or_default")]
    storage_account_name: String,
    #[serde(default, deserialize_with = "or_default")]
    is_user_triggered: bool,
    #[serde(default)]
    start_time: Option<String>,
    #[serde(default)]
    end_time: Option<String>,
    #[serde(default)]
    duration: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    error_details: Vec<ErrorWire>,
    #[serde(default)]
    extended_info: Value,
}

/// Codes are numbers; jobs of shares have no title.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ErrorWire {
    error_code: Value,
    #[serde(deserialize_with = "or_default")]
    error_title: String,
    #[serde(deserialize_with = "or_default")]
    error_string: String,
    #[serde(deserialize_with = "or_default")]
    recommendations: Vec<String>,
}

/// Read apart from the rest: an odd detail must not cost the job.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ExtendedWire {
    #[serde(deserialize_with = "or_default")]
    tasks_list: Vec<TaskWire>,
    #[serde(deserialize_with = "or_default")]
    property_bag: BTreeMap<String, Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct TaskWire {
    #[serde(deserialize_with = "or_default")]
    task_id: String,
    #[serde(deserialize_with = "or_default")]
    status: String,
    task_execution_details: Option<String>,
}

/// A job out of Resource Graph. Its rows name the instance as well.
pub(in crate::arm) fn of_row(row: Value) -> serde_json::Result<Job> {
    let instance = row.pointer("/properties/backupInstanceId").and_then(Value::as_str);
    let instance: Option<ResourceId> = instance.and_then(|id| id.parse().ok());
    let job = serde_json::from_value::<JobWire>(row).map(Job::from)?;
    Ok(Job { instance: instance.or(job.instance), ..job })
}

/// Every job of a vault that Azure still lists.
pub(super) async fn list(arm: &ArmClient, vault: &ResourceId) -> Result<Vec<Job>, AzureError> {
    let action = format!("list the jobs of vault `{}`", vault.name());
    let url = arm.url_of(vault, "/backupJobs", BACKUP);
    arm.list(&action, url, |wire: JobWire| Ok::<_, Infallible>(wire.into())).await
}

/// One job, or `None`.
pub(super) async fn get(arm: &ArmClient, id: &ResourceId) -> Result<Option<Job>, AzureError> {
    let action = format!("read job `{}`", id.name());
    let answer = or_absent(arm.get(&action, arm.url_of(id, "", BACKUP)).await)?;
    answer.map(|answer| Ok(read::<JobWire>(&action, &answer)?.into())).transpose()
}

/// Ends a job that runs.
pub(super) async fn cancel(arm: &ArmClient, id: &ResourceId) -> Result<Started, AzureError> {
    let action = format!("cancel job `{}`", id.name());
    let answer = arm.call(&action, Method::Post, arm.url_of(id, "/cancel", BACKUP)).await?;
    operation::started(&action, &answer)
}

/// Jobs of restores that the paired region does for a vault.
pub(super) async fn secondary(
    arm: &ArmClient,
    vault: &ResourceId,
    region: &Location,
) -> Result<Vec<Job>, AzureError> {
    let action = format!("list the jobs of vault `{}` in {region}", vault.name());
    let url = in_region(arm, vault, region, "backupCrrJobs");
    let body = json!({ "resourceId": vault });
    arm.list_posted(&action, url, &body, |wire: JobWire| Ok::<_, Infallible>(wire.into())).await
}

/// One of them, or `None`: for its first seconds Azure does not find it (azure-cli).
pub(super) async fn secondary_one(
    arm: &ArmClient,
    vault: &ResourceId,
    region: &Location,
    job: &str,
) -> Result<Option<Job>, AzureError> {
    let action = format!("read job `{job}` of vault `{}` in {region}", vault.name());
    let url = in_region(arm, vault, region, "backupCrrJob");
    let body = json!({ "resourceId": vault, "jobName": job });
    let answer = or_absent(arm.post(&action, url, &body).await)?;
    answer.map(|answer| Ok(read::<JobWire>(&action, &answer)?.into())).transpose()
}

impl From<JobWire> for Job {
    fn from(wire: JobWire) -> Self {
        let properties = wire.properties;
        let extended: ExtendedWire = serde_json::from_value(properties.extended_info).unwrap_or_default();
        let bag = Bag(extended.property_bag);
        let machine = machine(&wire.id, &properties.container_name, &bag);
        let share = || format!("{}/{}", properties.storage_account_name, properties.entity_friendly_name);
        Self {
            datasource: match (&machine, properties.storage_account_name.is_empty()) {
                (Some((machine, _)), _) => machine.to_string(),
                (None, false) => share(),
                (None, true) => properties.entity_friendly_name.clone(),
            },
            instance: machine.map(|(_, item)| item),
            operation: properties.operation,
            status: properties.status,
            started: properties.start_time.filter(is_a_time),
            ended: properties.end_time.filter(is_a_time),
            duration: properties.duration,
            on_demand: properties.is_user_triggered || bag.was_asked_for(),
            tasks: extended.tasks_list.into_iter().map(SubTask::from).collect(),
            details: bag.details(),
            errors: properties.error_details.into_iter().filter_map(ErrorWire::refusal).collect(),
            warnings: Vec::new(),
            id: wire.id,
        }
    }
}

/// A machine and its item by the name that its container has in jobs: `iaasvmcontainerv2;group;name`.
fn machine(job: &ResourceId, container: &str, bag: &Bag) -> Option<(ResourceId, ResourceId)> {
    let mut parts = container.split(';');
    let (kind, group, name) = (parts.next()?, parts.next()?, parts.next()?);
    if !kind.eq_ignore_ascii_case("iaasvmcontainerv2") || parts.next().is_some() {
        return None;
    }
    let subscription = bag.text("VM Subscription ID").unwrap_or_else(|| job.subscription().to_owned());
    let id = format!(
        "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}"
    );
    let vault = job.parent()?;
    let fabric = format!("{vault}/backupFabrics/Azure/protectionContainers");
    let item = format!("{fabric}/IaasVMContainer;{container}/protectedItems/VM;{container}");
    Some((id.parse().ok()?, item.parse().ok()?))
}

/// `propertyBag`: texts under names that people read.
struct Bag(BTreeMap<String, Value>);

impl Bag {
    /// A text; names may have a blank at their end (recorded).
    fn text(&self, name: &str) -> Option<String> {
        let (_, value) = self.0.iter().find(|(known, _)| known.trim().eq_ignore_ascii_case(name))?;
        value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// Of a share it is written there; of a machine, only a backup that was asked for says when it expires (recorded).
    fn was_asked_for(&self) -> bool {
        self.text("Whether job is adhoc or scheduled.").is_some_and(|text| text.eq_ignore_ascii_case("True"))
            || self.text("Recovery Point Expiry Time in UTC").is_some()
    }

    fn details(&self) -> JobDetails {
        let megabytes = self.text("Data Transferred (in MB)").and_then(|text| text.parse::<u64>().ok());
        let point =
            self.text("Recovery point time").map(|time| JobPoint { id: String::new(), time: Some(time) });
        JobDetails {
            policy: self.text("Policy Name"),
            source_point: point,
            target_point: None,
            destination: self.text("RestoreDestination").or_else(|| self.text("Target resource group")),
            transferred_bytes: megabytes.map(|megabytes| megabytes.saturating_mul(1024 * 1024)),
        }
    }
}

impl From<TaskWire> for SubTask {
    fn from(wire: TaskWire) -> Self {
        let progress = wire.task_execution_details.filter(|text| !text.is_empty());
        Self { name: wire.task_id, status: wire.status, progress }
    }
}

impl ErrorWire {
    fn refusal(self) -> Option<Refusal> {
        let code = match (self.error_title, self.error_code) {
            (title, _) if !title.is_empty() => title,
            (_, Value::String(code)) => code,
            (_, Value::Number(code)) => code.to_string(),
            _ => return None,
        };
        Some(sorted(200, code, self.error_string, self.recommendations, Retry::Never))
    }
}

//! Backup jobs.

use std::convert::Infallible;

use holdfast_protection::job::Job;
use holdfast_protection::{AzureError, ResourceId};
use serde::Deserialize;
use serde_json::Value;

use super::absence::or_absent;
use super::api_version::DATA_PROTECTION;
use super::refusal::ErrorLayer;
use super::transport::ArmClient;
use super::wire::{or_default, read};

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
    start_time: Option<String>,
    #[serde(default)]
    end_time: Option<String>,
    #[serde(default)]
    duration: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    error_details: Vec<Value>,
}

impl From<JobWire> for Job {
    fn from(wire: JobWire) -> Self {
        let properties = wire.properties;
        let errors = properties.error_details.into_iter();
        let errors = errors.filter_map(|error| serde_json::from_value::<ErrorLayer>(error).ok());
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
            errors: errors.filter(|error| !error.is_empty()).map(|error| error.into_refusal(200)).collect(),
        }
    }
}

/// The year 1 stands for "not yet".
#[expect(clippy::ptr_arg, reason = "the signature that `Option::filter` asks for")]
fn is_a_time(text: &String) -> bool {
    !text.is_empty() && !text.starts_with("0001-01-01")
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

//! Backup instances: validating, configuring, reading.

mod body;
mod version;

use holdfast_protection::family::Family;
use holdfast_protection::instance::{BackupInstance, InstanceSpec, ProtectionState, SoftDeletion};
use holdfast_protection::operation::Started;
use holdfast_protection::workload::Stated;
use holdfast_protection::workload::aks::ClusterParameters;
use holdfast_protection::workload::storage_account::AutoProtection;
use holdfast_protection::{AzureError, ResourceId};
use serde::Deserialize;
use serde_json::{Value, json};

use self::body::properties;
pub(super) use self::body::{backup_parameters, cluster_parameters};
pub(super) use self::version::knowing;
use crate::arm::absence::or_absent;
use crate::arm::api_version::INSTANCES;
use crate::arm::operation;
use crate::arm::refusal::ErrorLayer;
use crate::arm::transport::ArmClient;
use crate::arm::wire::{or_default, read};

#[derive(Deserialize)]
pub(super) struct InstanceWire {
    id: ResourceId,
    properties: PropertiesWire,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PropertiesWire {
    data_source_info: DatasourceWire,
    policy_info: PolicyInfoWire,
    #[serde(default, deserialize_with = "or_default")]
    datasource_auth_credentials: Value,
    #[serde(default, deserialize_with = "or_default")]
    current_protection_state: String,
    #[serde(default, deserialize_with = "or_default")]
    protection_status: StatusWire,
    #[serde(default, deserialize_with = "or_default")]
    protection_error_details: ErrorLayer,
    #[serde(default, deserialize_with = "or_default")]
    deletion_info: Option<DeletionWire>,
}

/// Only what was deleted softly has it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DeletionWire {
    #[serde(deserialize_with = "or_default")]
    deletion_time: String,
    #[serde(deserialize_with = "or_default")]
    scheduled_purge_time: String,
}

impl From<DeletionWire> for SoftDeletion {
    fn from(wire: DeletionWire) -> Self {
        Self { at: wire.deletion_time.parse().ok(), purged: wire.scheduled_purge_time.parse().ok() }
    }
}

#[derive(Deserialize)]
struct DatasourceWire {
    #[serde(rename = "resourceID", alias = "resourceId")]
    resource_id: ResourceId,
    #[serde(default, rename = "datasourceType", deserialize_with = "or_default")]
    datasource_type: String,
    #[serde(default, rename = "resourceLocation", deserialize_with = "or_default")]
    location: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PolicyInfoWire {
    policy_id: ResourceId,
    #[serde(default, deserialize_with = "or_default")]
    policy_parameters: ParametersWire,
}

/// Parameters are kept as JSON and read one at a time: an unknown type of parameters must not make the instance unreadable.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ParametersWire {
    #[serde(deserialize_with = "or_default")]
    data_store_parameters_list: Vec<Value>,
    #[serde(deserialize_with = "or_default")]
    backup_datasource_parameters_list: Vec<Value>,
}

impl ParametersWire {
    fn snapshot_group(&self) -> Option<ResourceId> {
        self.data_store_parameters_list
            .iter()
            .find_map(|store| store.get("resourceGroupId")?.as_str()?.parse().ok())
    }

    fn containers(&self) -> Vec<String> {
        let lists = self.backup_datasource_parameters_list.iter();
        let lists = lists.filter_map(|parameters| parameters.get("containersList")?.as_array());
        lists.flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    fn cluster(&self) -> Option<ClusterParameters> {
        let mut lists = self.backup_datasource_parameters_list.iter();
        let shown =
            lists.find(|parameters| parameters.get("snapshotVolumes").is_some_and(Value::is_boolean))?;
        let names = |key: &str| {
            let names = shown.get(key).and_then(Value::as_array).into_iter().flatten();
            names.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let flag = |key: &str| shown.get(key).and_then(Value::as_bool).unwrap_or_default();
        Some(ClusterParameters {
            included_namespaces: names("includedNamespaces"),
            excluded_namespaces: names("excludedNamespaces"),
            snapshot_volumes: flag("snapshotVolumes"),
            cluster_scope: flag("includeClusterScopeResources"),
        })
    }

    fn auto_protection(&self) -> Option<AutoProtection> {
        let mut settings = self
            .backup_datasource_parameters_list
            .iter()
            .filter_map(|parameters| parameters.get("autoProtectionSettings"));
        let on = settings.find(|settings| settings.get("enabled").and_then(Value::as_bool) == Some(true))?;
        let rules = on.get("rules").and_then(Value::as_array).into_iter().flatten();
        let pattern = |rule: &Value| rule.get("pattern")?.as_str().map(str::to_owned);
        Some(AutoProtection { excluded_prefixes: rules.filter_map(pattern).collect() })
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct StatusWire {
    #[serde(deserialize_with = "or_default")]
    status: String,
    #[serde(deserialize_with = "or_default")]
    error_details: ErrorLayer,
}

impl TryFrom<InstanceWire> for BackupInstance {
    type Error = String;

    fn try_from(wire: InstanceWire) -> Result<Self, String> {
        let vault = Family::vault_of(&wire.id)
            .ok_or_else(|| format!("its id `{}` does not lie in a vault", wire.id))?;
        let properties = wire.properties;
        let current = properties.current_protection_state;
        let state = if current.is_empty() { properties.protection_status.status } else { current };
        let error = [properties.protection_error_details, properties.protection_status.error_details]
            .into_iter()
            .find(|error| !error.is_empty())
            .map(|error| error.into_refusal(200));
        let parameters = properties.policy_info.policy_parameters;
        Ok(Self {
            id: wire.id,
            vault,
            datasource: properties.data_source_info.resource_id,
            datasource_type: properties.data_source_info.datasource_type,
            location: properties.data_source_info.location.into(),
            snapshot_group: parameters.snapshot_group(),
            stated: Stated {
                containers: parameters.containers(),
                cluster: parameters.cluster(),
                disks: None,
                secret: properties
                    .datasource_auth_credentials
                    .pointer("/secretStoreResource/uri")
                    .and_then(Value::as_str)
                    .map(str::to_owned),
                auto_protection: parameters.auto_protection(),
            },
            policy: Some(properties.policy_info.policy_id),
            state: ProtectionState::from(state),
            error,
            deletion: properties.deletion_info.map(SoftDeletion::from),
        })
    }
}

/// An instance in a row of Resource Graph, which has it as a GET shows it.
pub(super) fn exported(row: Value) -> Option<BackupInstance> {
    serde_json::from_value::<InstanceWire>(row).ok()?.try_into().ok()
}

/// Backup instances that name this resource, in any vault: asked by extension routing, the cheapest way there is.
pub(super) async fn of_datasource(
    arm: &ArmClient,
    datasource: &ResourceId,
) -> Result<Vec<BackupInstance>, AzureError> {
    let action =
        format!("list the backup instances of {} `{}`", datasource.resource_type(), datasource.name());
    let url = arm.url_of(datasource, "/providers/Microsoft.DataProtection/backupInstances", INSTANCES);
    let listed = arm.list::<InstanceWire, _, _>(&action, url, BackupInstance::try_from).await;
    Ok(or_absent(listed)?.unwrap_or_default())
}

/// One backup instance, or `None`.
pub(super) async fn get(arm: &ArmClient, id: &ResourceId) -> Result<Option<BackupInstance>, AzureError> {
    let action = format!("read backup instance `{}`", id.name());
    let answer = or_absent(arm.get(&action, arm.url_of(id, "", INSTANCES)).await)?;
    let Some(answer) = answer else { return Ok(None) };
    let unreadable = |detail| AzureError::Unreadable { action: action.clone(), detail };
    read::<InstanceWire>(&action, &answer)?.try_into().map(Some).map_err(unreadable)
}

/// Ids of all backup instances of a vault, of whatever kind; what was deleted softly is not among them.
pub(super) async fn of_vault(arm: &ArmClient, vault: &ResourceId) -> Result<Vec<ResourceId>, AzureError> {
    #[derive(Deserialize)]
    struct Named {
        id: ResourceId,
    }
    let action = format!("list the backup instances of vault `{}`", vault.name());
    let url = arm.url_of(vault, "/backupInstances", INSTANCES);
    arm.list(&action, url, |one: Named| Ok::<_, std::convert::Infallible>(one.id)).await
}

/// Starts `validateForBackup`. Azure checks the permissions of the vault's identity in the background.
pub(super) async fn validate(arm: &ArmClient, spec: &InstanceSpec) -> Result<Started, AzureError> {
    let action = format!("validate the backup of {} `{}`", spec.workload.noun(), spec.datasource.name());
    let properties = properties(spec);
    let url = arm.url_of(&spec.vault, "/validateForBackup", knowing(&properties));
    let answer = arm.post(&action, url, &json!({ "backupInstance": properties })).await?;
    operation::started(&action, &answer)
}

/// Creates or updates a backup instance.
pub(super) async fn put(arm: &ArmClient, spec: &InstanceSpec) -> Result<Started, AzureError> {
    let action = format!("configure the backup of {} `{}`", spec.workload.noun(), spec.datasource.name());
    let properties = properties(spec);
    let url = arm.url_of(&spec.id, "", knowing(&properties));
    let answer = arm.put(&action, url, &json!({ "properties": properties })).await?;
    operation::started(&action, &answer)
}

#[cfg(test)]
mod tests;

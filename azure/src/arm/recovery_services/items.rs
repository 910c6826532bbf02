//! Protected items: reading, configuring, changing.

mod body;
mod change;
mod status;
mod taken;
mod wire;

use holdfast_protection::instance::{BackupInstance, InstanceSpec, ProtectionState};
use holdfast_protection::operation::Started;
use holdfast_protection::workload::in_machine::DatabaseKind;
use holdfast_protection::{AzureError, ResourceId};
use serde::Deserialize;

pub(super) use self::change::{alter, follow, undelete};
pub(super) use self::status::{of_datasource, validate};
use self::wire::ItemWire;
use super::version::BACKUP;
use crate::arm::absence::or_absent;
use crate::arm::operation;
use crate::arm::transport::ArmClient;
use crate::arm::wire::{or_default, read};

/// One protected item, or `None`.
pub(super) async fn get(arm: &ArmClient, id: &ResourceId) -> Result<Option<BackupInstance>, AzureError> {
    let Some(item) = shown(arm, id).await? else { return Ok(None) };
    let unreadable = |detail: String| AzureError::Unreadable { action: reading(id), detail };
    item.instance().map(Some).map_err(unreadable)
}

/// A protected item in a row of Resource Graph, which has it as a GET shows it.
pub(super) fn exported(row: serde_json::Value) -> Option<BackupInstance> {
    serde_json::from_value::<ItemWire>(row).ok()?.instance().ok()
}

async fn shown(arm: &ArmClient, id: &ResourceId) -> Result<Option<ItemWire>, AzureError> {
    let action = reading(id);
    let answer = or_absent(arm.get(&action, arm.url_of(id, "", BACKUP)).await)?;
    answer.map(|answer| read::<ItemWire>(&action, &answer)).transpose()
}

fn reading(id: &ResourceId) -> String {
    format!("read protected item `{}`", id.name())
}

/// Has Azure protect a datasource.
pub(super) async fn put(arm: &ArmClient, spec: &InstanceSpec) -> Result<Started, AzureError> {
    let action = format!("configure the backup of {} `{}`", spec.workload.noun(), spec.datasource.name());
    let body =
        body::configured(spec).map_err(|detail| AzureError::Unsendable { action: action.clone(), detail })?;
    match arm.put(&action, arm.url_of(&spec.id, "", BACKUP), &body).await {
        Ok(answer) => operation::started(&action, &answer),
        Err(error) => Err(taken::explained(arm, spec, error).await),
    }
}

/// What is protected in a vault, kind by kind, as Azure filters it.
const KINDS: [&str; 4] = [
    "backupManagementType eq 'AzureIaasVM' and itemType eq 'VM'",
    "backupManagementType eq 'AzureStorage' and itemType eq 'AzureFileShare'",
    "backupManagementType eq 'AzureWorkload' and itemType eq 'SQLDataBase'",
    "backupManagementType eq 'AzureWorkload' and itemType eq 'SAPHanaDatabase'",
];

/// Items of a vault that were deleted softly: they stay in its lists.
pub(super) async fn deleted(arm: &ArmClient, vault: &ResourceId) -> Result<Vec<BackupInstance>, AzureError> {
    let mut found = Vec::new();
    for kind in KINDS {
        found.extend(of_kind(arm, vault, kind).await?);
    }
    found.retain(|item: &BackupInstance| item.state == ProtectionState::SoftDeleted);
    Ok(found)
}

/// Databases of machines that a vault protects or protected.
pub(super) async fn in_machine(
    arm: &ArmClient,
    vault: &ResourceId,
    kind: DatabaseKind,
) -> Result<Vec<BackupInstance>, AzureError> {
    let kind = format!("backupManagementType eq 'AzureWorkload' and itemType eq '{}'", kind.item_word());
    of_kind(arm, vault, &kind).await
}

async fn of_kind(arm: &ArmClient, vault: &ResourceId, kind: &str) -> Result<Vec<BackupInstance>, AzureError> {
    let action = format!("list the protected items of vault `{}`", vault.name());
    let mut url = arm.url_of(vault, "/backupProtectedItems", BACKUP);
    url.query_pairs_mut().append_pair("$filter", kind);
    let listed = arm.list(&action, url, |wire: ItemWire| wire.instance()).await;
    Ok(or_absent(listed)?.unwrap_or_default())
}

/// Everything that a vault protects or keeps backups of, of whatever kind, but for what was deleted softly.
pub(super) async fn kept(arm: &ArmClient, vault: &ResourceId) -> Result<Vec<ResourceId>, AzureError> {
    let action = format!("list the protected items of vault `{}`", vault.name());
    let url = arm.url_of(vault, "/backupProtectedItems", BACKUP);
    let listed = arm.list(&action, url, |wire: KeptWire| Ok::<_, std::convert::Infallible>(wire)).await;
    let kept = or_absent(listed)?.unwrap_or_default().into_iter();
    Ok(kept.filter(|item| !item.properties.is_scheduled_for_deferred_delete).map(|item| item.id).collect())
}

/// As much of an item as those have that we do not protect.
#[derive(Deserialize)]
struct KeptWire {
    id: ResourceId,
    #[serde(default, deserialize_with = "or_default")]
    properties: KeptProperties,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct KeptProperties {
    #[serde(deserialize_with = "or_default")]
    is_scheduled_for_deferred_delete: bool,
}

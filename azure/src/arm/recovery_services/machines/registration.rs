//! Which vault knows a machine, and having one know it.

use std::collections::HashMap;

use futures::future::try_join_all;
use holdfast_protection::family::Family;
use holdfast_protection::instance::{BackupInstance, ProtectionState};
use holdfast_protection::operation::Started;
use holdfast_protection::ports::InstancesOf;
use holdfast_protection::vault::Vault;
use holdfast_protection::workload::Stated;
use holdfast_protection::workload::in_machine::{
    DatabaseKind, Host, Hosting, MachineInquiry, MachineRegistration, container_of,
};
use holdfast_protection::{AzureError, ResourceId};
use serde::Deserialize;
use serde_json::json;

use super::super::version::BACKUP;
use super::of_kind;
use super::wire::{ContainerWire, MachineWire};
use crate::arm::absence::or_absent;
use crate::arm::operation;
use crate::arm::transport::ArmClient;
use crate::arm::wire::{or_default, read};

/// Where a machine is registered: at most one vault knows it, in its region.
pub(in super::super) async fn host(
    arm: &ArmClient,
    vaults: Vec<Vault>,
    of: &InstancesOf<'_>,
) -> Result<Option<Host>, AzureError> {
    let Some(kind) = of.workload.and_then(|workload| workload.databases()) else { return Ok(None) };
    let here = vaults.iter().filter(|vault| of.location.is_none_or(|location| vault.location == *location));
    let asked = here.map(|vault| known_in(arm, &vault.id, of.datasource, kind));
    Ok(try_join_all(asked).await?.into_iter().flatten().next())
}

/// The same as [`in_vault`], shared by passes.
async fn known_in(
    arm: &ArmClient,
    vault: &ResourceId,
    machine: &ResourceId,
    kind: DatabaseKind,
) -> Result<Option<Host>, AzureError> {
    let read = in_vault(arm, vault, machine, kind);
    match arm.memory() {
        Some((memory, now)) => {
            let key = format!("{} {} {}", vault.key(), kind.item_word(), machine.key());
            memory.hosts.or_read(key, now, read).await
        }
        None => read.await,
    }
}

/// The machine as one vault knows it, if it knows it.
pub(super) async fn in_vault(
    arm: &ArmClient,
    vault: &ResourceId,
    machine: &ResourceId,
    kind: DatabaseKind,
) -> Result<Option<Host>, AzureError> {
    let action = format!("read the registration of virtual machine `{}`", machine.name());
    let unsendable = |detail: String| AzureError::Unsendable { action: action.clone(), detail };
    let container = container_of(vault, machine).map_err(|error| unsendable(error.to_string()))?;
    let answer = or_absent(arm.get(&action, arm.url_of(&container, "", BACKUP)).await)?;
    let Some(answer) = answer else { return Ok(None) };
    let MachineWire { source_resource_id, registration_status, extended_info } =
        read::<ContainerWire>(&action, &answer)?.properties;
    // Names of containers hold no subscription: it may be that of a namesake.
    if source_resource_id.is_some_and(|source| source != *machine) {
        return Ok(None);
    }
    let hosting = match registration_status.to_ascii_lowercase().as_str() {
        "registered" => extended_info.inquiry_info.hosting(kind),
        "registering" => Hosting::Registering,
        _ => return Ok(None),
    };
    Ok(Some(Host { machine: machine.clone(), vault: vault.clone(), container, hosting }))
}

/// Has a vault know a machine, or set up Azure's extension in it again; Azure works on it for a quarter of an hour.
pub(in super::super) async fn register(
    arm: &ArmClient,
    registration: &MachineRegistration,
) -> Result<Started, AzureError> {
    let action = registration.to_string();
    let mut properties = json!({
        "backupManagementType": "AzureWorkload",
        "containerType": "VMAppContainer",
        "sourceResourceId": registration.machine,
        "workloadType": registration.databases.item_word(),
    });
    if let (true, Some(properties)) = (registration.again, properties.as_object_mut()) {
        properties.insert("operationType".to_owned(), json!("Reregister"));
    }
    let body = json!({ "properties": properties });
    let answer = arm.put(&action, arm.url_of(&registration.container, "", BACKUP), &body).await?;
    operation::started(&action, &answer)
}

/// Has Azure look for databases.
pub(in super::super) async fn inquire(
    arm: &ArmClient,
    inquiry: &MachineInquiry,
) -> Result<Started, AzureError> {
    let action = inquiry.to_string();
    let mut url = arm.url_of(&inquiry.container, "/inquire", BACKUP);
    url.query_pairs_mut().append_pair("$filter", &of_kind(inquiry.inquired_databases));
    let answer = arm.call(&action, azure_core::http::Method::Post, url).await?;
    operation::started(&action, &answer)
}

/// The machines that a vault knows, by the lower-case ids of their containers.
pub(super) async fn registered(
    arm: &ArmClient,
    vault: &ResourceId,
) -> Result<HashMap<String, ResourceId>, AzureError> {
    #[derive(Deserialize)]
    struct Listed {
        id: ResourceId,
        #[serde(default, deserialize_with = "or_default")]
        properties: MachineWire,
    }
    let action = format!("list the machines that vault `{}` knows", vault.name());
    let mut url = arm.url_of(vault, "/backupProtectionContainers", BACKUP);
    let filter = "backupManagementType eq 'AzureWorkload' and status eq 'Registered'";
    url.query_pairs_mut().append_pair("$filter", filter);
    let listed = arm.list(&action, url, Ok::<Listed, std::convert::Infallible>).await?;
    let machine = |one: Listed| Some((one.id.key(), one.properties.source_resource_id?));
    Ok(listed.into_iter().filter_map(machine).collect())
}

/// The container of a machine in the place of an instance: only whether it is there matters.
pub(in super::super) async fn container(
    arm: &ArmClient,
    id: &ResourceId,
) -> Result<Option<BackupInstance>, AzureError> {
    let action = format!("read the registration of `{}`", id.name());
    let Some(answer) = or_absent(arm.get(&action, arm.url_of(id, "", BACKUP)).await)? else {
        return Ok(None);
    };
    let MachineWire { source_resource_id, registration_status, .. } =
        read::<ContainerWire>(&action, &answer)?.properties;
    let (Some(datasource), Some(vault)) = (source_resource_id, Family::vault_of(id)) else { return Ok(None) };
    Ok(Some(BackupInstance {
        id: id.clone(),
        vault,
        datasource,
        datasource_type: String::new(),
        location: String::new().into(),
        policy: None,
        snapshot_group: None,
        stated: Stated::default(),
        state: ProtectionState::Other(registration_status),
        error: None,
        deletion: None,
    }))
}

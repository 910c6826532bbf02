//! Machines in a vault: registering them, and finding out which databases run in them.

use std::collections::HashMap;

use futures::future::try_join_all;
use holdfast_protection::family::Family;
use holdfast_protection::instance::{BackupInstance, ProtectionState};
use holdfast_protection::operation::Started;
use holdfast_protection::ports::InstancesOf;
use holdfast_protection::vault::Vault;
use holdfast_protection::workload::in_machine::{
    Automatic, Database, DatabaseKind, Host, Hosted, Hosting, MACHINES, MachineInquiry, MachineRegistration,
    container_of, item_of,
};
use holdfast_protection::workload::{Protectable, Stated};
use holdfast_protection::{AzureError, Refusal, ResourceId, Retry};
use serde::Deserialize;
use serde_json::json;

use super::items;
use super::version::BACKUP;
use crate::arm::absence::or_absent;
use crate::arm::operation;
use crate::arm::refusal::sorted;
use crate::arm::transport::ArmClient;
use crate::arm::wire::{or_default, read};

#[derive(Default, Deserialize)]
#[serde(default)]
struct ContainerWire {
    #[serde(deserialize_with = "or_default")]
    properties: MachineWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct MachineWire {
    source_resource_id: Option<ResourceId>,
    #[serde(deserialize_with = "or_default")]
    registration_status: String,
    #[serde(deserialize_with = "or_default")]
    extended_info: ExtendedWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ExtendedWire {
    #[serde(deserialize_with = "or_default")]
    inquiry_info: InquiryWire,
    #[serde(deserialize_with = "or_default")]
    nodes_list: Vec<NodeWire>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct NodeWire {
    source_resource_id: Option<ResourceId>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct InquiryWire {
    #[serde(deserialize_with = "or_default")]
    inquiry_details: Vec<InquiredWire>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct InquiredWire {
    #[serde(rename = "type", deserialize_with = "or_default")]
    kind: String,
    #[serde(deserialize_with = "or_default")]
    inquiry_validation: ValidationWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ValidationWire {
    #[serde(deserialize_with = "or_default")]
    status: String,
    #[serde(deserialize_with = "or_default")]
    error_detail: DetailWire,
    #[serde(deserialize_with = "or_default")]
    additional_detail: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DetailWire {
    #[serde(deserialize_with = "or_default")]
    code: String,
    #[serde(deserialize_with = "or_default")]
    message: String,
    #[serde(deserialize_with = "or_default")]
    recommendations: Vec<String>,
}

/// What a vault lists in a machine: a database, or what holds databases.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::arm) struct ItemWire {
    id: ResourceId,
    name: String,
    properties: ProtectableWire,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProtectableWire {
    #[serde(default, deserialize_with = "or_default")]
    friendly_name: String,
    #[serde(default, deserialize_with = "or_default")]
    parent_name: String,
    #[serde(default, deserialize_with = "or_default")]
    is_auto_protectable: bool,
    #[serde(default, deserialize_with = "or_default")]
    is_auto_protected: bool,
    #[serde(default, deserialize_with = "or_default")]
    prebackupvalidation: CheckWire,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct CheckWire {
    #[serde(deserialize_with = "or_default")]
    status: String,
    #[serde(deserialize_with = "or_default")]
    code: String,
    #[serde(deserialize_with = "or_default")]
    message: String,
}

/// Codes behind which Azure's extension in the machine does not answer: registering again sets it up again.
const LOST: [&str; 4] = [
    "WorkloadExtensionNotReachable",
    "UserErrorWorkloadExtensionNotInstalled",
    "WorkloadExtensionNotPresent",
    "WorkloadExtensionDidntDequeueMsg",
];

/// Where a machine is registered: at most one vault knows it, in its region.
pub(super) async fn host(
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
async fn in_vault(
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

impl InquiryWire {
    fn hosting(self, kind: DatabaseKind) -> Hosting {
        if self.inquiry_details.is_empty() {
            return Hosting::NotInquired;
        }
        let word = listed(kind);
        let mut details = self.inquiry_details.into_iter();
        let Some(found) = details.find(|one| one.kind.eq_ignore_ascii_case(word)) else {
            return Hosting::NotRegistered;
        };
        let ValidationWire { status, error_detail, additional_detail } = found.inquiry_validation;
        if !status.eq_ignore_ascii_case("Failed") {
            return Hosting::Known;
        }
        let DetailWire { code, message, recommendations } = error_detail;
        let message =
            if additional_detail.is_empty() { message } else { format!("{message} {additional_detail}") };
        let refusal = refused(code, message, recommendations);
        if LOST.iter().any(|code| refusal.is(code)) {
            Hosting::Lost(refusal)
        } else {
            Hosting::Refused(refusal)
        }
    }
}

fn refused(code: String, message: String, recommendations: Vec<String>) -> Refusal {
    let described = recommendations.into_iter().filter(|text| !text.is_empty()).collect();
    sorted(200, code, message, described, Retry::Never)
}

/// Azure's word for a kind in lists: not the one that requests have.
fn listed(kind: DatabaseKind) -> &'static str {
    match kind {
        DatabaseKind::Sql => "SQL",
        DatabaseKind::Hana => "SAPHana",
    }
}

/// Has a vault know a machine, or set up Azure's extension in it again; Azure works on it for a quarter of an hour.
pub(super) async fn register(
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
pub(super) async fn inquire(arm: &ArmClient, inquiry: &MachineInquiry) -> Result<Started, AzureError> {
    let action = inquiry.to_string();
    let mut url = arm.url_of(&inquiry.container, "/inquire", BACKUP);
    url.query_pairs_mut().append_pair("$filter", &of_kind(inquiry.inquired_databases));
    let answer = arm.call(&action, azure_core::http::Method::Post, url).await?;
    operation::started(&action, &answer)
}

fn of_kind(kind: DatabaseKind) -> String {
    format!("backupManagementType eq 'AzureWorkload' and workloadType eq '{}'", kind.item_word())
}

/// Databases that are listed in a machine, protected or not.
pub(super) async fn hosted(
    arm: &ArmClient,
    host: &Host,
    kind: DatabaseKind,
) -> Result<Vec<Hosted>, AzureError> {
    let listed = protectable_items(arm, &host.vault, kind).await?;
    let is_here = |item: &ItemWire| is_below(&item.id, &host.container);
    let (databases, holders): (Vec<ItemWire>, Vec<ItemWire>) =
        listed.into_iter().filter(is_here).partition(|item| database(&host.machine, item).is_some());
    let checks: HashMap<String, Refusal> = holders.into_iter().filter_map(checked).collect();
    let mut found: Vec<Hosted> = databases
        .into_iter()
        .filter_map(|item| {
            let database = database(&host.machine, &item)?;
            let own = item.properties.prebackupvalidation.refusal();
            let refusal = own.or_else(|| checks.get(&database.holder.to_ascii_lowercase()).cloned());
            Some(Hosted { id: named(&database)?, refusal, has_item: false })
        })
        .collect();
    for item in items::in_machine(arm, &host.vault, kind).await? {
        if Database::of(&item.datasource).is_none_or(|database| database.machine != host.machine) {
            continue;
        }
        let has_item = item.state != ProtectionState::SoftDeleted;
        match found.iter_mut().find(|known| known.id == item.datasource) {
            Some(known) => known.has_item |= has_item,
            None => found.push(Hosted { id: item.datasource, refusal: None, has_item }),
        }
    }
    found.sort_by_cached_key(|hosted| hosted.id.key());
    Ok(found)
}

/// What a vault lists of a kind in all machines, shared by passes: each database of a machine asks for it.
async fn protectable_items(
    arm: &ArmClient,
    vault: &ResourceId,
    kind: DatabaseKind,
) -> Result<Vec<ItemWire>, AzureError> {
    let read = listed_items(arm, vault, kind);
    match arm.memory() {
        Some((memory, now)) => {
            let key = format!("{} {}", vault.key(), kind.item_word());
            memory.in_machines.or_read(key, now, read).await
        }
        None => read.await,
    }
}

async fn listed_items(
    arm: &ArmClient,
    vault: &ResourceId,
    kind: DatabaseKind,
) -> Result<Vec<ItemWire>, AzureError> {
    let action = format!("list what vault `{}` could protect", vault.name());
    let mut url = arm.url_of(vault, "/backupProtectableItems", BACKUP);
    url.query_pairs_mut().append_pair("$filter", &of_kind(kind));
    arm.list(&action, url, Ok::<ItemWire, std::convert::Infallible>).await
}

/// Whether an item lies in a container, however the two are spelled.
fn is_below(item: &ResourceId, container: &ResourceId) -> bool {
    item.parent().is_some_and(|parent| parent == *container)
}

fn database(machine: &ResourceId, item: &ItemWire) -> Option<Database> {
    let mut database = Database::of_item(machine, &item.name)?;
    let ProtectableWire { friendly_name, parent_name, .. } = &item.properties;
    // Names of items are in lower case; people know the others.
    if friendly_name.eq_ignore_ascii_case(&database.name) {
        database.name.clone_from(friendly_name);
    }
    if parent_name.eq_ignore_ascii_case(&database.holder) {
        database.holder.clone_from(parent_name);
    }
    Some(database)
}

/// A name that cannot be part of an id is left out and logged.
fn named(database: &Database) -> Option<ResourceId> {
    let id = database.id();
    id.inspect_err(|problem| tracing::warn!(%problem, "left out a database")).ok()
}

/// What Azure's check of an instance or a system says, by its name in lower case.
fn checked(item: ItemWire) -> Option<(String, Refusal)> {
    let (_, holder) = item.name.split_once(';')?;
    Some((holder.to_ascii_lowercase(), item.properties.prebackupvalidation.refusal()?))
}

impl CheckWire {
    fn refusal(&self) -> Option<Refusal> {
        let failed = self.status.eq_ignore_ascii_case("Failed");
        failed.then(|| refused(self.code.clone(), self.message.clone(), Vec::new()))
    }
}

/// Every database that the vault lists in its machines, protected or not.
pub(super) async fn all(arm: &ArmClient, vault: &ResourceId) -> Result<Vec<ResourceId>, AzureError> {
    let machines = registered(arm, vault).await?;
    let mut found = Vec::new();
    if machines.is_empty() {
        return Ok(found);
    }
    for kind in DatabaseKind::ALL {
        for item in protectable_items(arm, vault, kind).await? {
            let container = item.id.parent().map(|container| container.key());
            let machine = container.and_then(|container| machines.get(&container));
            found.extend(machine.and_then(|machine| database(machine, &item)).as_ref().and_then(named));
        }
        found.extend(items::in_machine(arm, vault, kind).await?.into_iter().map(|item| item.datasource));
    }
    Ok(found)
}

/// The machines that a vault knows, by the lower-case ids of their containers.
async fn registered(arm: &ArmClient, vault: &ResourceId) -> Result<HashMap<String, ResourceId>, AzureError> {
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

/// The machine that a database runs in, or that this is.
pub(super) fn machine_of(datasource: &ResourceId) -> Option<ResourceId> {
    let is_machine = datasource.resource_type().eq_ignore_ascii_case(MACHINES);
    let own = is_machine.then(|| datasource.clone());
    own.or_else(|| Database::of(datasource).map(|database| database.machine))
}

/// The item of a database in a vault, if it has one.
pub(super) async fn item(
    arm: &ArmClient,
    vault: &ResourceId,
    database: &Database,
) -> Result<Option<BackupInstance>, AzureError> {
    let id = item_of(vault, database).map_err(|error| AzureError::Unsendable {
        action: format!("read the protected item of database `{}`", database.name),
        detail: error.to_string(),
    })?;
    let found = items::get(arm, &id).await?;
    // Names of items hold no subscription: the item may be that of a namesake.
    Ok(found.filter(|item| Database::of(&item.datasource).is_some_and(|one| one.machine == database.machine)))
}

/// What a vault knows of a machine, or of a database in it.
pub(super) async fn protectable(
    arm: &ArmClient,
    vault: &ResourceId,
    machine: &ResourceId,
    datasource: &ResourceId,
) -> Result<Protectable, AzureError> {
    let database = Database::of(datasource);
    let kind = database.as_ref().map_or(DatabaseKind::Sql, |database| database.kind);
    let Some(host) = in_vault(arm, vault, machine, kind).await? else {
        return Ok(Protectable::NotRegistered);
    };
    let Some(database) = database else { return Ok(Protectable::NotFound) };
    let known = |item: &ItemWire| {
        is_below(&item.id, &host.container)
            && self::database(machine, item).and_then(|one| one.id().ok()).as_ref() == Some(datasource)
    };
    let listed = protectable_items(arm, vault, kind).await?;
    if let Some(item) = listed.into_iter().find(known) {
        return Ok(Protectable::Item(item.name));
    }
    // What is protected need not be listed as what could be.
    let item = item(arm, vault, &database).await?;
    Ok(item.map_or(Protectable::NotFound, |item| Protectable::Item(item.id.name().to_owned())))
}

/// Whether an id is that of the item of a database.
pub(super) fn is_item(instance: &ResourceId) -> bool {
    kind_of(instance).is_some()
}

/// The kind of databases that an item protects, by its name.
pub(super) fn kind_of(instance: &ResourceId) -> Option<DatabaseKind> {
    let (word, _) = instance.name().split_once(';')?;
    DatabaseKind::ALL.into_iter().find(|kind| kind.item_word().eq_ignore_ascii_case(word))
}

/// Whether an id is that of a container, and of no item in it.
pub(super) fn is_container(id: &ResourceId) -> bool {
    id.resource_type().to_ascii_lowercase().ends_with("/protectioncontainers")
}

/// The container of a machine in the place of an instance: only whether it is there matters.
pub(super) async fn container(
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

/// Instances of SQL Server in a machine that Azure can protect by itself, and availability groups that it is a node of.
pub(super) async fn automatic(arm: &ArmClient, host: &Host) -> Result<Vec<Automatic>, AzureError> {
    let listed = protectable_items(arm, &host.vault, DatabaseKind::Sql).await?;
    let mut found = Vec::new();
    for item in listed.into_iter().filter(|item| item.properties.is_auto_protectable) {
        let is_meant = match item.id.parent() {
            Some(container) if container == host.container => true,
            Some(container) => is_node_of(arm, &container, &host.machine).await?,
            None => false,
        };
        if is_meant {
            found.push(Automatic { is_on: item.properties.is_auto_protected, item: item.id });
        }
    }
    Ok(found)
}

/// Whether a machine is a node of an availability group: the container of a group names its nodes (official).
async fn is_node_of(
    arm: &ArmClient,
    container: &ResourceId,
    machine: &ResourceId,
) -> Result<bool, AzureError> {
    const GROUPS: &str = "sqlagworkloadcontainer;";
    if !container.name().to_ascii_lowercase().starts_with(GROUPS) {
        return Ok(false);
    }
    let action = format!("read which machines availability group `{}` has", container.name());
    let answer = or_absent(arm.get(&action, arm.url_of(container, "", BACKUP)).await)?;
    let Some(answer) = answer else { return Ok(false) };
    let nodes = read::<ContainerWire>(&action, &answer)?.properties.extended_info.nodes_list;
    Ok(nodes.into_iter().any(|node| node.source_resource_id.as_ref() == Some(machine)))
}

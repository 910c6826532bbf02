//! What a vault lists in its machines: databases, and what holds databases.

use holdfast_protection::workload::in_machine::{Database, DatabaseKind};
use holdfast_protection::{AzureError, Refusal, ResourceId};
use serde::Deserialize;

use super::super::version::BACKUP;
use super::of_kind;
use super::wire::refused;
use crate::arm::transport::ArmClient;
use crate::arm::wire::or_default;

/// What a vault lists in a machine: a database, or what holds databases.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::arm) struct ItemWire {
    pub(super) id: ResourceId,
    pub(super) name: String,
    pub(super) properties: ProtectableWire,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProtectableWire {
    #[serde(default, deserialize_with = "or_default")]
    friendly_name: String,
    #[serde(default, deserialize_with = "or_default")]
    parent_name: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) is_auto_protectable: bool,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) is_auto_protected: bool,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) prebackupvalidation: CheckWire,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct CheckWire {
    #[serde(deserialize_with = "or_default")]
    status: String,
    #[serde(deserialize_with = "or_default")]
    code: String,
    #[serde(deserialize_with = "or_default")]
    message: String,
}

/// What a vault lists of a kind in all machines, shared by passes: each database of a machine asks for it.
pub(super) async fn protectable_items(
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
pub(super) fn is_below(item: &ResourceId, container: &ResourceId) -> bool {
    item.parent().is_some_and(|parent| parent == *container)
}

pub(super) fn database_of(machine: &ResourceId, item: &ItemWire) -> Option<Database> {
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
pub(super) fn named(database: &Database) -> Option<ResourceId> {
    let id = database.id();
    id.inspect_err(
        |problem| tracing::warn!(%problem, "left out a database whose name makes no id; report it"),
    )
    .ok()
}

impl CheckWire {
    pub(super) fn refusal(&self) -> Option<Refusal> {
        let failed = self.status.eq_ignore_ascii_case("Failed");
        failed.then(|| refused(self.code.clone(), self.message.clone(), Vec::new()))
    }
}

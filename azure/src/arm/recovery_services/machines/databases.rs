//! The databases of a machine, protected or not.

use std::collections::HashMap;

use holdfast_protection::instance::{BackupInstance, ProtectionState};
use holdfast_protection::workload::Protectable;
use holdfast_protection::workload::in_machine::{Database, DatabaseKind, Host, Hosted, item_of};
use holdfast_protection::{AzureError, Refusal, ResourceId};

use super::super::items;
use super::listing::{ItemWire, database_of, is_below, named, protectable_items};
use super::registration::{in_vault, registered};
use crate::arm::transport::ArmClient;

/// Databases that are listed in a machine, protected or not.
pub(in super::super) async fn hosted(
    arm: &ArmClient,
    host: &Host,
    kind: DatabaseKind,
) -> Result<Vec<Hosted>, AzureError> {
    let listed = protectable_items(arm, &host.vault, kind).await?;
    let is_here = |item: &ItemWire| is_below(&item.id, &host.container);
    let (databases, holders): (Vec<ItemWire>, Vec<ItemWire>) =
        listed.into_iter().filter(is_here).partition(|item| database_of(&host.machine, item).is_some());
    let checks: HashMap<String, Refusal> = holders.into_iter().filter_map(checked).collect();
    let mut found: Vec<Hosted> = databases
        .into_iter()
        .filter_map(|item| {
            let database = database_of(&host.machine, &item)?;
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

/// What Azure's check of an instance or a system says, by its name in lower case.
fn checked(item: ItemWire) -> Option<(String, Refusal)> {
    let (_, holder) = item.name.split_once(';')?;
    Some((holder.to_ascii_lowercase(), item.properties.prebackupvalidation.refusal()?))
}

/// Every database that the vault lists in its machines, protected or not.
pub(in super::super) async fn all(
    arm: &ArmClient,
    vault: &ResourceId,
) -> Result<Vec<ResourceId>, AzureError> {
    let machines = registered(arm, vault).await?;
    let mut found = Vec::new();
    if machines.is_empty() {
        return Ok(found);
    }
    for kind in DatabaseKind::ALL {
        for item in protectable_items(arm, vault, kind).await? {
            let container = item.id.parent().map(|container| container.key());
            let machine = container.and_then(|container| machines.get(&container));
            found.extend(machine.and_then(|machine| database_of(machine, &item)).as_ref().and_then(named));
        }
        found.extend(items::in_machine(arm, vault, kind).await?.into_iter().map(|item| item.datasource));
    }
    Ok(found)
}

/// The item of a database in a vault, if it has one.
pub(in super::super) async fn item(
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
pub(in super::super) async fn protectable(
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
            && database_of(machine, item).and_then(|one| one.id().ok()).as_ref() == Some(datasource)
    };
    let listed = protectable_items(arm, vault, kind).await?;
    if let Some(item) = listed.into_iter().find(known) {
        return Ok(Protectable::Item(item.name));
    }
    // What is protected need not be listed as what could be.
    let item = item(arm, vault, &database).await?;
    Ok(item.map_or(Protectable::NotFound, |item| Protectable::Item(item.id.name().to_owned())))
}

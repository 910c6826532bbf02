//! What could be protected: accounts that could be registered, and shares that an inquiry has found (recorded).

use serde_json::{Value, json};

use crate::recovery_services::container::registered_in;
use crate::recovery_services::name::Holder;
use crate::recovery_services::vault::Vault;
use crate::wire::json as body_json;
use crate::wire::path::{group_of, key, name_of};
use crate::world::World;

/// Kinds of accounts that have shares.
const KINDS: [&str; 3] = ["Storage", "StorageV2", "FileStorage"];

/// The accounts of the vault's subscription and region that no vault has.
pub(in crate::recovery_services) fn containers(world: &World, found: &Vault) -> Vec<Value> {
    let accounts = world.arm.resources.values().filter(|body| found.is_near(body) && has_shares(body));
    let ids = accounts.filter_map(|body| body_json::text(body, &["id"]));
    let free = ids.filter(|id| registered_in(world, Holder::Account, id).is_none());
    free.map(|id| container(&found.id, id)).collect()
}

fn has_shares(body: &Value) -> bool {
    let is_account = body_json::text(body, &["type"])
        .is_some_and(|kind| kind.eq_ignore_ascii_case("Microsoft.Storage/storageAccounts"));
    let kind = body_json::text(body, &["kind"]).unwrap_or("StorageV2");
    is_account && KINDS.contains(&kind)
}

fn container(vault: &str, account: &str) -> Value {
    let name =
        format!("StorageContainer;Storage;{};{}", group_of(account).unwrap_or_default(), name_of(account));
    json!({
        "id": format!("{vault}/backupFabrics/Azure/protectableContainers/{name}"),
        "name": name,
        "type": "Microsoft.RecoveryServices/vaults/backupFabrics/protectableContainers",
        "properties": {
            "friendlyName": name_of(account),
            "backupManagementType": "AzureStorage",
            "protectableContainerType": "StorageContainer",
            "healthStatus": "Healthy",
            "containerId": account,
        },
    })
}

/// The shares that were found by inquiries and that no item protects.
pub(in crate::recovery_services) fn shares(vault: &Vault) -> Vec<Value> {
    let containers = vault.containers.values().filter(|container| container.holder == Holder::Account);
    let found = containers
        .flat_map(|container| container.shares.iter().map(move |(id, system)| (container, id, system)));
    let free = found.filter(|(_, id, _)| !vault.items.about(id).any(|item| key(&item.source) == key(id)));
    free.map(|(container, id, system)| share(vault, &container.source, id, system)).collect()
}

fn share(vault: &Vault, account: &str, id: &str, system: &str) -> Value {
    let group = group_of(account).unwrap_or_default();
    let container = format!("storagecontainer;storage;{group};{}", name_of(account)).to_ascii_lowercase();
    let name = format!("azurefileshare;{system}");
    json!({
        "id": format!("{}/backupFabrics/Azure/protectionContainers/{container}/protectableItems/{name}", vault.id),
        "name": name,
        "type": "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectableItems",
        "properties": {
            "parentContainerFabricId": account,
            "parentContainerFriendlyName": name_of(account),
            "azureFileShareType": "XSMB",
            "backupManagementType": "AzureStorage",
            "workloadType": "AzureFileShare",
            "protectableItemType": "AzureFileShare",
            "friendlyName": name_of(id),
            "protectionState": "NotProtected",
        },
    })
}

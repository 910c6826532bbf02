//! What keeps a restore from being carried out at the target.

use jiff::Timestamp;
use serde_json::Value;

use crate::authorization::role::{self, Role};
use crate::data_protection::State;
use crate::data_protection::instance::{Instance, containers};
use crate::data_protection::permission::{self, Requirement};
use crate::data_protection::point;
use crate::data_protection::restore::request::{Item, Request, Source, Target};
use crate::data_protection::user_error::UserError;
use crate::data_protection::{readiness, vault};
use crate::wire::call::normalised_location;
use crate::wire::json as body_json;
use crate::wire::path::{group_id_of, key, name_of, subscription_of};
use crate::world::World;

/// The target can take what is restored.
pub(in crate::data_protection::restore) fn target(
    world: &World,
    vault: &str,
    instance: &Instance,
    request: &Request,
    at: Timestamp,
) -> Result<(), UserError> {
    let Some(found) = State::of(world).vaults.get(vault) else { return Ok(()) };
    let principal = found.principal().unwrap_or_default();
    let place = if request.cross_region { found.secondary_region() } else { found.location() };
    let stage = Stage { world, vault: found, principal, place: normalised_location(&place), at };
    match &request.target {
        Target::Files { url, container, .. } => stage.files(url, container.as_deref()),
        Target::Resource { id, items, credentials } => {
            match instance.datasource_type().to_ascii_lowercase().as_str() {
                "microsoft.compute/disks" => stage.disk(id, &request.location),
                "microsoft.dbforpostgresql/servers/databases" => stage.database(id, credentials),
                "microsoft.containerservice/managedclusters" => stage.cluster(id, instance),
                _ if matches!(request.source, Source::Time(_)) => stage.in_place(id, items),
                _ => stage.account(id, items, instance, request),
            }
        }
    }
}

/// Where a restore is to be carried out.
struct Stage<'a> {
    world: &'a World,
    vault: &'a vault::Vault,
    principal: String,
    /// The region of the target.
    place: String,
    at: Timestamp,
}

impl Stage<'_> {
    fn needs(
        &self,
        role: &'static Role,
        scope: &str,
        action: &'static str,
        code: &'static str,
    ) -> Result<(), UserError> {
        let needed = Requirement::of_vault(&[role], scope, action, code, &self.principal);
        match permission::missing(self.world, vec![needed], self.at) {
            Some(gap) => Err(readiness::permission_missing(self.vault, &gap)),
            None => Ok(()),
        }
    }

    fn in_region(&self, location: &str, what: &str) -> Result<(), UserError> {
        if location.is_empty() || normalised_location(location) == self.place {
            return Ok(());
        }
        let message = format!("{what} lies in {location}, but the restore is carried out in {}.", self.place);
        let action = "Choose a target in the region of the restore.";
        Err(UserError::new("UserErrorDatasourceAndBackupVaultLocationMismatch", message, action))
    }

    fn resource(&self, id: &str) -> Result<&Value, UserError> {
        self.world.arm.resources.get(&key(id)).ok_or_else(|| {
            let message = format!("The target {id} could not be found.");
            let action = "Check that the target exists and try again.";
            UserError::new("UserErrorAzureResourceNotFoundByPlugin", message, action)
        })
    }

    fn disk(&self, id: &str, location: &str) -> Result<(), UserError> {
        let group = group_id_of(id).unwrap_or_default();
        if !self.world.arm.groups.contains_key(&key(&group)) {
            let message = format!("The target resource group {group} could not be found.");
            let action = "Create the resource group or choose another one.";
            return Err(UserError::new("UserErrorRestoreTargetRGNotFound", message, action));
        }
        self.in_region(location, "The target of the restore")?;
        if self.world.arm.resources.contains_key(&key(id)) {
            let message =
                format!("A disk with the name '{}' exists in the target resource group.", name_of(id));
            let action = "Choose another name for the disk.";
            return Err(UserError::new("UserErrorSameNameDiskAlreadyExists", message, action));
        }
        self.needs(
            &role::DISK_RESTORE_OPERATOR,
            &group,
            "Microsoft.Compute/disks/write",
            "UserErrorDiskBackupRestoreRGOrMSIPermissionsNotPresent",
        )
    }

    fn database(&self, id: &str, credentials: &Value) -> Result<(), UserError> {
        let server = permission::parent(id);
        let location = body_json::text(self.resource(&server)?, &["location"]).unwrap_or_default();
        self.in_region(location, "The target server")?;
        if self.world.arm.resources.contains_key(&key(id)) {
            let message = format!("The database '{}' exists on the target server.", name_of(id));
            let action = "Choose another name for the database: an existing one is never overwritten.";
            return Err(UserError::new("UserErrorDatabaseNameAlreadyInUse", message, action));
        }
        let action = "Microsoft.DBforPostgreSQL/servers/read";
        self.needs(&role::READER, &server, action, "UserErrorMSIMissingPermissions")?;
        readiness::secret_readable(self.world, credentials, &self.principal, self.at)
    }

    /// What is restored in place are blobs of containers that are there.
    fn in_place(&self, account: &str, items: &[Item]) -> Result<(), UserError> {
        let there = containers::of_account(self.world, account);
        let gone = items.iter().find_map(|item| match item {
            Item::Range(from, _) => {
                let name = from.split('/').next().unwrap_or_default();
                (!there.iter().any(|one| one == name)).then(|| name.to_owned())
            }
            Item::Container { .. } | Item::Cluster(_) => None,
        });
        let Some(name) = gone else { return Ok(()) };
        let message = format!("The container '{name}' could not be found for the point-in-time restore.");
        let action = "Choose containers that exist on the storage account.";
        Err(UserError::new("UserErrorContainerNotFoundForPointInTimeRestore", message, action))
    }

    fn account(
        &self,
        id: &str,
        items: &[Item],
        instance: &Instance,
        request: &Request,
    ) -> Result<(), UserError> {
        let location = body_json::text(self.resource(id)?, &["location"]).unwrap_or_default();
        self.in_region(location, "The target storage account")?;
        let kept = point::containers(instance, request.point().unwrap_or_default());
        for (from, to) in restored_containers(items, &kept) {
            if !kept.contains(&from) {
                let message = format!("The recovery point holds no container '{from}'.");
                let action = "Choose containers of the recovery point.";
                return Err(UserError::new(
                    "UserErrorIncorrectContainersSelectedForOperation",
                    message,
                    action,
                ));
            }
            let there = format!("{}/blobservices/default/containers/{}", key(id), to.to_ascii_lowercase());
            if self.world.arm.resources.contains_key(&there) {
                let message = format!("The container '{to}' exists on the target storage account.");
                let action = "Remove the container, rename the restored one, or choose another account.";
                return Err(UserError::new("UserErrorTargetContainersExistOnAccount", message, action));
            }
        }
        let action = "Microsoft.Storage/storageAccounts/blobServices/write";
        self.needs(&role::STORAGE_ACCOUNT_BACKUP_CONTRIBUTOR, id, action, "UserErrorMSIMissingPermissions")
    }

    fn cluster(&self, id: &str, instance: &Instance) -> Result<(), UserError> {
        let location = body_json::text(self.resource(id)?, &["location"]).unwrap_or_default();
        self.in_region(location, "The target cluster")?;
        // The same conditions as for backup, with the target in place of the source.
        let mut described = instance.described.clone();
        body_json::set(&mut described, &["dataSourceInfo", "resourceID"], Value::String(id.to_owned()));
        readiness::check(self.world, self.vault, &described, self.at)
    }

    fn files(&self, url: &str, container: Option<&str>) -> Result<(), UserError> {
        let absent = || {
            let message = format!("The container {url} could not be reached.");
            let action = "Check that the storage account and the container exist.";
            UserError::new("UserErrorContainerNotAccessible", message, action)
        };
        let id = container_at(self.world, url).ok_or_else(absent)?;
        let (own, there) = (subscription_of(&self.vault.id).map(key), subscription_of(&id).map(key));
        if own != there && container.is_none_or(|named| key(named) != key(&id)) {
            let detail =
                "targetDetails.targetResourceArmId is required for a container of another subscription";
            return Err(UserError::invalid_input(detail));
        }
        let account = id.split("/blobServices/").next().unwrap_or_default();
        let location = body_json::text(self.resource(account)?, &["location"]).unwrap_or_default();
        self.in_region(location, "The target storage account")?;
        let action = "Microsoft.Storage/storageAccounts/blobServices/containers/write";
        self.needs(&role::STORAGE_BLOB_DATA_CONTRIBUTOR, &id, action, "UserErrorMissingRequiredPermissions")
    }
}

/// The containers that `items` ask for, all of `kept` when they ask for none, with the names that they get.
pub(in crate::data_protection::restore) fn restored_containers(
    items: &[Item],
    kept: &[String],
) -> Vec<(String, String)> {
    let asked: Vec<(String, String)> = items
        .iter()
        .filter_map(|item| match item {
            Item::Container { name, renamed, .. } => {
                Some((name.clone(), renamed.clone().unwrap_or_else(|| name.clone())))
            }
            Item::Range(..) | Item::Cluster(_) => None,
        })
        .collect();
    if asked.is_empty() { kept.iter().map(|name| (name.clone(), name.clone())).collect() } else { asked }
}

/// The id of the container that `url` leads to, if account and container exist.
pub(in crate::data_protection::restore) fn container_at(world: &World, url: &str) -> Option<String> {
    let (host, container) = url.strip_prefix("https://")?.trim_end_matches('/').split_once('/')?;
    let account = host.strip_suffix(".blob.core.windows.net")?;
    let end =
        format!("/microsoft.storage/storageaccounts/{account}/blobservices/default/containers/{container}");
    let (_, body) = world.arm.resources.iter().find(|(id, _)| id.ends_with(&end.to_ascii_lowercase()))?;
    body_json::text(body, &["id"]).map(str::to_owned)
}

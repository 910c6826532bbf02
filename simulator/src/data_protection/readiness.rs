//! Whether a datasource can be protected by a vault now: what `validateForBackup` finds out and what a configuration runs into.

use jiff::Timestamp;
use serde_json::Value;

use super::permission::{self, Requirement};
use super::user_error::UserError;
use super::{Vault, policy};
use crate::arm::call::normalised_location;
use crate::arm::json as body_json;
use crate::arm::path::{group_of, key, name_of, subscription_of};
use crate::world::World;

/// Checks `properties` of an instance in `vault` as of `at`.
pub(crate) fn check(
    world: &World,
    vault: &Vault,
    properties: &Value,
    at: Timestamp,
) -> Result<(), UserError> {
    let subject = Subject::read(properties);
    let principal = vault.principal().ok_or_else(|| without_identity(vault))?;
    let source = existing(world, &subject)?;
    same_region(vault, &subject, source)?;
    let snapshot_group = snapshot_group(world, &subject, properties)?;
    supported_account(&subject, source)?;
    containers(vault, &subject, properties)?;
    let needed = permission::requirements(&subject.datasource_type, &subject.id, snapshot_group.as_deref());
    match permission::missing(world, &principal, needed, at) {
        Some(gap) => Err(permission_missing(vault, &principal, &gap)),
        None => Ok(()),
    }
}

struct Subject {
    id: String,
    datasource_type: String,
}

impl Subject {
    fn read(properties: &Value) -> Self {
        let text = |name: &str| {
            body_json::text(properties, &["dataSourceInfo", name]).unwrap_or_default().to_owned()
        };
        Self { id: text("resourceID"), datasource_type: text("datasourceType") }
    }

    fn is(&self, kind: &str) -> bool {
        self.datasource_type.eq_ignore_ascii_case(kind)
    }

    fn is_blob(&self) -> bool {
        self.is("Microsoft.Storage/storageAccounts/blobServices")
            || self.is("Microsoft.Storage/storageAccounts/adlsBlobServices")
    }
}

fn without_identity(vault: &Vault) -> UserError {
    let message = format!(
        "The Backup vault {} has no managed identity that could reach the datasource.",
        name_of(&vault.id)
    );
    UserError::new(
        "VaultMSIUnauthorized",
        message,
        "Enable a system-assigned managed identity on the vault and try again.",
    )
}

/// The datasource, or, where the datasource is a child that ARM may not show, the nearest resource above it.
fn existing<'a>(world: &'a World, subject: &Subject) -> Result<&'a Value, UserError> {
    let mut id = key(&subject.id);
    loop {
        if let Some(found) = world.resources.get(&id) {
            return Ok(found);
        }
        let is_child = id.rsplit("/providers/").next().is_some_and(|tail| tail.split('/').count() > 3);
        if !is_child {
            return Err(absent(subject));
        }
        let parts: Vec<&str> = id.split('/').collect();
        id = parts.get(..parts.len() - 2).unwrap_or_default().join("/");
    }
}

fn absent(subject: &Subject) -> UserError {
    let code = if subject.is("Microsoft.Compute/disks") {
        "UserErrorManagedDiskNotFound"
    } else if subject.is_blob() {
        "UserErrorStorageAccountNotFound"
    } else {
        "UserErrorAzureResourceNotFoundByPlugin"
    };
    let message = format!("The datasource {} could not be found.", subject.id);
    UserError::new(code, message, "Check that the datasource exists and try again.")
}

fn same_region(vault: &Vault, subject: &Subject, source: &Value) -> Result<(), UserError> {
    let of_source = normalised_location(body_json::text(source, &["location"]).unwrap_or_default());
    let of_vault = normalised_location(&vault.location());
    if of_source == of_vault {
        return Ok(());
    }
    let message = format!(
        "The datasource {} lies in {of_source}, but the Backup vault {} lies in {of_vault}.",
        subject.id,
        name_of(&vault.id)
    );
    let action = "Use a Backup vault in the region of the datasource.";
    Err(UserError::new("UserErrorDatasourceAndBackupVaultLocationMismatch", message, action))
}

/// The resource group that receives snapshots, for datasources that take them.
fn snapshot_group(world: &World, subject: &Subject, properties: &Value) -> Result<Option<String>, UserError> {
    let parameters =
        body_json::list(properties, &["policyInfo", "policyParameters", "dataStoreParametersList"]);
    let group = parameters.iter().find_map(|parameter| body_json::text(parameter, &["resourceGroupId"]));
    let takes_snapshots = subject.is("Microsoft.Compute/disks")
        || subject.is("Microsoft.ContainerService/managedClusters")
        || subject.is("Microsoft.ElasticSan/elasticSans/volumeGroups");
    match group {
        None if takes_snapshots => Err(UserError::new(
            "UserErrorOperationalStoreParametersNotProvided",
            "The parameters of the operational store were not provided.",
            "Provide the resource group that receives the snapshots and try again.",
        )),
        None => Ok(None),
        Some(group) => {
            snapshot_group_fits(world, subject, group)?;
            Ok(Some(group.to_owned()))
        }
    }
}

fn snapshot_group_fits(world: &World, subject: &Subject, group: &str) -> Result<(), UserError> {
    let (here, there) = (subscription_of(&subject.id).map(key), subscription_of(group).map(key));
    if here != there {
        let message =
            format!("The snapshot resource group {group} lies in another subscription than {}.", subject.id);
        let action = "Choose a snapshot resource group in the subscription of the datasource.";
        return Err(UserError::new("UserErrorSnapshotRGSubscriptionMismatch", message, action));
    }
    if !world.groups.contains_key(&key(group)) {
        let message =
            format!("The snapshot resource group {} could not be found.", group_of(group).unwrap_or(group));
        return Err(UserError::new(
            "UserErrorSnapshotRGNotFound",
            message,
            "Create the resource group or choose another one.",
        ));
    }
    Ok(())
}

fn supported_account(subject: &Subject, source: &Value) -> Result<(), UserError> {
    if !subject.is("Microsoft.Storage/storageAccounts/blobServices") {
        return Ok(());
    }
    let kind = body_json::text(source, &["kind"]).unwrap_or("StorageV2");
    let sku = body_json::text(source, &["sku", "name"]).unwrap_or("Standard_LRS");
    let hierarchical =
        body_json::reach(source, &["properties", "isHnsEnabled"]).and_then(Value::as_bool) == Some(true);
    if kind.eq_ignore_ascii_case("StorageV2") && sku.starts_with("Standard") && !hierarchical {
        return Ok(());
    }
    let message = format!(
        "The storage account {} of kind {kind} and sku {sku} is not supported.",
        name_of(&subject.id)
    );
    let action = "Use a general-purpose v2 account of the standard tier without a hierarchical namespace.";
    Err(UserError::new("UserErrorUnsupportedStorageAccountType", message, action))
}

/// A policy that copies blobs to the vault needs to know which containers.
fn containers(vault: &Vault, subject: &Subject, properties: &Value) -> Result<(), UserError> {
    if !subject.is_blob() {
        return Ok(());
    }
    let policy_id = body_json::text(properties, &["policyInfo", "policyId"]).unwrap_or_default();
    let vaulted =
        vault.policies.get(&name_of(policy_id).to_ascii_lowercase()).is_some_and(policy::backs_up_to_vault);
    let parameters =
        body_json::list(properties, &["policyInfo", "policyParameters", "backupDatasourceParametersList"]);
    let chosen = parameters.iter().any(|parameter| {
        !body_json::list(parameter, &["containersList"]).is_empty()
            || body_json::reach(parameter, &["autoProtectionSettings", "enabled"]).and_then(Value::as_bool)
                == Some(true)
    });
    if !vaulted || chosen {
        return Ok(());
    }
    let message = format!("No containers of the storage account {} were selected.", name_of(&subject.id));
    let action = "Select at least one container, or switch automatic protection of containers on.";
    Err(UserError::new("UserErrorNoContainersSelectedForOperation", message, action))
}

fn permission_missing(vault: &Vault, principal: &str, gap: &Requirement) -> UserError {
    let message = format!(
        "The managed identity of the Backup vault {} does not have the permissions that the operation needs.",
        name_of(&vault.id)
    );
    let action = format!(
        "Grant the role '{}' on {} to the vault's managed identity and try again after some minutes.",
        gap.role.name, gap.scope
    );
    let detail = format!(
        "The client '{principal}' with object id '{principal}' does not have authorization to perform action '{}' over scope '{}'; \
         the role '{}' ({}) is missing there.",
        gap.action, gap.scope, gap.role.name, gap.role.id
    );
    UserError::new("UserErrorMissingRequiredPermissions", message, action).because(gap.code, detail)
}

//! Whether a datasource can be protected by a vault now: what `validateForBackup` finds out and what a configuration runs into.
//!
//! Codes: the troubleshooting pages of the Azure Backup documentation.

mod account;
mod cluster;
mod database;
mod snapshot_group;

pub(crate) use account::excluded;
pub(crate) use database::readable as secret_readable;

use jiff::Timestamp;
use serde_json::Value;

use super::permission::{self, Requirement};
use super::user_error::UserError;
use super::{Vault, policy};
use crate::authorization::role;
use crate::wire::call::normalised_location;
use crate::wire::json as body_json;
use crate::wire::path::{key, name_of};
use crate::world::World;

/// Checks `properties` of an instance in `vault` as of `at`.
pub(crate) fn check(
    world: &World,
    vault: &Vault,
    properties: &Value,
    at: Timestamp,
) -> Result<(), UserError> {
    let subject = Subject::read(vault, properties);
    let principal = principal(vault, properties)?;
    let source = existing(world, &subject)?;
    same_region(vault, &subject, source)?;
    let snapshots = snapshot_group::check(world, &subject)?;
    account::check(world, &subject, source)?;
    database::check(&subject, source)?;
    let cluster = cluster::check(world, &subject, source, vault)?;
    let missing = |needed: Vec<Requirement>| match permission::missing(world, needed, at) {
        Some(gap) => Err(permission_missing(vault, &gap)),
        None => Ok(()),
    };
    missing(permission::requirements(
        &subject.datasource_type,
        &subject.id,
        snapshots.as_deref(),
        &principal,
    ))?;
    database::check_secret(world, &subject, &principal, at)?;
    if let Some(cluster) = cluster {
        missing(cluster.requirements(&subject, snapshots.as_deref().unwrap_or_default(), &principal))?;
        cluster.location_ready(world, at)?;
    }
    Ok(())
}

/// What is to be protected, and how.
struct Subject<'a> {
    id: String,
    datasource_type: String,
    properties: &'a Value,
    policy: Option<&'a Value>,
}

impl<'a> Subject<'a> {
    fn read(vault: &'a Vault, properties: &'a Value) -> Self {
        let text = |name: &str| {
            body_json::text(properties, &["dataSourceInfo", name]).unwrap_or_default().to_owned()
        };
        let policy_id = body_json::text(properties, &["policyInfo", "policyId"]).unwrap_or_default();
        Self {
            id: text("resourceID"),
            datasource_type: text("datasourceType"),
            properties,
            policy: vault.policies.get(&name_of(policy_id).to_ascii_lowercase()),
        }
    }

    fn is(&self, kind: &str) -> bool {
        self.datasource_type.eq_ignore_ascii_case(kind)
    }

    fn is_adls(&self) -> bool {
        self.is("Microsoft.Storage/storageAccounts/adlsBlobServices")
    }

    fn is_blob(&self) -> bool {
        self.is("Microsoft.Storage/storageAccounts/blobServices")
    }

    fn is_cluster(&self) -> bool {
        self.is("Microsoft.ContainerService/managedClusters")
    }

    /// Whether the policy has backups copied to the vault, rather than kept in the account alone.
    fn is_vaulted(&self) -> bool {
        self.policy.is_some_and(policy::backs_up_to_vault)
    }

    /// The parameters of the datasource.
    fn parameters(&self) -> &'a [Value] {
        body_json::list(
            self.properties,
            &["policyInfo", "policyParameters", "backupDatasourceParametersList"],
        )
    }
}

/// The identity with which the vault reaches the datasource.
fn principal(vault: &Vault, properties: &Value) -> Result<String, UserError> {
    let chosen = body_json::text(properties, &["identityDetails", "userAssignedIdentityArmUrl"])
        .filter(|url| !url.is_empty());
    let found = match chosen {
        Some(identity) => vault.user_principal(identity),
        None => vault.principal(),
    };
    found.ok_or_else(|| without_identity(vault))
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
fn existing<'a>(world: &'a World, subject: &Subject<'_>) -> Result<&'a Value, UserError> {
    let id = key(&subject.id);
    if let Some(found) = world.arm.resources.get(&id) {
        return Ok(found);
    }
    Err(absent(world, subject))
}

fn absent(world: &World, subject: &Subject<'_>) -> UserError {
    let parent = permission::parent(&subject.id);
    let code = if subject.is("Microsoft.Compute/disks") {
        "UserErrorManagedDiskNotFound"
    } else if subject.is_blob() || subject.is_adls() {
        "UserErrorStorageAccountNotFound"
    } else if subject.is(database::SINGLE) && world.arm.resources.contains_key(&key(&parent)) {
        "UserErrorDBNotFound"
    } else {
        "UserErrorAzureResourceNotFoundByPlugin"
    };
    let message = format!("The datasource {} could not be found.", subject.id);
    UserError::new(code, message, "Check that the datasource exists and try again.")
}

fn same_region(vault: &Vault, subject: &Subject<'_>, source: &Value) -> Result<(), UserError> {
    let Some(location) = body_json::text(source, &["location"]) else {
        // A child resource lies where its parent does.
        return Ok(());
    };
    let (of_source, of_vault) = (normalised_location(location), normalised_location(&vault.location()));
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

pub(super) fn permission_missing(vault: &Vault, gap: &Requirement) -> UserError {
    let message = format!(
        "The managed identity of the Backup vault {} does not have the permissions that the operation needs.",
        name_of(&vault.id)
    );
    let (principal, role) = (&gap.principal, gap.roles.first().copied().unwrap_or(&role::READER));
    let action = format!(
        "Grant the role '{}' on {} to {} and try again after some minutes.",
        role.name, gap.scope, gap.holder
    );
    let detail = format!(
        "The client '{principal}' with object id '{principal}' does not have authorization to perform action '{}' over scope '{}'; \
         the role '{}' ({}) is missing there.",
        gap.action, gap.scope, role.name, role.id
    );
    let code = gap.own_code.unwrap_or("UserErrorMissingRequiredPermissions");
    UserError::new(code, message, action).because(gap.code, detail)
}

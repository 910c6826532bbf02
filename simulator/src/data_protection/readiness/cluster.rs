//! AKS clusters: running, with the backup extension, a trusted access binding, and three identities with their roles.

use jiff::Timestamp;
use serde_json::Value;

use super::Subject;
use crate::authorization::role;
use crate::data_protection::permission::Requirement;
use crate::data_protection::user_error::UserError;
use crate::data_protection::{Vault, policy};
use crate::wire::json as body_json;
use crate::wire::path::key;
use crate::world::World;

const EXTENSION_TYPE: &str = "microsoft.dataprotection.kubernetes";
const ACCESS_ROLE: &str = "Microsoft.DataProtection/backupVaults/backup-operator";

/// A backup storage location can be used only some time after its role counts; Azure says up to an hour.
const LOCATION_SECONDS: f64 = 300.0;

/// What a cluster that is fit for backup consists of.
pub(super) struct Cluster {
    identity: String,
    extension: String,
    /// The storage account of the extension's backup storage location.
    account: String,
}

/// Checks the cluster, where `subject` is one.
pub(super) fn check(
    world: &World,
    subject: &Subject<'_>,
    source: &Value,
    vault: &Vault,
) -> Result<Option<Cluster>, UserError> {
    if !subject.is_cluster() {
        return Ok(None);
    }
    parameters(subject)?;
    let stopped = body_json::text(source, &["properties", "powerState", "code"]) == Some("Stopped");
    if stopped {
        let message = format!("The cluster {} is stopped.", subject.id);
        return Err(UserError::new(
            "UserErrorKubernetesBackupClusterIsStopped",
            message,
            "Start the cluster.",
        ));
    }
    let identity = identity(source).ok_or_else(|| {
        let message = format!("The cluster {} has no managed identity.", subject.id);
        UserError::new("UserErrorKubernetesBackupClusterIdentityNotFound", message, "Use a managed identity.")
    })?;
    let (extension, account) = extension(world, subject)?;
    trusted(world, subject, vault)?;
    Ok(Some(Cluster { identity, extension, account }))
}

/// The parameters must say what of the cluster is backed up.
fn parameters(subject: &Subject<'_>) -> Result<(), UserError> {
    let is_flag =
        |parameter: &Value, name: &str| body_json::member(parameter, name).is_some_and(Value::is_boolean);
    let complete = subject.parameters().iter().any(|parameter| {
        body_json::text(parameter, &["objectType"]) == Some("KubernetesClusterBackupDatasourceParameters")
            && is_flag(parameter, "snapshotVolumes")
            && is_flag(parameter, "includeClusterScopeResources")
    });
    if complete {
        return Ok(());
    }
    let message = "The backup parameters of the cluster are missing or malformed.";
    let action = "Provide snapshotVolumes and includeClusterScopeResources.";
    Err(UserError::new("ScenarioPluginInvalidWorkflowDataRequest", message, action))
}

/// The principal of the cluster: its own identity, or the first that was assigned to it.
fn identity(source: &Value) -> Option<String> {
    let identity = body_json::member(source, "identity")?;
    if let Some(principal) = body_json::text(identity, &["principalId"]) {
        return Some(principal.to_owned());
    }
    let assigned = body_json::member(identity, "userAssignedIdentities")?.as_object()?;
    assigned.values().find_map(|one| body_json::text(one, &["principalId"])).map(str::to_owned)
}

/// The principal of the backup extension and the account that it writes to.
fn extension(world: &World, subject: &Subject<'_>) -> Result<(String, String), UserError> {
    let prefix = format!("{}/providers/microsoft.kubernetesconfiguration/extensions/", key(&subject.id));
    let mut installed = world.arm.resources.below(&prefix);
    let ours = installed.find(|(_, body)| {
        let kind = body_json::text(body, &["properties", "extensionType"]).unwrap_or_default();
        kind.eq_ignore_ascii_case(EXTENSION_TYPE)
    });
    let refuse =
        |code: &'static str, message: String, action: &str| Err(UserError::new(code, message, action));
    let cluster = &subject.id;
    let Some((_, body)) = ours else {
        return refuse(
            "UserErrorKubernetesBackupExtensionNotFoundError",
            format!("The backup extension is not installed in the cluster {cluster}."),
            "Install the backup extension in the cluster.",
        );
    };
    let state = body_json::text(body, &["properties", "provisioningState"]).unwrap_or_default();
    if state != "Succeeded" {
        return refuse(
            "UserErrorKubernetesBackupExtensionHasErrors",
            format!("The backup extension of {cluster} is in state {state}."),
            "Repair or reinstall the backup extension.",
        );
    }
    let principal = ["aksAssignedIdentity", "identity"].iter().find_map(|name| {
        let inside = body_json::text(body, &["properties", name, "principalId"]);
        inside.or_else(|| body_json::text(body, &[name, "principalId"]))
    });
    let Some(principal) = principal else {
        return refuse(
            "UserErrorKubernetesBackupExtensionIdentityNotFound",
            format!("The backup extension of {cluster} has no identity."),
            "Reinstall the backup extension.",
        );
    };
    let Some(account) = location(world, body) else {
        return refuse(
            "UserErrorNoDefaultBackupStorageLocationFound",
            format!("The backup extension of {cluster} has no backup storage location."),
            "Configure a storage account and a container for the extension.",
        );
    };
    Ok((principal.to_owned(), account))
}

/// The account that the extension's settings name, if it exists.
fn location(world: &World, extension: &Value) -> Option<String> {
    let settings = body_json::reach(extension, &["properties", "configurationSettings"])?;
    let setting = |name: &str| {
        body_json::member(settings, &format!("configuration.backupStorageLocation.{name}"))?.as_str()
    };
    setting("bucket")?;
    let (account, group) = (setting("config.storageAccount")?, setting("config.resourceGroup")?);
    let subscription = setting("config.subscriptionId")?;
    let id = format!(
        "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts/{account}"
    );
    world.arm.resources.contains_key(&key(&id)).then_some(id)
}

/// The vault is trusted by the cluster.
fn trusted(world: &World, subject: &Subject<'_>, vault: &Vault) -> Result<(), UserError> {
    let prefix = format!("{}/trustedaccessrolebindings/", key(&subject.id));
    let mut bindings = world.arm.resources.below(&prefix);
    let bound = bindings.any(|(_, body)| {
        let source = body_json::text(body, &["properties", "sourceResourceId"]).map(key);
        let roles = body_json::list(body, &["properties", "roles"]);
        source.as_deref() == Some(key(&vault.id).as_str())
            && roles.iter().filter_map(Value::as_str).any(|role| role.eq_ignore_ascii_case(ACCESS_ROLE))
    });
    if bound {
        return Ok(());
    }
    let message = format!("The cluster {} does not trust the Backup vault {}.", subject.id, vault.id);
    let action = format!("Create a trusted access role binding with the role {ACCESS_ROLE} for the vault.");
    let detail = "The trusted access role binding is missing.";
    // The service's own code is not documented; the page says only that permissions are missing.
    Err(UserError::new("UserErrorMissingRequiredPermissions", message, action)
        .because("UserErrorKubernetesBackupTrustedAccessNotFound", detail))
}

impl Cluster {
    /// The roles of cluster, extension and vault beside those that every datasource with snapshots needs.
    pub(super) fn requirements(
        &self,
        subject: &Subject<'_>,
        group: &str,
        principal: &str,
    ) -> Vec<Requirement> {
        let mut needed = vec![
            Requirement {
                principal: self.identity.clone(),
                holder: "the cluster's managed identity",
                ..Requirement::of_vault(
                    &[&role::CONTRIBUTOR],
                    group,
                    "Microsoft.Compute/snapshots/write",
                    "UserErrorSnapshotRGOrMSIPermissionsNotPresent",
                    principal,
                )
            },
            self.on_location(),
        ];
        if subject.policy.is_some_and(policy::copies_to_vault) {
            let code = "UserErrorSnapshotRGOrMSIPermissionsNotPresent";
            for (role, scope, action) in [
                (
                    &role::DISK_SNAPSHOT_CONTRIBUTOR,
                    group,
                    "Microsoft.Compute/snapshots/beginGetAccess/action",
                ),
                (&role::DATA_OPERATOR, group, "Microsoft.Compute/snapshots/download/action"),
                (
                    &role::STORAGE_BLOB_DATA_CONTRIBUTOR,
                    self.account.as_str(),
                    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
                ),
            ] {
                needed.push(Requirement::of_vault(&[role], scope, action, code, principal));
            }
        }
        needed
    }

    fn on_location(&self) -> Requirement {
        let code = "UserErrorExtensionMSIMissingPermissionsOnBackupStorageLocation";
        Requirement {
            holder: "the identity of the backup extension",
            own_code: Some(code),
            ..Requirement::of_vault(
                &[&role::STORAGE_BLOB_DATA_CONTRIBUTOR, &role::STORAGE_ACCOUNT_CONTRIBUTOR],
                &self.account,
                "Microsoft.Storage/storageAccounts/blobServices/containers/write",
                code,
                &self.extension,
            )
        }
    }

    /// The extension has noticed that it may write.
    pub(super) fn location_ready(&self, world: &World, at: Timestamp) -> Result<(), UserError> {
        let needed = self.on_location();
        let since = needed.held_since(world, at);
        if since.is_some_and(|since| world.clock.after(since, LOCATION_SECONDS) <= at) {
            return Ok(());
        }
        let message = "The backup storage location of the extension is not ready yet.";
        let action = "Wait for up to an hour after the role was granted, and try again.";
        Err(UserError::new("UserErrorBackupStorageLocationNotReady", message, action).retryable())
    }
}

//! Permission closure: everything that somebody still lacks before Azure Backup can work.

mod scope;

use holdfast_evaluator::GrantScope;

use super::{Datasource, unusable_name};
use crate::ResourceId;
use crate::dependencies::Dependencies;
use crate::impossible::Impossible;
use crate::observe::Ground;
use crate::plan::MissingPermissions;
use crate::roles::{RoleAssignment, RoleGrant};
use crate::workload::Details;
use crate::workload::aks::{BackupExtension, TrustedAccessBinding};
use crate::workload::postgresql_single::KeyVault;
use crate::workload::{Grantee, RoleNeed, RoleScope};

use scope::Width;

/// Who is who, and what is where.
struct Cast<'a> {
    datasource: Datasource<'a>,
    details: &'a Details,
    snapshot_group: Option<&'a ResourceId>,
    vault: &'a str,
    key_vault: Option<&'a KeyVault>,
    extension: Option<&'a BackupExtension>,
}

/// What is missing, and what a person should know of how it is granted.
#[derive(Debug)]
pub(super) struct Closure {
    pub(super) missing: MissingPermissions,
    pub(super) notes: Vec<String>,
}

/// The permissions that are missing; those that exist or are inherited are not.
pub(super) fn closure(
    datasource: Datasource<'_>,
    details: &Details,
    snapshot_group: Option<&ResourceId>,
    ground: &Ground,
    on: GrantScope,
) -> Result<Closure, Impossible> {
    let vault = principal_of_vault(ground)?;
    let mut cast = Cast { datasource, details, snapshot_group, vault, key_vault: None, extension: None };
    let mut binding = None;
    match &ground.dependencies {
        Dependencies::Nothing | Dependencies::Containers(_) => {}
        Dependencies::KeyVault(found) => cast.key_vault = readable(datasource, found.as_ref(), vault)?,
        Dependencies::Cluster { extension, access } => {
            cast.extension = Some(working(datasource, extension.as_ref())?);
            if !access.iter().any(|access| access.lets_in(&ground.vault.id)) {
                let wanted = TrustedAccessBinding::between(datasource.id, &ground.vault.id);
                binding = Some(wanted.map_err(|error| unusable_name(&error))?);
            }
        }
    }
    let needs = datasource.workload.manifest().roles;
    let width = Width::new(on, ground.is_full);
    let (mut grants, mut notes) = (Vec::new(), Vec::new());
    for need in needs {
        let Some(RoleGrant { role, scope, principal }) = missing(&cast, need, &ground.roles) else {
            continue;
        };
        let (scope, note) = width.scope(need, scope, &principal, &ground.roles);
        let grant = RoleGrant { role, scope, principal };
        if !grants.contains(&grant) {
            grants.push(grant);
            notes.extend(note);
        }
    }
    Ok(Closure { missing: MissingPermissions { grants, binding, location: None }, notes })
}

fn principal_of_vault(ground: &Ground) -> Result<&str, Impossible> {
    ground.vault.principal.as_deref().ok_or_else(|| {
        Impossible::new(
            "VaultWithoutIdentity",
            format!(
                "Backup vault `{}` has no system-assigned identity, so it can read no datasource",
                ground.vault.id.name()
            ),
            "turn on the system-assigned identity of the vault",
        )
    })
}

/// The grant that a need comes to, unless it is met or its place does not take part here.
fn missing(cast: &Cast<'_>, need: &RoleNeed, existing: &[RoleAssignment]) -> Option<RoleGrant> {
    let scope = match need.on {
        RoleScope::Datasource => Some(cast.datasource.id.clone()),
        RoleScope::DatasourceGroup => cast.datasource.id.resource_group_id(),
        RoleScope::Parent => cast.datasource.id.parent(),
        RoleScope::SnapshotGroup => cast.snapshot_group.cloned(),
        RoleScope::KeyVault => cast.key_vault.map(|key_vault| key_vault.id.clone()),
        RoleScope::ExtensionAccount => cast.extension.and_then(|extension| extension.account.clone()),
    };
    let principal = match need.grantee {
        Grantee::Vault => Some(cast.vault.to_owned()),
        Grantee::Cluster => match cast.details {
            Details::Cluster { identity, .. } => Some(identity.0.clone()),
            Details::Nothing | Details::Containers(_) | Details::Database { .. } => None,
        },
        Grantee::Extension => cast.extension.and_then(|extension| extension.principal.clone()),
    };
    let grant = RoleGrant { role: need.role, scope: scope?, principal: principal? };
    let is_met = |assignment: &RoleAssignment| {
        grant.is_met_by(assignment) || need.or.iter().any(|role| grant.is_met_by_role(role, assignment))
    };
    (!existing.iter().any(is_met)).then_some(grant)
}

/// The key vault, if it goes by roles; one that goes by access policies has to have the right one.
fn readable<'a>(
    datasource: Datasource<'_>,
    found: Option<&'a KeyVault>,
    principal: &str,
) -> Result<Option<&'a KeyVault>, Impossible> {
    let Some(key_vault) = found else {
        return Err(Impossible::new(
            "KeyVaultNotFound",
            format!(
                "the key vault that holds the secret of database `{}` is not there, or the function app may not see it",
                datasource.id.name()
            ),
            "correct the secret's identifier in the tag, or give the function app Reader on the key vault",
        ));
    };
    key_vault.governed_by_roles(principal)
}

/// The extension, if it is installed and works.
fn working<'a>(
    datasource: Datasource<'_>,
    found: Option<&'a BackupExtension>,
) -> Result<&'a BackupExtension, Impossible> {
    let cluster = datasource.id.name();
    let Some(extension) = found else {
        return Err(Impossible::new(
            "BackupExtensionMissing",
            format!("cluster `{cluster}` has no backup extension, which does the work inside it"),
            format!("run `{}`", install(datasource.id)),
        ));
    };
    let is_whole = extension.principal.is_some() && extension.account.is_some();
    if extension.is_healthy() && is_whole {
        return Ok(extension);
    }
    let (code, problem) = if extension.is_being_made() {
        ("BackupExtensionNotReady", "is still being installed".to_owned())
    } else if !extension.is_healthy() {
        let errors = extension.errors.join("; ");
        ("BackupExtensionUnhealthy", format!("is in state {}: {errors}", extension.state))
    } else {
        ("BackupExtensionUnhealthy", "has no identity, or names no storage account".to_owned())
    };
    Err(Impossible::new(
        code,
        format!("the backup extension `{}` of cluster `{cluster}` {problem}", extension.name),
        format!(
            "see `az k8s-extension show --cluster-type managedClusters --cluster-name {cluster} --resource-group {} --name {}`; the next sweep tries again",
            datasource.id.resource_group().unwrap_or_default(),
            extension.name
        ),
    ))
}

/// The command that installs the extension, as Azure documents it.
fn install(cluster: &ResourceId) -> String {
    format!(
        "az k8s-extension create --name azure-aks-backup --extension-type microsoft.dataprotection.kubernetes \
         --scope cluster --cluster-type managedClusters --cluster-name {} --resource-group {} --release-train stable \
         --configuration-settings blobContainer=<container> storageAccount=<account> \
         storageAccountResourceGroup=<group> storageAccountSubscriptionId={}",
        cluster.name(),
        cluster.resource_group().unwrap_or_default(),
        cluster.subscription()
    )
}

#[cfg(test)]
mod tests;

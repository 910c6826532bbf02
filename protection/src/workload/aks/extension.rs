//! The backup extension of a cluster: what is wrong with it, and what helps.

use super::cluster::BackupExtension;
use crate::impossible::Impossible;
use crate::{ResourceId, shell};

/// The extension, if it is installed and works.
pub(crate) fn working<'a>(
    datasource: &ResourceId,
    found: Option<&'a BackupExtension>,
) -> Result<&'a BackupExtension, Impossible> {
    let cluster = datasource.name();
    let Some(extension) = found else {
        return Err(Impossible::new(
            "BackupExtensionMissing",
            format!("cluster `{cluster}` has no backup extension, which does the work inside it"),
            format!("run `{}`", install(datasource)),
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
            "see `az k8s-extension show --cluster-type managedClusters --cluster-name {cluster} --resource-group {} --name {}`",
            shell::word(datasource.resource_group().unwrap_or_default()),
            shell::word(&extension.name)
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
        shell::word(cluster.name()),
        shell::word(cluster.resource_group().unwrap_or_default()),
        cluster.subscription()
    )
}

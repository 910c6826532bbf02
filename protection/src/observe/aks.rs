//! Reads what is installed in a Kubernetes cluster, and who may come in.

use crate::ports::{Azure, ObservedResource};
use crate::restore::ClusterGround;
use crate::workload::Dependencies;
use crate::workload::aks::{ClusterIdentity, is_stopped};
use crate::{AzureError, ResourceId};

/// Reads what takes part in the protection of a cluster.
pub(super) async fn dependencies(azure: &dyn Azure, id: &ResourceId) -> Result<Dependencies, AzureError> {
    Ok(Dependencies::Cluster {
        extension: azure.backup_extension(id).await?,
        access: azure.trusted_access(id).await?,
    })
}

/// Reads what a restore finds in a cluster: what is installed, and who may come in.
pub(super) async fn for_restore(
    azure: &dyn Azure,
    id: &ResourceId,
    observed: &ObservedResource,
) -> Result<ClusterGround, AzureError> {
    Ok(ClusterGround {
        identity: ClusterIdentity::of(&observed.resource),
        is_stopped: is_stopped(&observed.resource),
        extension: azure.backup_extension(id).await?,
        access: azure.trusted_access(id).await?,
    })
}

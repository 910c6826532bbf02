//! What a restore finds in the cluster that it goes to.

use crate::impossible::Impossible;
use crate::ports::{Azure, ObservedResource};
use crate::roles::RoleAssignment;
use crate::workload::aks::{self, BackupExtension, ClusterIdentity, TrustedAccess};
use crate::{AzureError, ResourceId};

/// A cluster, as far as it has to be prepared for a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterGround {
    /// The identity that it acts with; none with a service principal.
    pub identity: Option<ClusterIdentity>,
    /// Whether it is stopped.
    pub is_stopped: bool,
    /// Its backup extension, if it is there.
    pub extension: Option<BackupExtension>,
    /// Who may come in.
    pub access: Vec<TrustedAccess>,
}

impl ClusterGround {
    /// Reads what is installed in a cluster, and who may come in.
    pub(super) async fn observe(
        azure: &dyn Azure,
        id: &ResourceId,
        observed: &ObservedResource,
    ) -> Result<Self, AzureError> {
        Ok(Self {
            identity: ClusterIdentity::of(&observed.resource),
            is_stopped: aks::is_stopped(&observed.resource),
            extension: azure.backup_extension(id).await?,
            access: azure.trusted_access(id).await?,
        })
    }

    /// The roles of the cluster and of its extension, wherever a restore needs them.
    pub(super) async fn roles(
        &self,
        azure: &dyn Azure,
        snapshot_group: Option<&ResourceId>,
    ) -> Result<Vec<RoleAssignment>, AzureError> {
        let mut roles = Vec::new();
        if let Some((ClusterIdentity(identity), group)) = self.identity.as_ref().zip(snapshot_group) {
            roles.extend(azure.role_assignments(group.subscription(), identity).await?);
        }
        let extension = self.extension.as_ref();
        if let Some((principal, account)) =
            extension.and_then(|one| one.principal.as_ref().zip(one.account.as_ref()))
        {
            roles.extend(azure.role_assignments(account.subscription(), principal).await?);
        }
        Ok(roles)
    }

    /// The object id of its identity, if the cluster runs and has one.
    pub(super) fn ready(&self, id: &ResourceId) -> Result<&str, Impossible> {
        let (name, group) = (id.name(), id.resource_group().unwrap_or_default());
        if self.is_stopped {
            return Err(Impossible::new(
                "UserErrorKubernetesBackupClusterIsStopped",
                format!("cluster `{name}` is stopped, and Azure Backup restores only to a cluster that runs"),
                format!("start it: `az aks start --name {name} --resource-group {group}`"),
            ));
        }
        match &self.identity {
            Some(ClusterIdentity(identity)) => Ok(identity),
            None => Err(Impossible::new(
                "ClusterWithoutIdentity",
                format!("cluster `{name}` has no managed identity, so it cannot take a restore"),
                format!(
                    "give it one: `az aks update --name {name} --resource-group {group} --enable-managed-identity`"
                ),
            )),
        }
    }
}

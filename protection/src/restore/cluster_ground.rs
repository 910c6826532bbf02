//! What a restore finds in the cluster that it goes to.

use crate::impossible::Impossible;
use crate::workload::aks::{BackupExtension, ClusterIdentity, TrustedAccess};
use crate::{ResourceId, shell};

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
    /// Whose roles matter for a restore, beside those of the vault's identity, and in which subscription.
    pub(crate) fn holders<'a>(&'a self, snapshot_group: Option<&'a ResourceId>) -> Vec<(&'a str, &'a str)> {
        let own = self.identity.as_ref().zip(snapshot_group);
        let own = own.map(|(ClusterIdentity(identity), group)| (group.subscription(), identity.as_str()));
        let extension = self.extension.as_ref();
        let extension = extension.and_then(|one| one.principal.as_ref().zip(one.account.as_ref()));
        let extension = extension.map(|(principal, account)| (account.subscription(), principal.as_str()));
        own.into_iter().chain(extension).collect()
    }

    /// The object id of its identity, if the cluster runs and has one.
    pub(super) fn ready(&self, id: &ResourceId) -> Result<&str, Impossible> {
        let (name, group) = (id.name(), shell::word(id.resource_group().unwrap_or_default()));
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

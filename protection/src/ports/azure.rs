//! All of Azure: Resource Manager, the estate, and Azure Backup in each family of vaults.

use super::{Arm, Backups, Estate, InstancesOf, Pace};
use crate::family::Family;
use crate::instance::{BackupInstance, ProtectionState};
use crate::vault::Vault;
use crate::{AzureError, ResourceId, Workload};

/// All of Azure that a reconcile pass asks.
pub trait Azure: Arm + Estate + Pace {
    /// Azure Backup as the vaults of one family offer it.
    fn backups(&self, family: Family) -> Box<dyn Backups + '_>;
}

impl dyn Azure + '_ {
    /// Whether a resource is there; one whose provider a subscription has never used is not.
    pub async fn is_there(&self, id: &ResourceId) -> Result<bool, AzureError> {
        match self.resource(id).await {
            Ok(found) => Ok(found.is_some()),
            Err(AzureError::Refused { refusal, .. })
                if refusal.status == 404 || refusal.is("MissingSubscriptionRegistration") =>
            {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Azure Backup as it keeps the vault that this is, or lies in.
    pub fn backups_of(&self, id: &ResourceId) -> Result<Box<dyn Backups + '_>, AzureError> {
        match Family::of(id) {
            Some(family) => Ok(self.backups(family)),
            None => Err(AzureError::Unsendable {
                action: format!("ask Azure Backup for `{}`", id.name()),
                detail: format!("`{id}` does not lie in a vault"),
            }),
        }
    }

    /// Every vault of a subscription, family by family.
    pub async fn vaults(&self, subscription: &str) -> Result<Vec<Vault>, AzureError> {
        let mut found = Vec::new();
        for family in Workload::families() {
            found.extend(self.backups(family).vaults(subscription).await?);
        }
        Ok(found)
    }

    /// The instances of a datasource in every family that has a workload for it; all families for a type that no
    /// workload covers, which may have been backed up by another tool.
    pub async fn instances_of(&self, of: &InstancesOf<'_>) -> Result<Vec<BackupInstance>, AzureError> {
        let mut found = Vec::new();
        for family in Workload::families_of(of.datasource.resource_type()) {
            found.extend(self.backups(family).instances_of(of).await?);
        }
        Ok(found)
    }

    /// Instances of a vault that were deleted softly, in that state whatever the list shows.
    pub async fn deleted_instances(&self, vault: &ResourceId) -> Result<Vec<BackupInstance>, AzureError> {
        let deleted = self.backups_of(vault)?.deleted_instances(vault).await?;
        let soft_deleted = |one| BackupInstance { state: ProtectionState::SoftDeleted, ..one };
        Ok(deleted.into_iter().map(soft_deleted).collect())
    }
}

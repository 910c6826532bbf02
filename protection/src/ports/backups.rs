//! Azure Backup: vaults, policies, instances, jobs.

use async_trait::async_trait;

use crate::alteration::{Alteration, PolicyMove};
use crate::instance::{BackupInstance, InstanceSpec};
use crate::job::Job;
use crate::operation::Started;
use crate::points::RecoveryPoint;
use crate::policy::{Policy, PolicySpec};
use crate::vault::{Vault, VaultSpec};
use crate::workload::Preparation;
use crate::{AzureError, ResourceId};

/// Azure Backup: what protects, and how it is changed.
#[async_trait]
pub trait Backups: Send + Sync {
    /// Every Backup vault of a subscription.
    async fn vaults(&self, subscription: &str) -> Result<Vec<Vault>, AzureError>;
    /// One Backup vault, or `None`.
    async fn vault(&self, id: &ResourceId) -> Result<Option<Vault>, AzureError>;
    /// Creates a Backup vault with a system-assigned identity.
    async fn create_vault(&self, spec: &VaultSpec) -> Result<Started, AzureError>;
    /// Gives a vault a system-assigned identity beside those that it has.
    async fn give_identity(&self, vault: &ResourceId) -> Result<Started, AzureError>;
    /// Backup instances that name this resource, in any vault.
    async fn instances_of(&self, datasource: &ResourceId) -> Result<Vec<BackupInstance>, AzureError>;
    /// One backup instance, or `None`.
    async fn instance(&self, id: &ResourceId) -> Result<Option<BackupInstance>, AzureError>;
    /// Every backup policy of a vault; those that cannot be understood are left out.
    async fn policies(&self, vault: &ResourceId) -> Result<Vec<Policy>, AzureError>;
    /// One backup policy, or `None`.
    async fn policy(&self, id: &ResourceId) -> Result<Option<Policy>, AzureError>;
    /// Creates or replaces a backup policy.
    async fn put_policy(&self, id: &ResourceId, spec: &PolicySpec) -> Result<(), AzureError>;
    /// Prepares a datasource, or what takes part in its protection.
    async fn prepare(&self, preparation: &Preparation) -> Result<Started, AzureError>;
    /// Starts `validateForBackup`.
    async fn validate(&self, spec: &InstanceSpec) -> Result<Started, AzureError>;
    /// Creates or updates a backup instance.
    async fn put_instance(&self, spec: &InstanceSpec) -> Result<Started, AzureError>;
    /// Starts `validateForModifyBackup` for an instance with another policy.
    async fn validate_move(&self, change: &PolicyMove) -> Result<Started, AzureError>;
    /// Writes an instance again, as Azure shows it but for its policy.
    async fn move_instance(&self, change: &PolicyMove) -> Result<Started, AzureError>;
    /// Stops, suspends, resumes or deletes an instance.
    async fn alter(&self, instance: &ResourceId, alteration: Alteration) -> Result<Started, AzureError>;
    /// Brings back an instance that was deleted softly; `None` if there is nothing to bring back.
    async fn undelete(&self, instance: &ResourceId) -> Result<Option<Started>, AzureError>;
    /// Instances of a vault that were deleted softly.
    async fn deleted_instances(&self, vault: &ResourceId) -> Result<Vec<BackupInstance>, AzureError>;
    /// Starts an on-demand backup by the named rule of the instance's policy.
    async fn backup(
        &self,
        instance: &ResourceId,
        rule: &str,
        retention_tag: Option<&str>,
    ) -> Result<Started, AzureError>;
    /// Every job of a vault that Azure still lists.
    async fn jobs(&self, vault: &ResourceId) -> Result<Vec<Job>, AzureError>;
    /// One job, or `None`.
    async fn job(&self, id: &ResourceId) -> Result<Option<Job>, AzureError>;
    /// Recovery points of a backup instance.
    async fn recovery_points(&self, instance: &ResourceId) -> Result<Vec<RecoveryPoint>, AzureError>;
}

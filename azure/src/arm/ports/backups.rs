//! The port [`Backups`].

use async_trait::async_trait;
use holdfast_protection::alteration::{Alteration, PolicyMove};
use holdfast_protection::instance::{BackupInstance, InstanceSpec};
use holdfast_protection::job::Job;
use holdfast_protection::operation::Started;
use holdfast_protection::points::RecoveryPoint;
use holdfast_protection::policy::{Policy, PolicySpec};
use holdfast_protection::ports::Backups;
use holdfast_protection::vault::{Vault, VaultSpec};
use holdfast_protection::workload::Preparation;
use holdfast_protection::{AzureError, ResourceId};

use super::super::memory::Memory;
use super::super::transport::ArmClient;
use super::super::{alterations, backups, clusters, instances, jobs, points, policies, vaults};

#[async_trait]
impl Backups for ArmClient {
    async fn vaults(&self, subscription: &str) -> Result<Vec<Vault>, AzureError> {
        let read = vaults::list(self, subscription);
        match self.memory() {
            Some((memory, now)) => {
                memory.vaults.or_read(Memory::of_subscription(subscription), now, read).await
            }
            None => read.await,
        }
    }

    async fn vault(&self, id: &ResourceId) -> Result<Option<Vault>, AzureError> {
        vaults::get(self, id).await
    }

    async fn create_vault(&self, spec: &VaultSpec) -> Result<Started, AzureError> {
        vaults::create(self, spec).await
    }

    async fn give_identity(&self, vault: &ResourceId) -> Result<Started, AzureError> {
        vaults::give_identity(self, vault).await
    }

    async fn instances_of(&self, datasource: &ResourceId) -> Result<Vec<BackupInstance>, AzureError> {
        let instances = instances::of_datasource(self, datasource).await?;
        self.saw(&instances);
        Ok(instances)
    }

    async fn instance(&self, id: &ResourceId) -> Result<Option<BackupInstance>, AzureError> {
        match self.seen(id) {
            Some(instance) => Ok(Some(instance)),
            None => instances::get(self, id).await,
        }
    }

    async fn policies(&self, vault: &ResourceId) -> Result<Vec<Policy>, AzureError> {
        let read = policies::list(self, vault);
        match self.memory() {
            Some((memory, now)) => memory.policies.or_read(vault.key(), now, read).await,
            None => read.await,
        }
    }

    async fn policy(&self, id: &ResourceId) -> Result<Option<Policy>, AzureError> {
        policies::get(self, id).await
    }

    async fn put_policy(&self, id: &ResourceId, spec: &PolicySpec) -> Result<(), AzureError> {
        policies::put(self, id, spec).await
    }

    async fn prepare(&self, preparation: &Preparation) -> Result<Started, AzureError> {
        match preparation {
            Preparation::TrustedAccess(binding) => clusters::bind(self, binding).await,
        }
    }

    async fn validate(&self, spec: &InstanceSpec) -> Result<Started, AzureError> {
        instances::validate(self, spec).await
    }

    async fn put_instance(&self, spec: &InstanceSpec) -> Result<Started, AzureError> {
        instances::put(self, spec).await
    }

    async fn validate_move(&self, change: &PolicyMove) -> Result<Started, AzureError> {
        alterations::validate(self, change).await
    }

    async fn move_instance(&self, change: &PolicyMove) -> Result<Started, AzureError> {
        alterations::write(self, change).await
    }

    async fn alter(&self, instance: &ResourceId, alteration: Alteration) -> Result<Started, AzureError> {
        alterations::alter(self, instance, alteration).await
    }

    async fn undelete(&self, instance: &ResourceId) -> Result<Option<Started>, AzureError> {
        alterations::undelete(self, instance).await
    }

    async fn deleted_instances(&self, vault: &ResourceId) -> Result<Vec<BackupInstance>, AzureError> {
        alterations::deleted(self, vault).await
    }

    async fn backup(
        &self,
        instance: &ResourceId,
        rule: &str,
        retention_tag: Option<&str>,
    ) -> Result<Started, AzureError> {
        backups::start(self, instance, rule, retention_tag).await
    }

    async fn jobs(&self, vault: &ResourceId) -> Result<Vec<Job>, AzureError> {
        jobs::list(self, vault).await
    }

    async fn job(&self, id: &ResourceId) -> Result<Option<Job>, AzureError> {
        jobs::get(self, id).await
    }

    async fn recovery_points(&self, instance: &ResourceId) -> Result<Vec<RecoveryPoint>, AzureError> {
        points::list(self, instance).await
    }
}

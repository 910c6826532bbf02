//! Azure Resource Manager: one client, one file per area of Azure.

mod absence;
mod alterations;
mod api_version;
mod backups;
mod canonical;
mod children;
mod clusters;
mod containers;
mod estate;
mod groups;
mod instances;
mod jobs;
mod key_vaults;
mod memory;
mod operation;
mod points;
mod policies;
mod refusal;
mod resource_graph;
mod resources;
mod restores;
mod retry;
mod role_assignments;
mod surroundings;
mod throttle;
mod transport;
mod vaults;
mod wire;

use std::collections::BTreeMap;

use async_trait::async_trait;
use holdfast_protection::alteration::{Alteration, PolicyMove};
use holdfast_protection::cluster::{BackupExtension, TrustedAccess, TrustedAccessBinding};
use holdfast_protection::importance::Importance;
use holdfast_protection::instance::{BackupInstance, InstanceSpec};
use holdfast_protection::job::Job;
use holdfast_protection::lock::Lock;
use holdfast_protection::operation::{OperationState, OperationUrl, Started};
use holdfast_protection::points::RecoveryPoint;
use holdfast_protection::policy::{Policy, PolicySpec};
use holdfast_protection::ports::{Azure, ObservedResource, Room};
use holdfast_protection::roles::{RoleAssignment, RoleGrant};
use holdfast_protection::secret::KeyVault;
use holdfast_protection::snapshot_group::{GroupSpec, SnapshotGroup};
use holdfast_protection::vault::{Vault, VaultSpec};
use holdfast_protection::{AzureError, ResourceId};

use memory::Memory;

pub use canonical::canonical;
pub use resources::resource_of;
pub(crate) use transport::chain;
pub use transport::{ArmClient, ArmOptions};

#[async_trait]
impl Azure for ArmClient {
    fn admit(&self, subscription: &str, importance: Importance) -> Result<Room, AzureError> {
        match self.governor.admit(subscription, importance) {
            Ok(promise) => Ok(Room::new(promise)),
            Err(retry_after) => {
                let action = format!("begin a look in subscription `{subscription}`");
                Err(AzureError::Throttled { action, retry_after })
            }
        }
    }

    fn forget(&self, subscription: &str) -> bool {
        self.look_began.is_some_and(|moment| self.memory.forget(subscription, moment))
    }

    async fn resource(&self, id: &ResourceId) -> Result<Option<ObservedResource>, AzureError> {
        resources::get(self, id).await
    }

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

    async fn snapshot_group(&self, id: &ResourceId) -> Result<Option<SnapshotGroup>, AzureError> {
        let read = groups::get(self, id);
        match self.memory() {
            Some((memory, now)) => memory.snapshot_groups.or_read(id.key(), now, read).await,
            None => read.await,
        }
    }

    async fn create_group(&self, spec: &GroupSpec) -> Result<(), AzureError> {
        groups::create(self, spec).await
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

    async fn role_assignments(
        &self,
        subscription: &str,
        principal: &str,
    ) -> Result<Vec<RoleAssignment>, AzureError> {
        let read = role_assignments::of_principal(self, subscription, principal);
        match self.memory() {
            Some((memory, now)) => {
                memory.roles.or_read(Memory::of_principal(subscription, principal), now, read).await
            }
            None => read.await,
        }
    }

    async fn grant(&self, grant: &RoleGrant) -> Result<(), AzureError> {
        role_assignments::grant(self, grant).await?;
        self.memory.granted(grant);
        Ok(())
    }

    async fn containers(&self, account: &ResourceId) -> Result<Vec<String>, AzureError> {
        containers::list(self, account).await
    }

    async fn key_vault(&self, name: &str) -> Result<Option<KeyVault>, AzureError> {
        key_vaults::named(self, name).await
    }

    async fn backup_extension(&self, cluster: &ResourceId) -> Result<Option<BackupExtension>, AzureError> {
        clusters::backup_extension(self, cluster).await
    }

    async fn trusted_access(&self, cluster: &ResourceId) -> Result<Vec<TrustedAccess>, AzureError> {
        clusters::trusted_access(self, cluster).await
    }

    async fn bind_trusted_access(&self, binding: &TrustedAccessBinding) -> Result<Started, AzureError> {
        clusters::bind(self, binding).await
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

    async fn operation(&self, url: &OperationUrl) -> Result<OperationState, AzureError> {
        operation::poll(self, url).await
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

    async fn resources_of_types(
        &self,
        subscriptions: &[String],
        types: &[&str],
    ) -> Result<Vec<ResourceId>, AzureError> {
        resource_graph::resources_of_types(self, subscriptions, types).await
    }

    async fn protected_datasources(&self, subscriptions: &[String]) -> Result<Vec<ResourceId>, AzureError> {
        resource_graph::protected_datasources(self, subscriptions).await
    }

    async fn instances_in_graph(&self, datasource: &ResourceId) -> Result<Vec<ResourceId>, AzureError> {
        resource_graph::instances_of(self, datasource).await
    }

    async fn tags_of(&self, scope: &str) -> Result<Option<BTreeMap<String, String>>, AzureError> {
        surroundings::tags_of(self, scope).await
    }

    async fn locks(&self, subscription: &str) -> Result<Vec<Lock>, AzureError> {
        surroundings::locks(self, subscription).await
    }

    async fn instance_counts(&self, subscription: &str) -> Result<BTreeMap<String, u32>, AzureError> {
        let read = resource_graph::instance_counts(self, subscription);
        match self.memory() {
            Some((memory, now)) => {
                memory.instance_counts.or_read(Memory::of_subscription(subscription), now, read).await
            }
            None => read.await,
        }
    }
}

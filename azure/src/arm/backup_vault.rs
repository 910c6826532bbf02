//! Azure Backup in Backup vaults: Microsoft.DataProtection.

mod backups;
mod instances;
mod jobs;
mod lifecycle;
mod points;
mod policies;
mod restores;
mod vaults;

use async_trait::async_trait;
use holdfast_protection::backup::BackupOrder;
use holdfast_protection::family::Family;
use holdfast_protection::guard::Guard;
use holdfast_protection::instance::{BackupInstance, InstanceSpec};
use holdfast_protection::job::Job;
use holdfast_protection::lifecycle::{LifecycleChange, PolicyMove};
use holdfast_protection::operation::Started;
use holdfast_protection::points::{Choice, RecoveryPoint, TimeRange};
use holdfast_protection::policy::{Policy, PolicySpec};
use holdfast_protection::ports::{Backups, InstancesOf, IsMeant};
use holdfast_protection::restore::{DataDirectory, DataFile, RestoreOrder};
use holdfast_protection::tier::DataStore;
use holdfast_protection::vault::{Vault, VaultSpec};
use holdfast_protection::vault_state::{Obstacle, VaultState, instance_in_the_way};
use holdfast_protection::workload::in_machine::{Automatic, DatabaseKind, Host, Hosted};
use holdfast_protection::workload::{Preparation, Protectable};
use holdfast_protection::{AzureError, Location, ResourceId};

pub(super) use jobs::of_row as job_of_row;

use super::clusters;
use super::guards;
use super::memory::Memory;
use super::transport::ArmClient;

/// What protects a resource, as a row of Resource Graph shows it.
pub(super) fn exported_instance(row: serde_json::Value) -> Option<BackupInstance> {
    instances::exported(row)
}

/// A policy of a vault of this family as a row of Resource Graph shows it.
pub(super) fn exported_policy(row: serde_json::Value) -> Option<Policy> {
    policies::exported(row)
}

/// A vault of this family as a row of Resource Graph shows it.
pub(super) fn exported_vault(row: serde_json::Value) -> Option<VaultState> {
    vaults::exported(row)
}

/// The port [`Backups`] of this family.
pub(super) struct BackupVaults<'a>(pub(super) &'a ArmClient);

#[async_trait]
impl Backups for BackupVaults<'_> {
    async fn vaults(&self, subscription: &str) -> Result<Vec<Vault>, AzureError> {
        let read = vaults::list(self.0, subscription);
        match self.0.memory() {
            Some((memory, now)) => {
                memory.vaults.or_read(Memory::of_vaults(Family::BackupVault, subscription), now, read).await
            }
            None => read.await,
        }
    }

    async fn vault(&self, id: &ResourceId) -> Result<Option<Vault>, AzureError> {
        vaults::get(self.0, id).await
    }

    async fn create_vault(&self, spec: &VaultSpec) -> Result<Started, AzureError> {
        vaults::create(self.0, spec).await
    }

    async fn give_identity(&self, vault: &ResourceId) -> Result<Started, AzureError> {
        vaults::give_identity(self.0, vault).await
    }

    async fn instances_of(&self, of: &InstancesOf<'_>) -> Result<Vec<BackupInstance>, AzureError> {
        let instances = instances::of_datasource(self.0, of.datasource).await?;
        self.0.saw(&instances);
        Ok(instances)
    }

    async fn instance(&self, id: &ResourceId) -> Result<Option<BackupInstance>, AzureError> {
        match self.0.seen(id) {
            Some(instance) => Ok(Some(instance)),
            None => instances::get(self.0, id).await,
        }
    }

    async fn policies(&self, vault: &ResourceId) -> Result<Vec<Policy>, AzureError> {
        let read = policies::list(self.0, vault);
        match self.0.memory() {
            Some((memory, now)) => memory.policies.or_read(vault.key(), now, read).await,
            None => read.await,
        }
    }

    async fn policy(&self, id: &ResourceId) -> Result<Option<Policy>, AzureError> {
        policies::get(self.0, id).await
    }

    async fn put_policy(&self, id: &ResourceId, spec: &PolicySpec) -> Result<(), AzureError> {
        policies::put(self.0, id, spec).await
    }

    /// Backup vaults register nothing: what is there can be protected.
    async fn protectable(&self, _: &ResourceId, datasource: &ResourceId) -> Result<Protectable, AzureError> {
        Ok(Protectable::Item(datasource.name().to_owned()))
    }

    /// Nor do they know machines.
    async fn host(&self, _: &InstancesOf<'_>) -> Result<Option<Host>, AzureError> {
        Ok(None)
    }

    async fn automatic(&self, _: &Host) -> Result<Vec<Automatic>, AzureError> {
        Ok(Vec::new())
    }

    async fn hosted(&self, _: &Host, _: DatabaseKind) -> Result<Vec<Hosted>, AzureError> {
        Ok(Vec::new())
    }

    async fn prepare(&self, preparation: &Preparation) -> Result<Started, AzureError> {
        match preparation {
            Preparation::TrustedAccess(binding) => clusters::bind(self.0, binding).await,
            Preparation::Register(_)
            | Preparation::Inquire(_)
            | Preparation::RegisterMachine(_)
            | Preparation::InquireMachine(_)
            | Preparation::Automatic(_) => Err(AzureError::Unsendable {
                action: preparation.to_string(),
                detail: "nothing is registered with Backup vaults".to_owned(),
            }),
        }
    }

    async fn validate(&self, spec: &InstanceSpec) -> Result<Started, AzureError> {
        instances::validate(self.0, spec).await
    }

    async fn put_instance(&self, spec: &InstanceSpec) -> Result<Started, AzureError> {
        instances::put(self.0, spec).await
    }

    async fn validate_move(&self, change: &PolicyMove) -> Result<Started, AzureError> {
        lifecycle::validate(self.0, change).await
    }

    async fn move_instance(&self, change: &PolicyMove) -> Result<Started, AzureError> {
        lifecycle::write(self.0, change).await
    }

    async fn alter(&self, instance: &ResourceId, lifecycle: LifecycleChange) -> Result<Started, AzureError> {
        lifecycle::alter(self.0, instance, lifecycle).await
    }

    async fn undelete(&self, instance: &ResourceId) -> Result<Option<Started>, AzureError> {
        lifecycle::undelete(self.0, instance).await
    }

    async fn deleted_instances(&self, vault: &ResourceId) -> Result<Vec<BackupInstance>, AzureError> {
        lifecycle::deleted(self.0, vault).await
    }

    async fn back_up(&self, order: &BackupOrder) -> Result<Started, AzureError> {
        backups::start(self.0, order).await
    }

    async fn jobs(&self, vault: &ResourceId) -> Result<Vec<Job>, AzureError> {
        jobs::list(self.0, vault).await
    }

    async fn job(&self, id: &ResourceId) -> Result<Option<Job>, AzureError> {
        jobs::get(self.0, id).await
    }

    async fn points(&self, instance: &ResourceId) -> Result<Vec<RecoveryPoint>, AzureError> {
        points::list(self.0, instance).await
    }

    async fn has_point(&self, instance: &ResourceId, is_meant: &IsMeant<'_>) -> Result<bool, AzureError> {
        points::has(self.0, instance, is_meant).await
    }

    async fn point(&self, instance: &ResourceId, id: &str) -> Result<Option<RecoveryPoint>, AzureError> {
        points::get(self.0, instance, id).await
    }

    async fn restorable_ranges(
        &self,
        instance: &ResourceId,
        store: DataStore,
        within: Option<TimeRange>,
    ) -> Result<Vec<TimeRange>, AzureError> {
        points::ranges(self.0, instance, store, within).await
    }

    async fn secondary_points(
        &self,
        instance: &ResourceId,
        secondary: &Location,
        source: &Location,
    ) -> Result<Vec<RecoveryPoint>, AzureError> {
        points::secondary(self.0, instance, secondary, source).await
    }

    async fn data_files(&self, _: &ResourceId, _: &Choice) -> Result<Vec<DataFile>, AzureError> {
        Ok(Vec::new())
    }

    async fn data_directories(&self, _: &Host) -> Result<Vec<DataDirectory>, AzureError> {
        Ok(Vec::new())
    }

    async fn validate_restore(&self, order: &RestoreOrder) -> Result<Started, AzureError> {
        restores::validate(self.0, order).await
    }

    async fn restore(&self, order: &RestoreOrder) -> Result<Started, AzureError> {
        restores::start(self.0, order).await
    }

    async fn vault_states(&self, subscription: &str) -> Result<Vec<VaultState>, AzureError> {
        vaults::states(self.0, subscription).await
    }

    async fn obstacles(&self, vault: &ResourceId) -> Result<Vec<Obstacle>, AzureError> {
        Ok(instances::of_vault(self.0, vault).await?.iter().map(instance_in_the_way).collect())
    }

    async fn delete_vault(&self, vault: &ResourceId) -> Result<Started, AzureError> {
        vaults::delete(self.0, vault).await
    }

    async fn guard(&self, vault: &ResourceId) -> Result<Option<Guard>, AzureError> {
        guards::guard(self.0, Family::BackupVault, vault).await
    }

    async fn secondary_jobs(
        &self,
        vault: &ResourceId,
        secondary: &Location,
        source: &Location,
    ) -> Result<Vec<Job>, AzureError> {
        jobs::secondary(self.0, vault, secondary, source).await
    }

    async fn secondary_job(
        &self,
        vault: &ResourceId,
        secondary: &Location,
        source: &Location,
        job: &str,
    ) -> Result<Option<Job>, AzureError> {
        jobs::secondary_one(self.0, vault, (secondary, source), job).await
    }
}

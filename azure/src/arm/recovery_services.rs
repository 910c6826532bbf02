//! Azure Backup in Recovery Services vaults: Microsoft.RecoveryServices.

mod backups;
mod containers;
mod items;
mod jobs;
mod pairs;
mod points;
mod policies;
mod restores;
mod secondary;
mod sessions;
mod vaults;
mod version;

use async_trait::async_trait;
use holdfast_protection::alteration::{Alteration, PolicyMove};
use holdfast_protection::backup::BackupOrder;
use holdfast_protection::family::Family;
use holdfast_protection::file_session::{FileSession, SessionScript};
use holdfast_protection::guard::Guard;
use holdfast_protection::instance::{BackupInstance, InstanceSpec};
use holdfast_protection::job::Job;
use holdfast_protection::operation::{OperationUrl, Started};
use holdfast_protection::points::{RecoveryPoint, TimeRange};
use holdfast_protection::policy::{Policy, PolicySpec};
use holdfast_protection::ports::{Backups, InstancesOf};
use holdfast_protection::restore::RestoreOrder;
use holdfast_protection::tier::DataStore;
use holdfast_protection::vault::{Vault, VaultSpec};
use holdfast_protection::vault_state::{Obstacle, VaultState};
use holdfast_protection::workload::{Preparation, Protectable};
use holdfast_protection::{AzureError, Location, ResourceId};

use super::guards;
use super::memory::Memory;
use super::transport::ArmClient;

/// The port [`Backups`] of this family.
pub(super) struct RecoveryServices<'a>(pub(super) &'a ArmClient);

fn unsendable<T>(action: &str, detail: &str) -> Result<T, AzureError> {
    Err(AzureError::Unsendable { action: action.to_owned(), detail: detail.to_owned() })
}

#[async_trait]
impl Backups for RecoveryServices<'_> {
    async fn vaults(&self, subscription: &str) -> Result<Vec<Vault>, AzureError> {
        let read = vaults::list(self.0, subscription);
        match self.0.memory() {
            Some((memory, now)) => {
                let key = Memory::of_vaults(Family::RecoveryServices, subscription);
                memory.vaults.or_read(key, now, read).await
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

    /// Azure is asked in the region of the datasource; without one, only the index of what is protected can tell.
    async fn instances_of(&self, of: &InstancesOf<'_>) -> Result<Vec<BackupInstance>, AzureError> {
        let Some(location) = of.location else { return Ok(Vec::new()) };
        let instances = items::of_datasource(self.0, of.datasource, location).await?;
        self.0.saw(&instances);
        Ok(instances)
    }

    async fn instance(&self, id: &ResourceId) -> Result<Option<BackupInstance>, AzureError> {
        match self.0.seen(id) {
            Some(instance) => Ok(Some(instance)),
            None => items::get(self.0, id).await,
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

    /// A policy that nothing follows yet is there at once.
    async fn put_policy(&self, id: &ResourceId, spec: &PolicySpec) -> Result<(), AzureError> {
        policies::put(self.0, id, spec).await.map(drop)
    }

    async fn protectable(
        &self,
        vault: &ResourceId,
        datasource: &ResourceId,
    ) -> Result<Protectable, AzureError> {
        containers::protectable(self.0, vault, datasource).await
    }

    async fn prepare(&self, preparation: &Preparation) -> Result<Started, AzureError> {
        match preparation {
            Preparation::Register(registration) => containers::register(self.0, registration).await,
            Preparation::Inquire(inquiry) => containers::inquire(self.0, &inquiry.inquired).await,
            Preparation::TrustedAccess(_) => {
                unsendable(&preparation.to_string(), "no cluster lets these vaults in")
            }
        }
    }

    async fn validate(&self, spec: &InstanceSpec) -> Result<Started, AzureError> {
        items::validate(self.0, spec).await
    }

    async fn put_instance(&self, spec: &InstanceSpec) -> Result<Started, AzureError> {
        items::put(self.0, spec).await
    }

    async fn validate_move(&self, _: &PolicyMove) -> Result<Started, AzureError> {
        Ok(Started::Done)
    }

    async fn move_instance(&self, change: &PolicyMove) -> Result<Started, AzureError> {
        items::follow(self.0, change).await
    }

    async fn alter(&self, instance: &ResourceId, alteration: Alteration) -> Result<Started, AzureError> {
        items::alter(self.0, instance, alteration).await
    }

    async fn undelete(&self, instance: &ResourceId) -> Result<Option<Started>, AzureError> {
        items::undelete(self.0, instance).await
    }

    async fn deleted_instances(&self, vault: &ResourceId) -> Result<Vec<BackupInstance>, AzureError> {
        items::deleted(self.0, vault).await
    }

    async fn back_up(&self, order: &BackupOrder) -> Result<Started, AzureError> {
        match order {
            BackupOrder::Until { instance, expires } => backups::start(self.0, instance, *expires).await,
            BackupOrder::ByRule { instance, .. } => unsendable(
                &format!("back up protected item `{}`", instance.name()),
                "its policy has no rules to back up by",
            ),
        }
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

    async fn point(&self, instance: &ResourceId, id: &str) -> Result<Option<RecoveryPoint>, AzureError> {
        points::get(self.0, instance, id).await
    }

    /// Nothing here is backed up continuously.
    async fn restorable_ranges(
        &self,
        _: &ResourceId,
        _: DataStore,
        _: Option<TimeRange>,
    ) -> Result<Vec<TimeRange>, AzureError> {
        Ok(Vec::new())
    }

    async fn secondary_points(
        &self,
        instance: &ResourceId,
        _: &Location,
        _: &Location,
    ) -> Result<Vec<RecoveryPoint>, AzureError> {
        points::secondary(self.0, instance).await
    }

    async fn validate_restore(&self, order: &RestoreOrder) -> Result<Started, AzureError> {
        restores::validate(self.0, order).await
    }

    async fn restore(&self, order: &RestoreOrder) -> Result<Started, AzureError> {
        restores::start(self.0, order).await
    }

    async fn open_files(&self, session: &FileSession) -> Result<Started, AzureError> {
        sessions::open(self.0, session).await
    }

    async fn scripts(
        &self,
        session: &FileSession,
        operation: &OperationUrl,
    ) -> Result<Vec<SessionScript>, AzureError> {
        sessions::scripts(self.0, session, operation).await
    }

    async fn close_files(&self, session: &FileSession) -> Result<Started, AzureError> {
        sessions::close(self.0, session).await
    }

    async fn archive(&self, instance: &ResourceId, point: &str) -> Result<Started, AzureError> {
        points::archive(self.0, instance, point).await
    }

    async fn cancel(&self, job: &ResourceId) -> Result<Started, AzureError> {
        jobs::cancel(self.0, job).await
    }

    async fn vault_states(&self, subscription: &str) -> Result<Vec<VaultState>, AzureError> {
        vaults::states(self.0, subscription).await
    }

    async fn obstacles(&self, vault: &ResourceId) -> Result<Vec<Obstacle>, AzureError> {
        vaults::obstacles(self.0, vault).await
    }

    async fn delete_vault(&self, vault: &ResourceId) -> Result<Started, AzureError> {
        vaults::delete(self.0, vault).await
    }

    async fn guard(&self, vault: &ResourceId) -> Result<Option<Guard>, AzureError> {
        guards::guard(self.0, Family::RecoveryServices, vault).await
    }

    async fn secondary_jobs(
        &self,
        vault: &ResourceId,
        secondary: &Location,
        _: &Location,
    ) -> Result<Vec<Job>, AzureError> {
        jobs::secondary(self.0, vault, secondary).await
    }

    async fn secondary_job(
        &self,
        vault: &ResourceId,
        secondary: &Location,
        _: &Location,
        job: &str,
    ) -> Result<Option<Job>, AzureError> {
        jobs::secondary_one(self.0, vault, secondary, job).await
    }
}

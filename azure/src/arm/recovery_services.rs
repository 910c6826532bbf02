//! Azure Backup in Recovery Services vaults: Microsoft.RecoveryServices.
//!
//! No workload belongs to this family yet, so nothing asks it; whatever asks it all the same is told so.

use async_trait::async_trait;
use holdfast_protection::alteration::{Alteration, PolicyMove};
use holdfast_protection::backup::BackupOrder;
use holdfast_protection::instance::{BackupInstance, InstanceSpec};
use holdfast_protection::job::Job;
use holdfast_protection::operation::Started;
use holdfast_protection::points::{RecoveryPoint, TimeRange};
use holdfast_protection::policy::{Policy, PolicySpec};
use holdfast_protection::ports::{Backups, InstancesOf};
use holdfast_protection::restore::RestoreOrder;
use holdfast_protection::tier::DataStore;
use holdfast_protection::vault::{Vault, VaultSpec};
use holdfast_protection::workload::Preparation;
use holdfast_protection::{AzureError, Location, ResourceId};

use super::transport::ArmClient;

/// The port [`Backups`] of this family.
pub(super) struct RecoveryServices<'a>(
    #[expect(dead_code, reason = "nothing is asked yet")] pub(super) &'a ArmClient,
);

fn unsendable<T>(call: &str) -> Result<T, AzureError> {
    Err(AzureError::Unsendable {
        action: format!("{call} of Recovery Services"),
        detail: "this version protects nothing with Recovery Services vaults".to_owned(),
    })
}

#[async_trait]
impl Backups for RecoveryServices<'_> {
    async fn vaults(&self, _: &str) -> Result<Vec<Vault>, AzureError> {
        unsendable("vaults")
    }

    async fn vault(&self, _: &ResourceId) -> Result<Option<Vault>, AzureError> {
        unsendable("vault")
    }

    async fn create_vault(&self, _: &VaultSpec) -> Result<Started, AzureError> {
        unsendable("create vault")
    }

    async fn give_identity(&self, _: &ResourceId) -> Result<Started, AzureError> {
        unsendable("give identity")
    }

    async fn instances_of(&self, _: &InstancesOf<'_>) -> Result<Vec<BackupInstance>, AzureError> {
        unsendable("instances of")
    }

    async fn instance(&self, _: &ResourceId) -> Result<Option<BackupInstance>, AzureError> {
        unsendable("instance")
    }

    async fn policies(&self, _: &ResourceId) -> Result<Vec<Policy>, AzureError> {
        unsendable("policies")
    }

    async fn policy(&self, _: &ResourceId) -> Result<Option<Policy>, AzureError> {
        unsendable("policy")
    }

    async fn put_policy(&self, _: &ResourceId, _: &PolicySpec) -> Result<(), AzureError> {
        unsendable("put policy")
    }

    async fn prepare(&self, _: &Preparation) -> Result<Started, AzureError> {
        unsendable("prepare")
    }

    async fn validate(&self, _: &InstanceSpec) -> Result<Started, AzureError> {
        unsendable("validate")
    }

    async fn put_instance(&self, _: &InstanceSpec) -> Result<Started, AzureError> {
        unsendable("put instance")
    }

    async fn validate_move(&self, _: &PolicyMove) -> Result<Started, AzureError> {
        unsendable("validate move")
    }

    async fn move_instance(&self, _: &PolicyMove) -> Result<Started, AzureError> {
        unsendable("move instance")
    }

    async fn alter(&self, _: &ResourceId, _: Alteration) -> Result<Started, AzureError> {
        unsendable("alter")
    }

    async fn undelete(&self, _: &ResourceId) -> Result<Option<Started>, AzureError> {
        unsendable("undelete")
    }

    async fn deleted_instances(&self, _: &ResourceId) -> Result<Vec<BackupInstance>, AzureError> {
        unsendable("deleted instances")
    }

    async fn back_up(&self, _: &BackupOrder) -> Result<Started, AzureError> {
        unsendable("back up")
    }

    async fn jobs(&self, _: &ResourceId) -> Result<Vec<Job>, AzureError> {
        unsendable("jobs")
    }

    async fn job(&self, _: &ResourceId) -> Result<Option<Job>, AzureError> {
        unsendable("job")
    }

    async fn points(&self, _: &ResourceId) -> Result<Vec<RecoveryPoint>, AzureError> {
        unsendable("points")
    }

    async fn point(&self, _: &ResourceId, _: &str) -> Result<Option<RecoveryPoint>, AzureError> {
        unsendable("point")
    }

    async fn restorable_ranges(
        &self,
        _: &ResourceId,
        _: DataStore,
        _: Option<TimeRange>,
    ) -> Result<Vec<TimeRange>, AzureError> {
        unsendable("restorable ranges")
    }

    async fn secondary_points(
        &self,
        _: &ResourceId,
        _: &Location,
        _: &Location,
    ) -> Result<Vec<RecoveryPoint>, AzureError> {
        unsendable("secondary points")
    }

    async fn validate_restore(&self, _: &RestoreOrder) -> Result<Started, AzureError> {
        unsendable("validate restore")
    }

    async fn restore(&self, _: &RestoreOrder) -> Result<Started, AzureError> {
        unsendable("restore")
    }

    async fn secondary_jobs(
        &self,
        _: &ResourceId,
        _: &Location,
        _: &Location,
    ) -> Result<Vec<Job>, AzureError> {
        unsendable("secondary jobs")
    }

    async fn secondary_job(
        &self,
        _: &ResourceId,
        _: &Location,
        _: &Location,
        _: &str,
    ) -> Result<Option<Job>, AzureError> {
        unsendable("secondary job")
    }
}

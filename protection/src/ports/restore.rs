//! The door to what Azure Backup keeps, and to bringing it back.

use async_trait::async_trait;

use crate::job::Job;
use crate::operation::Started;
use crate::points::{RecoveryPoint, TimeRange};
use crate::restore::{RestoreOrder, RestoreSource, RestoreVault};
use crate::tier::DataStore;
use crate::{AzureError, Location, ResourceId};

/// Recovery points, restores, and both in the paired region.
#[async_trait]
pub trait AzureRestore: Send + Sync {
    /// What a backup instance says that a restore has to repeat, or `None` if there is no such instance.
    async fn source(&self, instance: &ResourceId) -> Result<Option<RestoreSource>, AzureError>;
    /// The vault, as far as it matters where it can restore to, or `None`.
    async fn restore_vault(&self, vault: &ResourceId) -> Result<Option<RestoreVault>, AzureError>;
    /// Every recovery point of an instance.
    async fn points(&self, instance: &ResourceId) -> Result<Vec<RecoveryPoint>, AzureError>;
    /// One recovery point, or `None`.
    async fn point(&self, instance: &ResourceId, id: &str) -> Result<Option<RecoveryPoint>, AzureError>;
    /// Spans of time to any moment of which continuous backup can go back.
    async fn restorable_ranges(
        &self,
        instance: &ResourceId,
        store: DataStore,
        within: Option<TimeRange>,
    ) -> Result<Vec<TimeRange>, AzureError>;
    /// Recovery points of an instance that the paired region has.
    async fn secondary_points(
        &self,
        instance: &ResourceId,
        secondary: &Location,
        source: &Location,
    ) -> Result<Vec<RecoveryPoint>, AzureError>;
    /// Starts the validation of a restore, in the region that is to do it.
    async fn validate_restore(&self, order: &RestoreOrder) -> Result<Started, AzureError>;
    /// Starts a restore, in the region that is to do it.
    async fn restore(&self, order: &RestoreOrder) -> Result<Started, AzureError>;
    /// Jobs of restores that the paired region does for a vault.
    async fn secondary_jobs(
        &self,
        vault: &ResourceId,
        secondary: &Location,
        source: &Location,
    ) -> Result<Vec<Job>, AzureError>;
    /// One of them, or `None`.
    async fn secondary_job(
        &self,
        vault: &ResourceId,
        secondary: &Location,
        source: &Location,
        job: &str,
    ) -> Result<Option<Job>, AzureError>;
    /// Names of the blob containers of a storage account, or `None` if there is no such account.
    async fn container_names(&self, account: &ResourceId) -> Result<Option<Vec<String>>, AzureError>;
}

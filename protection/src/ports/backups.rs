//! Azure Backup: vaults, policies, instances, jobs, recovery points, restores. Implemented once for each family.

use async_trait::async_trait;

use crate::backup::BackupOrder;
use crate::file_session::{FileSession, SessionScript};
use crate::guard::Guard;
use crate::instance::{BackupInstance, InstanceSpec};
use crate::job::Job;
use crate::lifecycle::{LifecycleChange, PolicyMove};
use crate::operation::{OperationUrl, Started};
use crate::points::{Choice, RecoveryPoint, TimeRange};
use crate::policy::{Policy, PolicySpec};
use crate::restore::{DataDirectory, DataFile, RestoreOrder};
use crate::tier::DataStore;
use crate::vault::{Vault, VaultSpec};
use crate::vault_state::{Obstacle, VaultState};
use crate::workload::in_machine::{Automatic, DatabaseKind, Host, Hosted};
use crate::workload::{Preparation, Protectable};
use crate::{AzureError, Location, ResourceId, Workload};

/// Which recovery points are meant. It has a name because `async_trait` gives each reference that it sees one lifetime
/// for the whole call, and a point is lent for less.
pub type IsMeant<'a> = dyn Fn(&RecoveryPoint) -> bool + Send + Sync + 'a;

/// Whose instances are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstancesOf<'a> {
    /// The datasource, which may be gone.
    pub datasource: &'a ResourceId,
    /// How it is protected; none for every way.
    pub workload: Option<Workload>,
    /// Its region, where that is known.
    pub location: Option<&'a Location>,
}

impl<'a> InstancesOf<'a> {
    /// Whatever protects a resource of which nothing but the id is known.
    pub fn any(datasource: &'a ResourceId) -> Self {
        Self { datasource, workload: None, location: None }
    }
}

/// Azure Backup in the vaults of one family: what protects, how it is changed, and how it is brought back.
///
/// An instance is what protects one datasource: a backup instance of a Backup vault, a protected item of a Recovery
/// Services vault.
#[async_trait]
pub trait Backups: Send + Sync {
    /// Every vault of a subscription.
    async fn vaults(&self, subscription: &str) -> Result<Vec<Vault>, AzureError>;
    /// One vault, or `None`.
    async fn vault(&self, id: &ResourceId) -> Result<Option<Vault>, AzureError>;
    /// Creates a vault with a system-assigned identity.
    async fn create_vault(&self, spec: &VaultSpec) -> Result<Started, AzureError>;
    /// Gives a vault a system-assigned identity beside those that it has.
    async fn give_identity(&self, vault: &ResourceId) -> Result<Started, AzureError>;
    /// Instances that protect a datasource, in any vault.
    async fn instances_of(&self, of: &InstancesOf<'_>) -> Result<Vec<BackupInstance>, AzureError>;
    /// One instance, or `None`.
    async fn instance(&self, id: &ResourceId) -> Result<Option<BackupInstance>, AzureError>;
    /// Every backup policy of a vault; those that cannot be understood are left out.
    async fn policies(&self, vault: &ResourceId) -> Result<Vec<Policy>, AzureError>;
    /// One backup policy, or `None`.
    async fn policy(&self, id: &ResourceId) -> Result<Option<Policy>, AzureError>;
    /// Creates or replaces a backup policy.
    async fn put_policy(&self, id: &ResourceId, spec: &PolicySpec) -> Result<(), AzureError>;
    /// What a vault knows of a datasource that has to be registered before it can be protected.
    async fn protectable(
        &self,
        vault: &ResourceId,
        datasource: &ResourceId,
    ) -> Result<Protectable, AzureError>;
    /// Where a machine is registered, so that databases in it can be protected; `None` where it is nowhere.
    async fn host(&self, of: &InstancesOf<'_>) -> Result<Option<Host>, AzureError>;
    /// Databases of a kind that the vault of a machine lists in it.
    async fn hosted(&self, host: &Host, kind: DatabaseKind) -> Result<Vec<Hosted>, AzureError>;
    /// Databases of a kind that were in a machine when Azure last looked into it. What is protected and was dropped since
    /// an earlier look is not among them.
    async fn found_in(&self, _host: &Host, _kind: DatabaseKind) -> Result<Vec<ResourceId>, AzureError> {
        Ok(Vec::new())
    }
    /// What holds databases in a machine that Azure can protect by itself.
    async fn automatic(&self, host: &Host) -> Result<Vec<Automatic>, AzureError>;
    /// Prepares a datasource, or what takes part in its protection.
    async fn prepare(&self, preparation: &Preparation) -> Result<Started, AzureError>;
    /// Asks whether Azure would take an instance; done at once where Azure answers at once.
    async fn validate(&self, spec: &InstanceSpec) -> Result<Started, AzureError>;
    /// Creates or updates an instance.
    async fn put_instance(&self, spec: &InstanceSpec) -> Result<Started, AzureError>;
    /// Asks whether an instance may follow another policy; done at once where Azure has no such call.
    async fn validate_move(&self, change: &PolicyMove) -> Result<Started, AzureError>;
    /// Writes an instance again, as Azure shows it but for its policy.
    async fn move_instance(&self, change: &PolicyMove) -> Result<Started, AzureError>;
    /// Stops, suspends, resumes or deletes an instance.
    async fn alter(&self, instance: &ResourceId, lifecycle: LifecycleChange) -> Result<Started, AzureError>;
    /// Brings back an instance that was deleted softly; `None` if there is nothing to bring back.
    async fn undelete(&self, instance: &ResourceId) -> Result<Option<Started>, AzureError>;
    /// Instances of a vault that were deleted softly, by the ids that they had and get back.
    async fn deleted_instances(&self, vault: &ResourceId) -> Result<Vec<BackupInstance>, AzureError>;
    /// Starts an on-demand backup.
    async fn back_up(&self, order: &BackupOrder) -> Result<Started, AzureError>;
    /// Every job of a vault that Azure still lists.
    async fn jobs(&self, vault: &ResourceId) -> Result<Vec<Job>, AzureError>;
    /// One job, or `None`.
    async fn job(&self, id: &ResourceId) -> Result<Option<Job>, AzureError>;
    /// Every recovery point of an instance.
    async fn points(&self, instance: &ResourceId) -> Result<Vec<RecoveryPoint>, AzureError>;
    /// Whether any recovery point of an instance is one that is meant. Where points come in pages, none is read after
    /// that of the first such point.
    async fn has_point(&self, instance: &ResourceId, is_meant: &IsMeant<'_>) -> Result<bool, AzureError> {
        Ok(self.points(instance).await?.iter().any(is_meant))
    }
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
    /// Spans of time to any moment of which backups of a log can go back in the paired region.
    async fn secondary_ranges(&self, _instance: &ResourceId) -> Result<Vec<TimeRange>, AzureError> {
        Ok(Vec::new())
    }
    /// Files of a SQL Server database in the recovery point that is meant.
    async fn data_files(&self, instance: &ResourceId, point: &Choice) -> Result<Vec<DataFile>, AzureError>;
    /// Where the instances of SQL Server in a machine have the files of their databases.
    async fn data_directories(&self, host: &Host) -> Result<Vec<DataDirectory>, AzureError>;
    /// Starts the validation of a restore, in the region that is to do it.
    async fn validate_restore(&self, order: &RestoreOrder) -> Result<Started, AzureError>;
    /// Starts a restore, in the region that is to do it.
    async fn restore(&self, order: &RestoreOrder) -> Result<Started, AzureError>;
    /// Opens a session out of which files of a machine are taken, or opens it again.
    async fn open_files(&self, session: &FileSession) -> Result<Started, AzureError> {
        Err(not_here("take files out of a recovery point", &session.instance))
    }
    /// The scripts that mount the files of a session, by the operation that opened it; none once Azure shows them no more.
    async fn scripts(
        &self,
        session: &FileSession,
        _operation: &OperationUrl,
    ) -> Result<Vec<SessionScript>, AzureError> {
        Err(not_here("take files out of a recovery point", &session.instance))
    }
    /// Ends such a session.
    async fn close_files(&self, session: &FileSession) -> Result<Started, AzureError> {
        Err(not_here("take files out of a recovery point", &session.instance))
    }
    /// Moves a recovery point into the archive tier.
    async fn archive(&self, instance: &ResourceId, _point: &str) -> Result<Started, AzureError> {
        Err(not_here("move a recovery point to the archive", instance))
    }
    /// Ends a job that runs.
    async fn cancel(&self, job: &ResourceId) -> Result<Started, AzureError> {
        Err(not_here("cancel a job", job))
    }
    /// Every vault of a subscription, with its settings.
    async fn vault_states(&self, _subscription: &str) -> Result<Vec<VaultState>, AzureError> {
        Ok(Vec::new())
    }
    /// What of a vault's own is in the way of deleting it.
    async fn obstacles(&self, _vault: &ResourceId) -> Result<Vec<Obstacle>, AzureError> {
        Ok(Vec::new())
    }
    /// Deletes a vault, which Azure keeps for a while where soft delete is on.
    async fn delete_vault(&self, vault: &ResourceId) -> Result<Started, AzureError> {
        Err(not_here("delete a vault", vault))
    }
    /// The resource guard of a vault, if it has one.
    async fn guard(&self, _vault: &ResourceId) -> Result<Option<Guard>, AzureError> {
        Ok(None)
    }
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
}

/// What the vaults of a family do not do.
fn not_here(action: &str, about: &ResourceId) -> AzureError {
    AzureError::Unsendable {
        action: action.to_owned(),
        detail: format!("the vault of `{}` does not do that", about.name()),
    }
}

//! Azure Backup in Recovery Services vaults: Microsoft.RecoveryServices.

mod backups;
mod containers;
mod files;
mod intents;
mod items;
mod jobs;
mod machines;
mod pairs;
mod points;
mod policies;
mod restores;
mod secondary;
mod sessions;
mod vaults;
mod version;

use async_trait::async_trait;
use holdfast_protection::backup::BackupOrder;
use holdfast_protection::family::Family;
use holdfast_protection::file_session::{FileSession, SessionScript};
use holdfast_protection::guard::Guard;
use holdfast_protection::instance::{BackupInstance, InstanceSpec};
use holdfast_protection::job::Job;
use holdfast_protection::lifecycle::{LifecycleChange, PolicyMove};
use holdfast_protection::operation::{OperationUrl, Started};
use holdfast_protection::points::{Choice, RecoveryPoint, TimeRange};
use holdfast_protection::policy::{Policy, PolicySpec};
use holdfast_protection::ports::{Backups, InstancesOf, IsMeant};
use holdfast_protection::restore::{DataDirectory, DataFile, RestoreOrder};
use holdfast_protection::tier::DataStore;
use holdfast_protection::vault::{Vault, VaultSpec};
use holdfast_protection::vault_state::{Obstacle, VaultState};
use holdfast_protection::workload::in_machine::{Automatic, Database, DatabaseKind, Host, Hosted};
use holdfast_protection::workload::{Preparation, Protectable};
use holdfast_protection::{AzureError, Location, ResourceId, Workload};

use self::machines::ItemWire as MachineItem;
pub(super) use jobs::of_row as job_of_row;

use super::guards;
use super::memory::Memory;
use super::transport::ArmClient;

/// What protects a resource, as a row of Resource Graph shows it.
pub(super) fn exported_instance(row: serde_json::Value) -> Option<BackupInstance> {
    items::exported(row)
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
pub(super) struct RecoveryServices<'a>(pub(super) &'a ArmClient);

/// What a vault lists of its machines.
pub(super) type Listed = MachineItem;

/// Every database in a machine that a vault knows, protected or not.
pub(super) async fn databases(arm: &ArmClient, vault: &ResourceId) -> Result<Vec<ResourceId>, AzureError> {
    machines::all(arm, vault).await
}

/// What no vault of this family can be asked for.
fn unsendable(action: &str, detail: &str) -> AzureError {
    AzureError::Unsendable { action: action.to_owned(), detail: detail.to_owned() }
}

impl RecoveryServices<'_> {
    /// The item of a database lies where its machine is registered; Azure cannot be asked for it in any other way.
    async fn of_database(
        &self,
        of: &InstancesOf<'_>,
        database: &Database,
    ) -> Result<Vec<BackupInstance>, AzureError> {
        let workload = Workload::ALL.into_iter().find(|one| one.databases() == Some(database.kind));
        let of = InstancesOf { datasource: &database.machine, workload, location: of.location };
        let Some(host) = self.host(&of).await? else { return Ok(Vec::new()) };
        let instances: Vec<BackupInstance> =
            machines::item(self.0, &host.vault, database).await?.into_iter().collect();
        self.0.saw(&instances);
        Ok(instances)
    }
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
        if let Some(database) = Database::of(of.datasource) {
            return self.of_database(of, &database).await;
        }
        let holds = of.workload.is_some_and(|workload| workload.holds(of.datasource));
        let Some(location) = of.location.filter(|_| !holds) else { return Ok(Vec::new()) };
        let instances = items::of_datasource(self.0, of.datasource, location).await?;
        self.0.saw(&instances);
        Ok(instances)
    }

    async fn instance(&self, id: &ResourceId) -> Result<Option<BackupInstance>, AzureError> {
        match self.0.seen(id) {
            Some(instance) => Ok(Some(instance)),
            None if machines::is_container(id) => machines::container(self.0, id).await,
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
        if let Some(machine) = machines::machine_of(datasource) {
            return machines::protectable(self.0, vault, &machine, datasource).await;
        }
        containers::protectable(self.0, vault, datasource).await
    }

    async fn host(&self, of: &InstancesOf<'_>) -> Result<Option<Host>, AzureError> {
        let vaults = self.vaults(of.datasource.subscription()).await?;
        machines::host(self.0, vaults, of).await
    }

    async fn automatic(&self, host: &Host) -> Result<Vec<Automatic>, AzureError> {
        machines::automatic(self.0, host).await
    }

    async fn hosted(&self, host: &Host, kind: DatabaseKind) -> Result<Vec<Hosted>, AzureError> {
        machines::hosted(self.0, host, kind).await
    }

    async fn found_in(&self, host: &Host, kind: DatabaseKind) -> Result<Vec<ResourceId>, AzureError> {
        machines::found_in(self.0, host, kind).await
    }

    async fn prepare(&self, preparation: &Preparation) -> Result<Started, AzureError> {
        match preparation {
            Preparation::Register(registration) => containers::register(self.0, registration).await,
            Preparation::Inquire(inquiry) => containers::inquire(self.0, &inquiry.inquired).await,
            Preparation::RegisterMachine(registration) => machines::register(self.0, registration).await,
            Preparation::InquireMachine(inquiry) => machines::inquire(self.0, inquiry).await,
            Preparation::Automatic(automatic) => intents::switch(self.0, automatic).await,
            Preparation::TrustedAccess(_) => {
                Err(unsendable(&preparation.to_string(), "no cluster lets these vaults in"))
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

    async fn alter(&self, instance: &ResourceId, lifecycle: LifecycleChange) -> Result<Started, AzureError> {
        items::alter(self.0, instance, lifecycle).await
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
            BackupOrder::OfDatabase(order) => backups::of_database(self.0, order).await,
            BackupOrder::ByRule { instance, .. } => Err(unsendable(
                &format!("back up protected item `{}`", instance.name()),
                "its policy has no rules to back up by",
            )),
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

    async fn has_point(&self, instance: &ResourceId, is_meant: &IsMeant<'_>) -> Result<bool, AzureError> {
        points::has(self.0, instance, is_meant).await
    }

    async fn point(&self, instance: &ResourceId, id: &str) -> Result<Option<RecoveryPoint>, AzureError> {
        points::get(self.0, instance, id).await
    }

    /// Of databases in machines, whose log is backed up; nothing else here goes back to any moment.
    async fn restorable_ranges(
        &self,
        instance: &ResourceId,
        _: DataStore,
        _: Option<TimeRange>,
    ) -> Result<Vec<TimeRange>, AzureError> {
        if !machines::is_item(instance) {
            return Ok(Vec::new());
        }
        points::ranges(self.0, instance).await
    }

    async fn secondary_points(
        &self,
        instance: &ResourceId,
        _: &Location,
        _: &Location,
    ) -> Result<Vec<RecoveryPoint>, AzureError> {
        points::secondary(self.0, instance).await
    }

    async fn secondary_ranges(&self, instance: &ResourceId) -> Result<Vec<TimeRange>, AzureError> {
        if !machines::is_item(instance) {
            return Ok(Vec::new());
        }
        points::secondary_ranges(self.0, instance).await
    }

    async fn data_files(&self, instance: &ResourceId, point: &Choice) -> Result<Vec<DataFile>, AzureError> {
        files::of_point(self.0, instance, point).await
    }

    async fn data_directories(&self, host: &Host) -> Result<Vec<DataDirectory>, AzureError> {
        files::directories(self.0, host).await
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

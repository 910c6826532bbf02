//! The doors to that Azure. What operations never ask for is not there.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use holdfast_evaluator::Resource;
use holdfast_protection::backup::BackupOrder;
use holdfast_protection::family::Family;
use holdfast_protection::instance::{BackupInstance, InstanceSpec, ProtectionState};
use holdfast_protection::job::{Job, JobDetails};
use holdfast_protection::lifecycle::{LifecycleChange, PolicyMove};
use holdfast_protection::lock::Lock;
use holdfast_protection::operation::{OperationState, OperationUrl, Started};
use holdfast_protection::points::{Choice, RecoveryPoint, TimeRange};
use holdfast_protection::policy::{Policy, PolicySpec};
use holdfast_protection::ports::{Arm, Azure, Backups, Estate, InstancesOf, ObservedResource, Pace};
use holdfast_protection::restore::{DataDirectory, DataFile, RestoreInto, RestoreOrder};
use holdfast_protection::roles::{Role, RoleAssignment, RoleGrant};
use holdfast_protection::snapshot_group::{GroupSpec, SnapshotGroup};
use holdfast_protection::tier::DataStore;
use holdfast_protection::vault::{CrossRegion, ProvisioningState, Vault, VaultSpec};
use holdfast_protection::workload::aks::{BackupExtension, TrustedAccess};
use holdfast_protection::workload::in_machine::{Automatic, DatabaseKind, Host, Hosted};
use holdfast_protection::workload::postgresql_single::KeyVault;
use holdfast_protection::workload::{Preparation, Protectable};
use holdfast_protection::{AzureError, Location, Refusal, RefusalKind, ResourceId, Retry};

use crate::stage::{PRINCIPAL, disk, point, policies, refusal, vault};
use crate::world::{State, World};

type Answer<T> = Result<T, AzureError>;

fn refused<T>(action: &str, refusal: Refusal) -> Answer<T> {
    Err(AzureError::Refused { action: action.to_owned(), refusal })
}

fn never<T>(action: &str) -> Answer<T> {
    Err(AzureError::Unsendable {
        action: action.to_owned(),
        detail: "operations never ask for it".to_owned(),
    })
}

impl Pace for World {}

impl World {
    /// Refuses what is shut.
    fn open(&self, id: &ResourceId) -> Answer<()> {
        if self.with(|state| state.shut.contains(id)) {
            return refused("read", Refusal { status: 403, ..refusal("AuthorizationFailed") });
        }
        Ok(())
    }
}

#[async_trait]
impl Arm for World {
    async fn resource(&self, id: &ResourceId) -> Answer<Option<ObservedResource>> {
        if self.with(|state| state.may_not_read) {
            return refused("read the resource", refusal("AuthorizationFailed"));
        }
        let shown = |one: &&Resource| one.id.parse().ok().as_ref() == Some(id);
        if let Some(resource) = self.with(|state| state.shown.iter().find(shown).cloned()) {
            return Ok(Some(ObservedResource { resource, provisioning_state: None }));
        }
        let is_there = |state: &State| *id == disk() || state.there.contains(id);
        if self.with(|state| state.gone.contains(id) || !is_there(state)) {
            return Ok(None);
        }
        Ok(Some(ObservedResource { resource: described(id), provisioning_state: None }))
    }
    async fn role_assignments(&self, _: &str, principal: &str) -> Answer<Vec<RoleAssignment>> {
        let assigned = |role: &Role| RoleAssignment {
            role_guid: role.guid().to_owned(),
            scope: "/".to_owned(),
            principal: principal.to_owned(),
        };
        Ok(self.with(|state| state.assigned.iter().map(assigned).collect()))
    }
    async fn grant(&self, grant: &RoleGrant) -> Answer<()> {
        if self.with(|state| state.may_not_grant) {
            let refusal = Refusal {
                status: 403,
                code: "AuthorizationFailed".to_owned(),
                message: "no".to_owned(),
                recommended_action: Vec::new(),
                advice: None,
                kind: RefusalKind::Unknown,
                retry: Retry::Never,
            };
            return refused("grant", refusal);
        }
        self.exchange("grant", |state| {
            state.calls.push(format!("grant {} on {}", grant.role.display_name(), grant.scope))
        })
    }
    async fn operation(&self, url: &OperationUrl) -> Answer<OperationState> {
        self.exchange("operation", |state| {
            let naming = state.naming;
            let Some(running) = state.operations.get_mut(&url.0) else { return OperationState::Gone };
            if running.polls > 0 {
                running.polls -= 1;
                return OperationState::Running { retry_after: Duration::from_secs(10) };
            }
            match running.end.clone() {
                Ok(job) => OperationState::Succeeded { job: job.and_then(|job| naming.of(job)) },
                Err(refusal) => OperationState::Failed(refusal),
            }
        })
    }
    async fn snapshot_group(&self, _: &ResourceId) -> Answer<Option<SnapshotGroup>> {
        never("read a group")
    }
    async fn create_group(&self, _: &GroupSpec) -> Answer<()> {
        never("create a group")
    }
    async fn containers(&self, _: &ResourceId) -> Answer<Option<Vec<String>>> {
        Ok(Some(vec!["dumps".to_owned()]))
    }
    async fn key_vault(&self, _: &str) -> Answer<Option<KeyVault>> {
        never("read a key vault")
    }
    async fn backup_extension(&self, _: &ResourceId) -> Answer<Option<BackupExtension>> {
        never("read an extension")
    }
    async fn trusted_access(&self, _: &ResourceId) -> Answer<Vec<TrustedAccess>> {
        never("list trusted access")
    }
    async fn tags_of(&self, _: &str) -> Answer<Option<BTreeMap<String, String>>> {
        never("read tags")
    }
    async fn locks(&self, _: &str) -> Answer<Vec<Lock>> {
        never("list locks")
    }
}

#[async_trait]
impl Backups for World {
    async fn vaults(&self, _: &str) -> Answer<Vec<Vault>> {
        Ok(self.vault(&vault()).await?.into_iter().collect())
    }
    async fn vault(&self, id: &ResourceId) -> Answer<Option<Vault>> {
        let has_pair = self.with(|state| !state.abroad.is_empty());
        let cross_region = match has_pair {
            true => CrossRegion::Enabled { secondary: Some("northeurope".into()) },
            false => CrossRegion::Disabled,
        };
        Ok(Some(Vault {
            id: id.clone(),
            family: Family::BackupVault,
            location: "westeurope".into(),
            tags: BTreeMap::new(),
            principal: Some(PRINCIPAL.to_owned()),
            provisioning: ProvisioningState::Done,
            immutability: self.with(|state| state.immutability),
            cross_region,
            cross_subscription: true,
        }))
    }
    async fn instances_of(&self, of: &InstancesOf<'_>) -> Answer<Vec<BackupInstance>> {
        Ok(self.with(|state| {
            state.instances.iter().filter(|one| one.datasource == *of.datasource).cloned().collect()
        }))
    }
    async fn instance(&self, id: &ResourceId) -> Answer<Option<BackupInstance>> {
        self.open(id)?;
        Ok(self.with(|state| state.instances.iter().find(|one| one.id == *id).cloned()))
    }
    async fn policies(&self, _: &ResourceId) -> Answer<Vec<Policy>> {
        Ok(policies())
    }
    async fn policy(&self, id: &ResourceId) -> Answer<Option<Policy>> {
        Ok(policies().into_iter().find(|policy| policy.name == id.name()))
    }
    async fn validate_move(&self, change: &PolicyMove) -> Answer<Started> {
        self.exchange("validate move", |state| {
            state.calls.push(format!("validate move to {}", change.policy.name()));
            state.start(Ok(None))
        })
    }
    async fn move_instance(&self, change: &PolicyMove) -> Answer<Started> {
        self.exchange("move", |state| {
            state.calls.push(format!("move to {}", change.policy.name()));
            for one in state.instances.iter_mut().filter(|one| one.id == change.instance) {
                one.policy = Some(change.policy.clone());
            }
            state.start(Ok(None))
        })
    }
    async fn alter(&self, instance: &ResourceId, lifecycle: LifecycleChange) -> Answer<Started> {
        if let Some(refusal) = self.with(|state| state.refused_at_once.pop()) {
            return refused("alter", refusal);
        }
        self.exchange("alter", |state| {
            state.calls.push(format!("{lifecycle} {}", instance.name()));
            if let Some(refusal) = state.lifecycle_changes_refused.pop() {
                return state.start(Err(refusal));
            }
            let to = match lifecycle {
                LifecycleChange::StopProtection => ProtectionState::Stopped,
                LifecycleChange::SuspendBackups => ProtectionState::Suspended,
                LifecycleChange::ResumeProtection | LifecycleChange::ResumeBackups => {
                    ProtectionState::Configured
                }
                LifecycleChange::Delete => ProtectionState::SoftDeleted,
            };
            if state.job_fails.is_none() {
                state.set_state(instance, to);
            }
            let job = state.lifecycle_jobs.then(|| state.job("Alter", instance));
            state.start(Ok(job))
        })
    }
    async fn undelete(&self, instance: &ResourceId) -> Answer<Option<Started>> {
        self.exchange("undelete", |state| {
            state.calls.push(format!("undelete {}", instance.name()));
            let at = state.deleted.iter().position(|one| one.id == *instance)?;
            let back = state.deleted.remove(at);
            state.instances.push(BackupInstance { state: ProtectionState::Stopped, ..back });
            Some(state.start(Ok(None)))
        })
    }
    async fn deleted_instances(&self, vault: &ResourceId) -> Answer<Vec<BackupInstance>> {
        self.open(vault)?;
        Ok(self.with(|state| state.deleted.clone()))
    }
    async fn back_up(&self, order: &BackupOrder) -> Answer<Started> {
        self.exchange("backup", |state| {
            state.calls.push(match order {
                BackupOrder::ByRule { rule, retention, .. } => {
                    format!("backup by {rule}, {}", retention.as_deref().unwrap_or("default"))
                }
                BackupOrder::Until { expires, .. } => format!("backup until {expires}"),
                BackupOrder::OfDatabase(backup) => format!("backup{backup}"),
            });
            let job = state.job("Backup", order.instance());
            state.start(Ok(Some(job)))
        })
    }
    async fn jobs(&self, _: &ResourceId) -> Answer<Vec<Job>> {
        // Lists leave out what a single read shows.
        self.exchange("jobs", |state| {
            let listed = |job: &Job| Job {
                details: JobDetails::default(),
                on_demand: job.on_demand && !state.quiet,
                ..job.clone()
            };
            state.shown_jobs().map(listed).collect()
        })
    }
    async fn job(&self, id: &ResourceId) -> Answer<Option<Job>> {
        self.exchange("job", |state| {
            let errors: Vec<Refusal> = state.job_fails.clone().into_iter().collect();
            state.shown_jobs().find(|job| job.id == *id).map(|job| Job {
                status: if errors.is_empty() { "Completed" } else { "Failed" }.to_owned(),
                errors,
                ..job.clone()
            })
        })
    }
    async fn create_vault(&self, _: &VaultSpec) -> Answer<Started> {
        never("create a vault")
    }
    async fn give_identity(&self, _: &ResourceId) -> Answer<Started> {
        never("give an identity")
    }
    async fn put_policy(&self, _: &ResourceId, _: &PolicySpec) -> Answer<()> {
        never("create a policy")
    }
    async fn protectable(&self, _: &ResourceId, _: &ResourceId) -> Answer<Protectable> {
        unreachable!()
    }
    async fn host(&self, _: &InstancesOf<'_>) -> Answer<Option<Host>> {
        Ok(None)
    }
    async fn automatic(&self, _: &Host) -> Answer<Vec<Automatic>> {
        Ok(Vec::new())
    }
    async fn hosted(&self, _: &Host, _: DatabaseKind) -> Answer<Vec<Hosted>> {
        Ok(Vec::new())
    }
    async fn data_files(&self, _: &ResourceId, _: &Choice) -> Answer<Vec<DataFile>> {
        Ok(Vec::new())
    }
    async fn data_directories(&self, _: &Host) -> Answer<Vec<DataDirectory>> {
        Ok(Vec::new())
    }
    async fn prepare(&self, _: &Preparation) -> Answer<Started> {
        never("prepare")
    }
    async fn validate(&self, _: &InstanceSpec) -> Answer<Started> {
        never("validate a backup")
    }
    async fn put_instance(&self, _: &InstanceSpec) -> Answer<Started> {
        never("configure a backup")
    }
    async fn points(&self, _: &ResourceId) -> Answer<Vec<RecoveryPoint>> {
        let (points, copied) = self.with(|state| (state.points.clone(), state.copied));
        let mut points = points.unwrap_or_else(|| vec![point()]);
        if copied {
            let copies = points.iter_mut().flat_map(|point| &mut point.copies);
            copies.for_each(|copy| copy.store = DataStore::VaultStore);
        }
        Ok(points)
    }
    async fn point(&self, _: &ResourceId, id: &str) -> Answer<Option<RecoveryPoint>> {
        Ok(Some(point()).filter(|point| point.id == id))
    }
    async fn restorable_ranges(
        &self,
        _: &ResourceId,
        _: DataStore,
        _: Option<TimeRange>,
    ) -> Answer<Vec<TimeRange>> {
        Ok(Vec::new())
    }
    async fn secondary_points(
        &self,
        _: &ResourceId,
        _: &Location,
        _: &Location,
    ) -> Answer<Vec<RecoveryPoint>> {
        Ok(Vec::new())
    }
    async fn validate_restore(&self, order: &RestoreOrder) -> Answer<Started> {
        self.exchange("validate restore", |state| {
            state.calls.push(format!("validate restore to {}", order.target()));
            let end = if state.validations.is_empty() { Ok(None) } else { Err(state.validations.remove(0)) };
            state.start(end)
        })
    }
    async fn restore(&self, order: &RestoreOrder) -> Answer<Started> {
        if let Some(error) = self.with(|state| state.restores_refused.pop()) {
            return Err(error);
        }
        // A job names the container of files, not their prefix.
        let (destination, under) = match &order.request.into {
            RestoreInto::Files { url, prefix, .. } => (url.as_str(), format!(" under {prefix}")),
            _ => (order.target().as_str(), String::new()),
        };
        self.exchange("restore", |state| {
            state.calls.push(format!("restore to {}{under}", order.target()));
            let job = state.restore_job(&order.instance, destination);
            state.start(Ok(Some(job)))
        })
    }
    async fn secondary_jobs(&self, _: &ResourceId, _: &Location, _: &Location) -> Answer<Vec<Job>> {
        Ok(Vec::new())
    }
    async fn secondary_job(
        &self,
        _: &ResourceId,
        _: &Location,
        _: &Location,
        name: &str,
    ) -> Answer<Option<Job>> {
        Ok(self.with(|state| state.abroad.iter().find(|job| job.id.name() == name).cloned()))
    }
}

#[async_trait]
impl Estate for World {
    async fn instances_in_graph(&self, _: &ResourceId) -> Answer<Vec<ResourceId>> {
        Ok(self.with(|state| state.indexed.clone()))
    }
    async fn resources_of_types(&self, _: &[String], _: &[&str]) -> Answer<Vec<ResourceId>> {
        match self.with(|state| state.vaults.clone()) {
            none if none.is_empty() => never("ask the graph"),
            vaults => Ok(vaults),
        }
    }
    async fn instance_counts(&self, _: &str) -> Answer<BTreeMap<String, u32>> {
        never("count instances")
    }
}

impl Azure for World {
    fn backups(&self, _: Family) -> Box<dyn Backups + '_> {
        Box::new(self.clone())
    }
}

pub(crate) fn described(id: &ResourceId) -> Resource {
    Resource {
        id: id.to_string(),
        resource_type: id.resource_type().to_owned(),
        name: id.name().to_owned(),
        location: "westeurope".to_owned(),
        resource_group: id.resource_group().unwrap_or_default().to_owned(),
        subscription: id.subscription().to_owned(),
        tags: BTreeMap::new(),
        sku: None,
        kind: None,
        body: "{}".to_owned(),
    }
}

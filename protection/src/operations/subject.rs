//! What an operation is about: the resource and its backup instance, even if either is deleted.

use holdfast_evaluator::Resource;

use jiff::Timestamp;

use super::{Action, Ask, OperationError, Operations};
use crate::family::Family;
use crate::hold::Hold;
use crate::impossible::Impossible;
use crate::instance::{BackupInstance, ProtectionState};
use crate::last_known::Known;
use crate::ledger::{About, TargetId};
use crate::observe::{Observed, ReadableInstances};
use crate::workload::Stated;
use crate::{AzureError, Location, ResourceId, Workload, observe};

/// A protected resource.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) target: TargetId,
    pub(super) known: Known,
    /// Which workload of the resource the instance protects; none where that is not known.
    pub(super) workload: Option<Workload>,
    pub(super) instance: BackupInstance,
    /// Whether Azure has no such instance any more: it is what a hold knows of it.
    pub(super) is_missing: bool,
}

impl Subject {
    /// What it is about: the resource, and which of its workloads.
    pub(super) fn target(&self) -> About<'_> {
        (&self.target).into()
    }
}

impl Operations {
    /// The resource, as decisions see it, and the instance that the operation is about.
    pub(super) async fn subject(&self, ask: &Ask, now: Timestamp) -> Result<Subject, OperationError> {
        let Ask { resource: id, action, .. } = ask;
        let azure = self.azure.as_ref();
        let observed = match observe::resource(azure, id).await {
            // Azure does not know the type, or has no version of it that can be asked for.
            Err(AzureError::Unsendable { .. }) if !Workload::covers(id.resource_type()) => None,
            observed => observed?,
        };
        if let Action::Registration { .. } = action {
            return self.machine(ask, observed).await;
        }
        let location = observed.as_ref().map(|one| Location::from(one.resource.location.as_str()));
        let mut instances = observe::instances(azure, id, location.as_ref()).await?;
        if instances.is_empty() && *action == Action::Resume {
            instances = self.deleted_instances(id).await?;
        }
        let instances = of_workload(instances, id, ask.workload)?;
        let Some(instance) = instances.into_iter().min_by_key(|one| (rank(&one.state), one.id.key())) else {
            if let (Some(observed), Action::Resume) = (&observed, action)
                && let Some(subject) = self.held_subject(ask, observed, now).await?
            {
                return Ok(subject);
            }
            return Err(self.absent(id, observed.is_some()).await?.into());
        };
        let workload = other_than_first(&instance, observed.as_ref());
        let target = TargetId { resource: id.clone(), workload };
        let ledger = self.ledger.as_ref();
        let known = match observed {
            Some(observed) => Known::shown(ledger, (&target).into(), observed).await?,
            None => Known::last(ledger, (&target).into(), &instance.location).await?,
        };
        let workload = Workload::protected_by(&instance.datasource_type, &known.resource);
        Ok(Subject { target, known, workload, instance, is_missing: false })
    }

    /// What was deleted for good while a person holds it: only its hold can end.
    async fn held_subject(
        &self,
        ask: &Ask,
        observed: &Observed,
        now: Timestamp,
    ) -> Result<Option<Subject>, OperationError> {
        let resource = &observed.resource;
        let workload = ask.workload.or_else(|| Workload::of(resource));
        let target = TargetId {
            resource: ask.resource.clone(),
            workload: workload.and_then(|workload| workload.unless_first(resource)),
        };
        let Some(hold) = self.hold(&target, now).await? else { return Ok(None) };
        let instance = as_held(&hold, resource);
        let known = Known::shown(self.ledger.as_ref(), (&target).into(), observed.clone()).await?;
        Ok(Some(Subject { target, known, workload, instance, is_missing: true }))
    }

    /// The backup instances of a resource; where there are none, those that were deleted softly.
    pub async fn instances_of(&self, id: &ResourceId) -> Result<Vec<BackupInstance>, AzureError> {
        let found = observe::instances(self.azure.as_ref(), id, None).await?;
        if found.is_empty() { self.deleted_instances(id).await } else { Ok(found) }
    }

    /// The same as far as they can be read, for whoever only shows them.
    pub async fn readable_instances_of(&self, id: &ResourceId) -> Result<ReadableInstances, AzureError> {
        let placement = &self.evaluator.rule_set().allowances().placement;
        let around = placement.subscriptions_for(id.subscription());
        observe::readable_instances(self.azure.as_ref(), id, &around).await
    }

    /// Soft-deleted backup instances of a resource, in the vaults that the rule set has protect it.
    async fn deleted_instances(&self, id: &ResourceId) -> Result<Vec<BackupInstance>, AzureError> {
        let placement = &self.evaluator.rule_set().allowances().placement;
        let around = placement.subscriptions_for(id.subscription());
        observe::deleted_instances(self.azure.as_ref(), id, &around).await
    }

    /// Why nothing can be done for a resource without a backup instance, and what helps.
    pub async fn absent(&self, id: &ResourceId, is_there: bool) -> Result<Impossible, AzureError> {
        if Workload::covers(id.resource_type()) && !self.deleted_instances(id).await?.is_empty() {
            return Ok(soft_deleted(id));
        }
        Ok(without_instance(id, is_there))
    }
}

/// Those of the instances that an operation may mean.
///
/// # Errors
///
/// Names the choices where several workloads are protected and none is named, and where another one is named.
fn of_workload(
    instances: Vec<BackupInstance>,
    id: &ResourceId,
    named: Option<Workload>,
) -> Result<Vec<BackupInstance>, Impossible> {
    let mut protected: Vec<Workload> = instances.iter().filter_map(BackupInstance::workload).collect();
    protected.sort_by_key(|workload| Workload::ALL.iter().position(|one| one == workload));
    protected.dedup();
    let words: Vec<String> = protected.iter().map(|workload| format!("`{workload}`")).collect();
    match named {
        None if protected.len() > 1 => Err(Impossible::new(
            "WorkloadAmbiguous",
            format!("`{}` is protected in several ways: {}", id.name(), words.join(", ")),
            "name the one that is meant: `workload` in the request, `--workload` on the command line",
        )),
        None => Ok(instances),
        Some(named) if instances.is_empty() || protected.contains(&named) => {
            Ok(instances.into_iter().filter(|one| one.workload() == Some(named)).collect())
        }
        Some(named) => Err(Impossible::new(
            "WorkloadNotProtected",
            format!("`{}` is not protected as `{named}`, but as {}", id.name(), words.join(", ")),
            "name one of these as `workload`, or none where there is only one",
        )),
    }
}

/// Which workload of its resource an instance protects; none for the first one.
fn other_than_first(instance: &BackupInstance, observed: Option<&Observed>) -> Option<Workload> {
    match observed {
        Some(Observed { resource, .. }) => {
            Workload::protected_by(&instance.datasource_type, resource)?.unless_first(resource)
        }
        None => instance.workload()?.unless_first_of(instance.datasource.resource_type()),
    }
}

/// The refusal where there is nothing that an operation could be about.
pub(super) fn not_protected(id: &ResourceId) -> Impossible {
    Impossible::new(
        "NotProtected",
        format!("`{}` has no backup instance", id.name()),
        "protect it first: what-if shows what that takes",
    )
}

/// What a hold knows of an instance that was deleted for good.
fn as_held(hold: &Hold, resource: &Resource) -> BackupInstance {
    BackupInstance {
        id: hold.instance.clone(),
        vault: Family::vault_of(&hold.instance).unwrap_or_else(|| hold.instance.clone()),
        datasource: hold.resource.clone(),
        datasource_type: String::new(),
        location: Location::from(resource.location.as_str()),
        policy: hold.policy.clone(),
        snapshot_group: None,
        stated: Stated::default(),
        state: ProtectionState::Other("Deleted".to_owned()),
        error: None,
        deletion: None,
    }
}

fn soft_deleted(id: &ResourceId) -> Impossible {
    Impossible::new(
        "BackupInstanceSoftDeleted",
        format!(
            "the backup instance of `{}` is deleted, and Azure keeps it for some days (soft delete)",
            id.name()
        ),
        "resume its protection first: that brings it back (`POST /api/protection/resume`)",
    )
}

fn without_instance(id: &ResourceId, is_there: bool) -> Impossible {
    if !Workload::covers(id.resource_type()) {
        return Impossible::new(
            "TypeNotProtected",
            format!("`{}` is of type {}, which Holdfast does not protect", id.name(), id.resource_type()),
            format!("name a resource of {}", Workload::resource_types().join(", ")),
        );
    }
    if is_there {
        return not_protected(id);
    }
    Impossible::new(
        "ResourceNotFound",
        format!("there is neither a resource `{id}` nor a backup of it"),
        "check the id; a deleted resource is found by the id that it had",
    )
}

/// Which of several instances an operation means.
fn rank(state: &ProtectionState) -> u8 {
    match state {
        ProtectionState::Configured => 0,
        ProtectionState::Suspended => 1,
        ProtectionState::Stopped => 2,
        ProtectionState::Configuring => 3,
        ProtectionState::Error => 4,
        ProtectionState::Other(_) => 5,
        ProtectionState::SoftDeleted => 6,
    }
}

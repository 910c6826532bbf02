//! What an operation is about: the resource and its backup instance, even if either is deleted.

use holdfast_evaluator::Resource;

use jiff::Timestamp;

use super::{Action, OperationError, Operations};
use crate::hold::Hold;
use crate::impossible::Impossible;
use crate::instance::{BackupInstance, ProtectionState};
use crate::last_known::last_known;
use crate::{AzureError, Location, ResourceId, observe};

/// A protected resource.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) resource: Resource,
    pub(super) instance: BackupInstance,
    /// Whether Azure has no such instance any more: it is what a hold knows of it.
    pub(super) is_missing: bool,
}

impl Operations {
    /// The resource, as decisions see it, and the instance that the operation is about.
    pub(super) async fn subject(
        &self,
        id: &ResourceId,
        action: &Action,
        now: Timestamp,
    ) -> Result<Subject, OperationError> {
        let observed = observe::resource(self.azure.as_ref(), id).await?;
        let mut instances = self.instances(id).await?;
        if instances.is_empty() && *action == Action::Resume {
            instances = self.deleted_instances(id).await?;
        }
        let Some(instance) = instances.into_iter().min_by_key(|one| (rank(&one.state), one.id.key())) else {
            if let (Some(observed), Action::Resume) = (&observed, action)
                && let Some(hold) = self.hold(id, now).await?
            {
                let instance = as_held(&hold, &observed.resource);
                return Ok(Subject { resource: observed.resource.clone(), instance, is_missing: true });
            }
            return Err(match observed {
                Some(_) => not_protected(id),
                None => Impossible::new(
                    "ResourceNotFound",
                    format!("there is neither a resource `{id}` nor a backup of it"),
                    "check the id; a deleted resource is found by the id that it had",
                ),
            }
            .into());
        };
        let resource = match observed {
            Some(observed) => observed.resource,
            None => last_known(self.ledger.as_ref(), id, &instance.location).await?,
        };
        Ok(Subject { resource, instance, is_missing: false })
    }

    /// Azure may not list what a resource had once the resource is gone; the graph does. Deleted instances show in
    /// the list of their vault alone, and are looked for only where they can be brought back.
    async fn instances(&self, id: &ResourceId) -> Result<Vec<BackupInstance>, AzureError> {
        let mut found = self.azure.instances_of(id).await?;
        if found.is_empty() {
            for instance in self.azure.instances_in_graph(id).await? {
                found.extend(self.azure.instance(&instance).await?);
            }
        }
        Ok(found)
    }

    async fn deleted_instances(&self, id: &ResourceId) -> Result<Vec<BackupInstance>, AzureError> {
        let mut found = Vec::new();
        for vault in self.azure.vaults(id.subscription()).await? {
            let deleted = self.azure.deleted_instances(&vault.id).await?;
            found.extend(deleted.into_iter().filter(|one| one.datasource == *id).map(soft_deleted));
        }
        Ok(found)
    }

    /// The backup instances of a resource; where there are none, those that were deleted softly.
    pub async fn instances_of(&self, id: &ResourceId) -> Result<Vec<BackupInstance>, AzureError> {
        let found = self.instances(id).await?;
        if found.is_empty() { self.deleted_instances(id).await } else { Ok(found) }
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
        datasource: hold.resource.clone(),
        location: Location::from(resource.location.as_str()),
        policy: hold.policy.clone().unwrap_or_else(|| hold.instance.clone()),
        snapshot_group: None,
        containers: Vec::new(),
        cluster: None,
        secret: None,
        auto_protection: None,
        state: ProtectionState::Other("Deleted".to_owned()),
        error: None,
        deletion: None,
    }
}

/// Whatever state the list of deleted instances shows.
fn soft_deleted(instance: BackupInstance) -> BackupInstance {
    BackupInstance { state: ProtectionState::SoftDeleted, ..instance }
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

//! What an operation is about: the resource and its backup instance, even if either is deleted.

use holdfast_evaluator::Resource;

use super::{Action, OperationError, Operations};
use crate::impossible::Impossible;
use crate::instance::{BackupInstance, ProtectionState};
use crate::last_known::last_known;
use crate::{AzureError, ResourceId, observe};

/// A protected resource.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) resource: Resource,
    pub(super) instance: BackupInstance,
}

impl Operations {
    /// The resource, as decisions see it, and the instance that the operation is about.
    pub(super) async fn subject(&self, id: &ResourceId, action: &Action) -> Result<Subject, OperationError> {
        let observed = observe::resource(self.azure.as_ref(), id).await?;
        let instances = self.instances(id, action).await?;
        let Some(instance) = instances.into_iter().min_by_key(|one| (rank(&one.state), one.id.key())) else {
            return Err(match observed {
                Some(_) => Impossible::new(
                    "NotProtected",
                    format!("`{}` has no backup instance", id.name()),
                    "protect it first: what-if shows what that takes",
                ),
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
        Ok(Subject { resource, instance })
    }

    /// Azure may not list what a resource had once the resource is gone; the graph does. Deleted instances show in
    /// the list of their vault alone, and are looked for only where they can be brought back.
    async fn instances(&self, id: &ResourceId, action: &Action) -> Result<Vec<BackupInstance>, AzureError> {
        let mut found = self.azure.instances_of(id).await?;
        if found.is_empty() {
            for instance in self.azure.instances_in_graph(id).await? {
                found.extend(self.azure.instance(&instance).await?);
            }
        }
        if found.is_empty() && *action == Action::Resume {
            for vault in self.azure.vaults(id.subscription()).await? {
                let deleted = self.azure.deleted_instances(&vault.id).await?;
                found.extend(deleted.into_iter().filter(|one| one.datasource == *id).map(soft_deleted));
            }
        }
        Ok(found)
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

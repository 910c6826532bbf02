//! The doors to the outside, as small as the domain needs them.

mod restore;

use std::any::Any;
use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use holdfast_evaluator::Resource;
use jiff::Timestamp;

use crate::alteration::{Alteration, PolicyMove};
use crate::cluster::{BackupExtension, TrustedAccess, TrustedAccessBinding};
use crate::importance::Importance;
use crate::instance::{BackupInstance, InstanceSpec};
use crate::job::Job;
use crate::ledger::{self, Entry, Told};
use crate::lock::Lock;
use crate::operation::{OperationState, OperationUrl, Started};
use crate::points::RecoveryPoint;
use crate::policy::{Policy, PolicySpec};
use crate::roles::{RoleAssignment, RoleGrant};
use crate::secret::KeyVault;
use crate::snapshot_group::{GroupSpec, SnapshotGroup};
use crate::vault::{Vault, VaultSpec};
use crate::work::WorkItem;
use crate::{AzureError, ResourceId};

pub use restore::AzureRestore;

/// A resource and what ARM says of its making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedResource {
    /// In the form that rules see.
    pub resource: Resource,
    /// `properties.provisioningState`; none means done.
    pub provisioning_state: Option<String>,
}

/// Room for a look within what Azure takes; it is given back when this is dropped.
pub struct Room(#[expect(dead_code, reason = "held for its drop")] Box<dyn Any + Send>);

impl Room {
    /// Room that is given back when `promise` is dropped.
    pub fn new(promise: impl Any + Send) -> Self {
        Self(Box::new(promise))
    }
}

/// Azure Resource Manager and Azure Backup.
#[async_trait]
pub trait Azure: Send + Sync {
    /// Asks for room for a look at a resource of the subscription, before the first call.
    ///
    /// Refused with [`AzureError::Throttled`] and the time to come back, so that Azure need not refuse.
    fn admit(&self, _subscription: &str, _importance: Importance) -> Result<Room, AzureError> {
        Ok(Room::new(()))
    }
    /// Drops what is remembered of a subscription from before this look; whether there was any.
    ///
    /// A look that began with it may have come to a wrong end, and has to plan again.
    fn forget(&self, _subscription: &str) -> bool {
        false
    }
    /// The resource, or `None` if it does not exist.
    async fn resource(&self, id: &ResourceId) -> Result<Option<ObservedResource>, AzureError>;
    /// Every Backup vault of a subscription.
    async fn vaults(&self, subscription: &str) -> Result<Vec<Vault>, AzureError>;
    /// One Backup vault, or `None`.
    async fn vault(&self, id: &ResourceId) -> Result<Option<Vault>, AzureError>;
    /// Creates a Backup vault with a system-assigned identity.
    async fn create_vault(&self, spec: &VaultSpec) -> Result<Started, AzureError>;
    /// Gives a vault a system-assigned identity beside those that it has.
    async fn give_identity(&self, vault: &ResourceId) -> Result<Started, AzureError>;
    /// A resource group for snapshots with its locks, or `None`.
    async fn snapshot_group(&self, id: &ResourceId) -> Result<Option<SnapshotGroup>, AzureError>;
    /// Creates a resource group; one that is there, in whatever region, is success.
    async fn create_group(&self, spec: &GroupSpec) -> Result<(), AzureError>;
    /// Backup instances that name this resource, in any vault.
    async fn instances_of(&self, datasource: &ResourceId) -> Result<Vec<BackupInstance>, AzureError>;
    /// One backup instance, or `None`.
    async fn instance(&self, id: &ResourceId) -> Result<Option<BackupInstance>, AzureError>;
    /// Every backup policy of a vault; those that cannot be understood are left out.
    async fn policies(&self, vault: &ResourceId) -> Result<Vec<Policy>, AzureError>;
    /// One backup policy, or `None`.
    async fn policy(&self, id: &ResourceId) -> Result<Option<Policy>, AzureError>;
    /// Creates or replaces a backup policy.
    async fn put_policy(&self, id: &ResourceId, spec: &PolicySpec) -> Result<(), AzureError>;
    /// Assignments of a principal anywhere in the subscription and above it.
    async fn role_assignments(
        &self,
        subscription: &str,
        principal: &str,
    ) -> Result<Vec<RoleAssignment>, AzureError>;
    /// Creates a role assignment; one that exists already, under whatever name, is success.
    async fn grant(&self, grant: &RoleGrant) -> Result<(), AzureError>;
    /// Names of the blob containers of a storage account.
    async fn containers(&self, account: &ResourceId) -> Result<Vec<String>, AzureError>;
    /// The key vault of this name, wherever it is, or `None`.
    async fn key_vault(&self, name: &str) -> Result<Option<KeyVault>, AzureError>;
    /// The backup extension of a cluster, or `None`.
    async fn backup_extension(&self, cluster: &ResourceId) -> Result<Option<BackupExtension>, AzureError>;
    /// Trusted access bindings of a cluster.
    async fn trusted_access(&self, cluster: &ResourceId) -> Result<Vec<TrustedAccess>, AzureError>;
    /// Lets a Backup vault into a cluster.
    async fn bind_trusted_access(&self, binding: &TrustedAccessBinding) -> Result<Started, AzureError>;
    /// Starts `validateForBackup`.
    async fn validate(&self, spec: &InstanceSpec) -> Result<Started, AzureError>;
    /// Creates or updates a backup instance.
    async fn put_instance(&self, spec: &InstanceSpec) -> Result<Started, AzureError>;
    /// Starts `validateForModifyBackup` for an instance with another policy.
    async fn validate_move(&self, change: &PolicyMove) -> Result<Started, AzureError>;
    /// Writes an instance again, as Azure shows it but for its policy.
    async fn move_instance(&self, change: &PolicyMove) -> Result<Started, AzureError>;
    /// Stops, suspends, resumes or deletes an instance.
    async fn alter(&self, instance: &ResourceId, alteration: Alteration) -> Result<Started, AzureError>;
    /// Brings back an instance that was deleted softly; `None` if there is nothing to bring back.
    async fn undelete(&self, instance: &ResourceId) -> Result<Option<Started>, AzureError>;
    /// Instances of a vault that were deleted softly.
    async fn deleted_instances(&self, vault: &ResourceId) -> Result<Vec<BackupInstance>, AzureError>;
    /// Asks for a long-running operation's state.
    async fn operation(&self, url: &OperationUrl) -> Result<OperationState, AzureError>;
    /// Starts an on-demand backup by the named rule of the instance's policy.
    async fn backup(
        &self,
        instance: &ResourceId,
        rule: &str,
        retention_tag: Option<&str>,
    ) -> Result<Started, AzureError>;
    /// Every job of a vault that Azure still lists.
    async fn jobs(&self, vault: &ResourceId) -> Result<Vec<Job>, AzureError>;
    /// One job, or `None`.
    async fn job(&self, id: &ResourceId) -> Result<Option<Job>, AzureError>;
    /// Recovery points of a backup instance.
    async fn recovery_points(&self, instance: &ResourceId) -> Result<Vec<RecoveryPoint>, AzureError>;
    /// Ids of all resources of these types, by Resource Graph, completely paged.
    async fn resources_of_types(
        &self,
        subscriptions: &[String],
        types: &[&str],
    ) -> Result<Vec<ResourceId>, AzureError>;
    /// Ids of all datasources that a Backup vault protects, by Resource Graph, completely paged.
    async fn protected_datasources(&self, subscriptions: &[String]) -> Result<Vec<ResourceId>, AzureError>;
    /// Ids of the backup instances that name a resource, by Resource Graph: for one that does not exist any more.
    async fn instances_in_graph(&self, datasource: &ResourceId) -> Result<Vec<ResourceId>, AzureError>;
    /// Tags of a subscription or resource group, or `None` if it does not exist.
    async fn tags_of(&self, scope: &str) -> Result<Option<BTreeMap<String, String>>, AzureError>;
    /// Every management lock in a subscription, on whatever it lies.
    async fn locks(&self, subscription: &str) -> Result<Vec<Lock>, AzureError>;
    /// How many backup instances each Backup vault has, by the vault's lower-case id.
    async fn instance_counts(&self, subscription: &str) -> Result<BTreeMap<String, u32>, AzureError>;
}

/// A store or queue that could not be reached, or refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("could not {action}: {detail}")]
pub struct StorageError {
    /// Completes "could not …".
    pub action: String,
    /// Storage's code and words.
    pub detail: String,
}

/// The queue on which work waits.
#[async_trait]
pub trait WorkQueue: Send + Sync {
    /// Puts an item that nobody sees before `delay` has passed (whole seconds, at most 7 days).
    async fn put(&self, item: &WorkItem, delay: Duration) -> Result<(), StorageError>;
}

/// Input that somebody else gave up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenUp {
    /// The message, or the dead letter.
    pub text: String,
    /// By what it is found again.
    pub receipt: String,
}

/// A place where input lies that was given up.
#[async_trait]
pub trait GivenUpInputs: Send + Sync {
    /// All of it, each as it is read. An error is one input that cannot be read now, or the end of a list that broke
    /// off; what follows an input that cannot be read comes all the same.
    fn all(&self) -> BoxStream<'_, Result<GivenUp, StorageError>>;
    /// It is dealt with, durably: it goes.
    async fn dealt_with(&self, input: &GivenUp) -> Result<(), StorageError>;
}

/// Whether an entry was new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is in the ledger now.
    New,
    /// An entry of this path was there before and stays as it was.
    AlreadyThere,
}

/// The append-only store of decisions and outcomes.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Writes an entry, never over an existing one.
    async fn append(&self, entry: &Entry) -> Result<Written, StorageError>;
    /// Writes an entry about a resource; see [`ledger::about`].
    async fn record(
        &self,
        resource: &ResourceId,
        cause_at: Timestamp,
        told: &Told,
    ) -> Result<Written, StorageError> {
        self.append(&ledger::about(resource, cause_at, told)).await
    }
    /// Paths of all entries below `prefix`, in order.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError>;
    /// The entry at `path`, or `None`.
    async fn read(&self, path: &str) -> Result<Option<serde_json::Value>, StorageError>;
}

/// The store of accepted rule sets, so that any instance of the handler can serve any of them again.
///
/// What lies there is data: it is checked like a fresh rule set whenever it is taken into use.
#[async_trait]
pub trait RuleShelf: Send + Sync {
    /// Writes a file, never over an existing one.
    async fn put(&self, path: &str, bytes: Vec<u8>) -> Result<Written, StorageError>;
    /// The file at `path`, or `None`.
    async fn get(&self, path: &str) -> Result<Option<Vec<u8>>, StorageError>;
    /// Paths of all files below `prefix`, in order.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError>;
}

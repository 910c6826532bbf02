//! Azure Resource Manager: resources, their groups, locks and tags, role assignments, long-running operations.

use std::collections::BTreeMap;

use async_trait::async_trait;
use holdfast_evaluator::Resource;

use crate::lock::Lock;
use crate::operation::{OperationState, OperationUrl};
use crate::roles::{RoleAssignment, RoleGrant};
use crate::snapshot_group::{GroupSpec, SnapshotGroup};
use crate::workload::aks::{BackupExtension, TrustedAccess};
use crate::workload::postgresql_single::KeyVault;
use crate::{AzureError, ResourceId};

/// A resource and what ARM says of its making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedResource {
    /// In the form that rules see.
    pub resource: Resource,
    /// `properties.provisioningState`; none means done.
    pub provisioning_state: Option<String>,
}

/// Azure Resource Manager.
#[async_trait]
pub trait Arm: Send + Sync {
    /// The resource, or `None` if it does not exist.
    async fn resource(&self, id: &ResourceId) -> Result<Option<ObservedResource>, AzureError>;
    /// A resource group for snapshots with its locks, or `None`.
    async fn snapshot_group(&self, id: &ResourceId) -> Result<Option<SnapshotGroup>, AzureError>;
    /// Creates a resource group; one that is there, in whatever region, is success.
    async fn create_group(&self, spec: &GroupSpec) -> Result<(), AzureError>;
    /// Assignments of a principal anywhere in the subscription and above it.
    async fn role_assignments(
        &self,
        subscription: &str,
        principal: &str,
    ) -> Result<Vec<RoleAssignment>, AzureError>;
    /// Creates a role assignment; one that exists already, under whatever name, is success.
    async fn grant(&self, grant: &RoleGrant) -> Result<(), AzureError>;
    /// Names of the blob containers of a storage account, or `None` if there is no such account.
    async fn containers(&self, account: &ResourceId) -> Result<Option<Vec<String>>, AzureError>;
    /// The key vault of this name, wherever it is, or `None`.
    async fn key_vault(&self, name: &str) -> Result<Option<KeyVault>, AzureError>;
    /// The backup extension of a cluster, or `None`.
    async fn backup_extension(&self, cluster: &ResourceId) -> Result<Option<BackupExtension>, AzureError>;
    /// Trusted access bindings of a cluster.
    async fn trusted_access(&self, cluster: &ResourceId) -> Result<Vec<TrustedAccess>, AzureError>;
    /// Asks for a long-running operation's state.
    async fn operation(&self, url: &OperationUrl) -> Result<OperationState, AzureError>;
    /// Tags of a subscription or resource group, or `None` if it does not exist.
    async fn tags_of(&self, scope: &str) -> Result<Option<BTreeMap<String, String>>, AzureError>;
    /// Every management lock in a subscription, on whatever it lies.
    async fn locks(&self, subscription: &str) -> Result<Vec<Lock>, AzureError>;
}

//! The port [`Arm`].

use std::collections::BTreeMap;

use async_trait::async_trait;
use holdfast_protection::lock::Lock;
use holdfast_protection::operation::{OperationState, OperationUrl};
use holdfast_protection::ports::{Arm, ObservedResource};
use holdfast_protection::roles::{RoleAssignment, RoleGrant};
use holdfast_protection::snapshot_group::{GroupSpec, SnapshotGroup};
use holdfast_protection::workload::aks::{BackupExtension, TrustedAccess};
use holdfast_protection::workload::postgresql_single::KeyVault;
use holdfast_protection::{AzureError, ResourceId};

use super::super::absence::or_absent;
use super::super::memory::Memory;
use super::super::transport::ArmClient;
use super::super::{
    clusters, containers, dependencies, groups, key_vaults, operation, resources, role_assignments,
};

#[async_trait]
impl Arm for ArmClient {
    async fn resource(&self, id: &ResourceId) -> Result<Option<ObservedResource>, AzureError> {
        resources::get(self, id).await
    }

    async fn snapshot_group(&self, id: &ResourceId) -> Result<Option<SnapshotGroup>, AzureError> {
        let read = groups::get(self, id);
        match self.memory() {
            Some((memory, now)) => memory.snapshot_groups.or_read(id.key(), now, read).await,
            None => read.await,
        }
    }

    async fn create_group(&self, spec: &GroupSpec) -> Result<(), AzureError> {
        groups::create(self, spec).await
    }

    async fn role_assignments(
        &self,
        subscription: &str,
        principal: &str,
    ) -> Result<Vec<RoleAssignment>, AzureError> {
        let read = role_assignments::of_principal(self, subscription, principal);
        match self.memory() {
            Some((memory, now)) => {
                memory.roles.or_read(Memory::of_principal(subscription, principal), now, read).await
            }
            None => read.await,
        }
    }

    async fn grant(&self, grant: &RoleGrant) -> Result<(), AzureError> {
        role_assignments::grant(self, grant).await?;
        self.memory.granted(grant);
        Ok(())
    }

    async fn containers(&self, account: &ResourceId) -> Result<Option<Vec<String>>, AzureError> {
        or_absent(containers::list(self, account).await)
    }

    async fn key_vault(&self, name: &str) -> Result<Option<KeyVault>, AzureError> {
        key_vaults::named(self, name).await
    }

    async fn backup_extension(&self, cluster: &ResourceId) -> Result<Option<BackupExtension>, AzureError> {
        clusters::backup_extension(self, cluster).await
    }

    async fn trusted_access(&self, cluster: &ResourceId) -> Result<Vec<TrustedAccess>, AzureError> {
        clusters::trusted_access(self, cluster).await
    }

    async fn operation(&self, url: &OperationUrl) -> Result<OperationState, AzureError> {
        operation::poll(self, url).await
    }

    async fn tags_of(&self, scope: &str) -> Result<Option<BTreeMap<String, String>>, AzureError> {
        dependencies::tags_of(self, scope).await
    }

    async fn locks(&self, subscription: &str) -> Result<Vec<Lock>, AzureError> {
        dependencies::locks(self, subscription).await
    }
}

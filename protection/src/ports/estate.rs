//! The estate, as Resource Graph shows it.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::{AzureError, ResourceId};

/// Resource Graph.
#[async_trait]
pub trait Estate: Send + Sync {
    /// Ids of all resources of these types, by Resource Graph, completely paged.
    async fn resources_of_types(
        &self,
        subscriptions: &[String],
        types: &[&str],
    ) -> Result<Vec<ResourceId>, AzureError>;
    /// Ids of all datasources that a vault protects, by Resource Graph, completely paged.
    async fn protected_datasources(&self, subscriptions: &[String]) -> Result<Vec<ResourceId>, AzureError>;
    /// Ids of the instances that protect a resource, by Resource Graph: for one that does not exist any more.
    async fn instances_in_graph(&self, datasource: &ResourceId) -> Result<Vec<ResourceId>, AzureError>;
    /// How many instances each vault has, by the vault's lower-case id.
    async fn instance_counts(&self, subscription: &str) -> Result<BTreeMap<String, u32>, AzureError>;
}

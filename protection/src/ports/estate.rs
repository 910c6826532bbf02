//! The estate, as Resource Graph shows it.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::{AzureError, ResourceId};

/// Resource Graph.
#[async_trait]
pub trait Estate: Send + Sync {
    /// Ids of all resources of these types that Resource Graph lists, completely paged: for types of which there are few.
    async fn resources_of_types(
        &self,
        subscriptions: &[String],
        types: &[&str],
    ) -> Result<Vec<ResourceId>, AzureError>;
    /// Ids of the instances that protect a resource, by Resource Graph: for one that does not exist any more.
    async fn instances_in_graph(&self, datasource: &ResourceId) -> Result<Vec<ResourceId>, AzureError>;
    /// How many instances each vault has, by the vault's lower-case id.
    async fn instance_counts(&self, subscription: &str) -> Result<BTreeMap<String, u32>, AzureError>;
}

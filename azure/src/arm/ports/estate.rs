//! The port [`Estate`].

use std::collections::BTreeMap;

use async_trait::async_trait;
use holdfast_protection::ports::Estate;
use holdfast_protection::{AzureError, ResourceId};

use super::super::memory::Memory;
use super::super::resource_graph;
use super::super::transport::ArmClient;

#[async_trait]
impl Estate for ArmClient {
    async fn resources_of_types(
        &self,
        subscriptions: &[String],
        types: &[&str],
    ) -> Result<Vec<ResourceId>, AzureError> {
        resource_graph::resources_of_types(self, subscriptions, types).await
    }

    async fn instances_in_graph(&self, datasource: &ResourceId) -> Result<Vec<ResourceId>, AzureError> {
        resource_graph::instances_of(self, datasource).await
    }

    async fn instance_counts(&self, subscription: &str) -> Result<BTreeMap<String, u32>, AzureError> {
        let read = resource_graph::instance_counts(self, subscription);
        match self.memory() {
            Some((memory, now)) => {
                memory.instance_counts.or_read(Memory::of_subscription(subscription), now, read).await
            }
            None => read.await,
        }
    }
}

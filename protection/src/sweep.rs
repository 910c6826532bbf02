//! Sweep: find what events missed.

use std::collections::HashSet;

use crate::ports::Azure;
use crate::{AzureError, ResourceId, Workload};

/// Resources of a covered type that no Backup vault protects, in the order of their ids.
///
/// Resource Graph lags behind ARM by seconds to minutes, so this may name a resource that is being
/// protected; looking at it again does no harm.
pub async fn unprotected(azure: &dyn Azure, subscriptions: &[String]) -> Result<Vec<ResourceId>, AzureError> {
    let protected: HashSet<ResourceId> =
        azure.protected_datasources(subscriptions).await?.into_iter().collect();
    let mut missed = azure.resources_of_types(subscriptions, &Workload::resource_types()).await?;
    missed.retain(|id| !protected.contains(id));
    missed.sort_by_key(ResourceId::key);
    missed.dedup();
    Ok(missed)
}

//! Where the snapshots of a datasource go.

use holdfast_evaluator::Protection;

use super::{Datasource, Impossible, unusable_name};
use crate::ResourceId;

/// The resource group that the decision names, in the subscription of the datasource.
pub(super) fn snapshot_group(
    datasource: Datasource<'_>,
    how: &Protection,
) -> Result<Option<ResourceId>, Impossible> {
    if !datasource.workload.manifest().snapshot_group {
        return Ok(None);
    }
    let Some(group) = &how.snapshot_resource_group else {
        return Err(Impossible::new(
            "SnapshotGroupMissing",
            format!("snapshots of {} need a resource group, and no rule names one", datasource.id.name()),
            "let a rule state `snapshot-resource-group`",
        ));
    };
    let id = ResourceId::resource_group_of(datasource.id.subscription(), group)
        .map_err(|error| unusable_name(&error))?;
    Ok(Some(id))
}

//! Where the snapshots of a datasource go.

use holdfast_evaluator::{Allowances, Protection};

use super::Datasource;
use crate::ResourceId;
use crate::impossible::Impossible;
use crate::instance::BackupInstance;
use crate::observe::Ground;
use crate::snapshot_group::GroupSpec;

/// The resource group that the decision names, in the subscription of the datasource.
///
/// A broken instance keeps its own: Azure does not let it change.
pub fn wanted_group(
    datasource: Datasource<'_>,
    how: &Protection,
    broken: Option<&BackupInstance>,
    allowances: &Allowances,
) -> Result<Option<ResourceId>, Impossible> {
    if !datasource.workload.manifest().snapshot_group {
        return Ok(None);
    }
    if let Some(kept) = broken.and_then(|instance| instance.snapshot_group.clone()) {
        return Ok(Some(kept));
    }
    let name = datasource.id.name();
    let Some(group) = &how.snapshot_resource_group else {
        return Err(Impossible::new(
            "SnapshotGroupMissing",
            format!("snapshots of {name} need a resource group, and no rule names one"),
            "let a rule state `snapshot-resource-group`",
        ));
    };
    let own = datasource.id.resource_group().is_some_and(|own| own.eq_ignore_ascii_case(group));
    if own && !allowances.snapshot_groups.allow_source_group {
        return Err(Impossible::new(
            "SnapshotGroupOfSource",
            format!(
                "the rules put snapshots of {name} into its own resource group `{group}`: who deletes the group loses both"
            ),
            "let the rules name another group, or state `allow-source-group = true` in `[snapshot-groups]` of the rule set",
        ));
    }
    let id = ResourceId::resource_group_of(datasource.id.subscription(), group)
        .map_err(|error| Impossible::unusable_name(&error))?;
    Ok(Some(id))
}

/// The group to create, if it is not there and may be created.
pub(super) fn missing(
    datasource: Datasource<'_>,
    wanted: Option<&ResourceId>,
    ground: &Ground,
    allowances: &Allowances,
) -> Result<Option<GroupSpec>, Impossible> {
    let Some(id) = wanted else { return Ok(None) };
    if ground.snapshot_group.as_ref().is_some_and(|group| group.id == *id) {
        return Ok(None);
    }
    match &allowances.create.snapshot_groups {
        Some(creation) => Ok(Some(GroupSpec {
            id: id.clone(),
            location: datasource.location.clone(),
            tags: creation.tags.clone(),
        })),
        None => Err(Impossible::new(
            "SnapshotGroupNotFound",
            format!(
                "snapshots of {} go to resource group `{}`, which subscription {} does not have",
                datasource.id.name(),
                id.name(),
                id.subscription()
            ),
            "create it, let the rule set create it (`[create.snapshot-groups]`), or let the rules name another",
        )),
    }
}

//! A new disk.

use super::{Kind, LooksFor, There};
use crate::impossible::Impossible;
use crate::instance::BackupInstance;
use crate::restore::roles::Need;
use crate::restore::{RestoreGround, RestoreInto, TargetDatasource, names};
use crate::roles::Role;
use crate::{Location, ResourceId};

pub(super) struct Disk<'a> {
    pub(super) group: &'a ResourceId,
    pub(super) name: &'a str,
}

impl Kind for Disk<'_> {
    fn place(&self, _source: &BackupInstance) -> Option<ResourceId> {
        Some(self.group.clone())
    }

    fn place_type(&self) -> (&'static str, &'static str) {
        ("Microsoft.Resources/resourceGroups", "`resourceGroup` has to be the ARM id of a resource group")
    }

    fn absent(&self) -> (&'static str, &'static str, &'static str) {
        (
            "UserErrorRestoreTargetRGNotFound",
            "resource group",
            "create it, or name another as `resourceGroup`",
        )
    }

    fn looks_for(&self, place: &ResourceId) -> LooksFor {
        LooksFor::Resource(disk_id(place, self.name))
    }

    /// The group may lie anywhere: the disk comes to the region of its snapshots.
    fn request(&self, there: &There<'_>) -> Result<(RestoreInto, Location), Impossible> {
        Ok((disk(self.name, there.ground)?, there.ground.source.location.clone()))
    }

    fn needs(&self, ground: &RestoreGround, principal: &str) -> Result<Vec<Need>, Impossible> {
        let snapshots = ground.source.snapshot_group.as_ref();
        let read = snapshots.map(|group| Need::new(Role::DiskSnapshotContributor, group, principal));
        let made = Need::new(Role::DiskRestoreOperator, &ground.place.id, principal);
        Ok(std::iter::once(made).chain(read).collect())
    }

    fn notes(&self, ground: &RestoreGround) -> Vec<String> {
        let here = &ground.source.location;
        let elsewhere = ground.place.seen.as_ref().is_some_and(|seen| seen.location != *here);
        let note = format!("a restored disk comes to {here}, where its snapshots are");
        elsewhere.then_some(note).into_iter().collect()
    }
}

/// The id of the disk that a restore would make; none if the name cannot be part of an id.
fn disk_id(group: &ResourceId, name: &str) -> Option<ResourceId> {
    format!("{group}/providers/Microsoft.Compute/disks/{name}").parse().ok()
}

fn disk(name: &str, ground: &RestoreGround) -> Result<RestoreInto, Impossible> {
    names::disk(name)?;
    let group = &ground.place.id;
    let id = disk_id(group, name).ok_or_else(|| {
        Impossible::new(
            "NameNotUsable",
            format!("`{name}` cannot be the name of a disk"),
            "name it otherwise",
        )
    })?;
    if !ground.place.taken.is_empty() {
        return Err(Impossible::new(
            "UserErrorSameNameDiskAlreadyExists",
            format!("there is a disk `{name}` in resource group `{}` already", group.name()),
            "a restore makes a new disk: give it another name, or another resource group",
        ));
    }
    let target = TargetDatasource {
        id,
        datasource_type: ground.source.datasource_type.clone(),
        location: ground.source.location.clone(),
        set: None,
        secret: None,
    };
    Ok(RestoreInto::Whole { target })
}

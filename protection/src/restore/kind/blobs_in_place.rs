//! Blobs of an account, brought back in place to a moment.

use super::{GoesBackTo, Kind, LooksFor, There};
use crate::impossible::Impossible;
use crate::instance::BackupInstance;
use crate::restore::roles::Need;
use crate::restore::{BlobRange, Criterion, RestoreGround, RestoreInto, TargetDatasource, ranges};
use crate::roles::Role;
use crate::{Location, ResourceId};

pub(super) struct BlobsInPlace<'a> {
    pub(super) containers: &'a [String],
    pub(super) prefixes: &'a [String],
}

impl Kind for BlobsInPlace<'_> {
    fn place(&self, source: &BackupInstance) -> Option<ResourceId> {
        Some(source.datasource.clone())
    }

    fn place_type(&self) -> (&'static str, &'static str) {
        ("Microsoft.Storage/storageAccounts", "the datasource has to be a storage account")
    }

    fn absent(&self) -> (&'static str, &'static str, &'static str) {
        ("UserErrorAzureResourceNotFoundByPlugin", "account", "recover the deleted account in Azure first")
    }

    fn looks_for(&self, _place: &ResourceId) -> LooksFor {
        match self.containers.is_empty() && self.prefixes.is_empty() {
            true => LooksFor::Nothing,
            false => LooksFor::Containers,
        }
    }

    fn request(&self, there: &There<'_>) -> Result<(RestoreInto, Location), Impossible> {
        let ground = there.ground;
        Ok((in_place(self.containers, self.prefixes, ground)?, ground.source.location.clone()))
    }

    fn needs(&self, ground: &RestoreGround, principal: &str) -> Result<Vec<Need>, Impossible> {
        Ok(vec![Need::new(Role::StorageAccountBackupContributor, &ground.place.id, principal)])
    }

    fn goes_back_to(&self) -> GoesBackTo {
        GoesBackTo::Moments
    }

    fn notes(&self, _ground: &RestoreGround) -> Vec<String> {
        [
            "blobs that were changed or made since then are rolled back; blobs in the archive tier are not",
            "Azure does not say whether any blob was changed: where no blob has a prefix, nothing comes back",
        ]
        .map(str::to_owned)
        .to_vec()
    }
}

fn in_place(
    containers: &[String],
    prefixes: &[String],
    ground: &RestoreGround,
) -> Result<RestoreInto, Impossible> {
    let ranges = ranges::of(containers, prefixes)?;
    are_there(&ranges, ground)?;
    let target = TargetDatasource {
        id: ground.source.datasource.clone(),
        datasource_type: ground.source.datasource_type.clone(),
        location: ground.source.location.clone(),
        set: None,
        secret: None,
    };
    if ranges.is_empty() {
        return Ok(RestoreInto::Whole { target });
    }
    Ok(RestoreInto::Items { target, criteria: ranges.into_iter().map(Criterion::Range).collect() })
}

/// Azure brings back blobs of containers that are there, and ends well with those that are not: nothing comes back.
fn are_there(ranges: &[BlobRange], ground: &RestoreGround) -> Result<(), Impossible> {
    let there = &ground.place.taken;
    let named = ranges.iter().map(BlobRange::container);
    let Some(gone) = named.into_iter().find(|name| !there.iter().any(|one| one == name)) else {
        return Ok(());
    };
    let mut names: Vec<&str> =
        there.iter().map(String::as_str).filter(|name| !name.starts_with('$')).collect();
    names.sort_unstable();
    let has = match names.is_empty() {
        true => "it has none".to_owned(),
        false => format!("it has {}", names.join(", ")),
    };
    Err(Impossible::new(
        "UserErrorContainerNotFoundForPointInTimeRestore",
        format!("account `{}` has no container `{gone}`; {has}", ground.place.id.name()),
        "name one that is there; if it was deleted, undelete the container in the account first",
    ))
}

//! Files in a blob container.

use super::{Kind, LooksFor, There};
use crate::impossible::Impossible;
use crate::instance::BackupInstance;
use crate::restore::ground::SeenPlace;
use crate::restore::roles::Need;
use crate::restore::{RestoreGround, RestoreInto, names};
use crate::roles::Role;
use crate::{Location, ResourceId};

pub(super) struct Files<'a> {
    pub(super) account: &'a ResourceId,
    pub(super) container: &'a str,
    pub(super) prefix: Option<&'a str>,
}

impl Kind for Files<'_> {
    fn place(&self, _source: &BackupInstance) -> Option<ResourceId> {
        Some(self.account.clone())
    }

    fn place_type(&self) -> (&'static str, &'static str) {
        ("Microsoft.Storage/storageAccounts", "`account` has to be the ARM id of a storage account")
    }

    fn absent(&self) -> (&'static str, &'static str, &'static str) {
        ("UserErrorAzureResourceNotFoundByPlugin", "account", "create it, or name another as `account`")
    }

    fn looks_for(&self, _place: &ResourceId) -> LooksFor {
        LooksFor::Containers
    }

    fn request(&self, there: &There<'_>) -> Result<(RestoreInto, Location), Impossible> {
        there.in_region()?;
        Ok((files(self.container, self.prefix, there.ground, there.seen)?, there.region.clone()))
    }

    fn needs(&self, ground: &RestoreGround, principal: &str) -> Result<Vec<Need>, Impossible> {
        Ok(vec![Need::new(Role::StorageBlobDataContributor, &ground.place.id, principal)])
    }

    fn crosses_regions(&self) -> bool {
        true
    }
}

fn files(
    container: &str,
    prefix: Option<&str>,
    ground: &RestoreGround,
    seen: &SeenPlace,
) -> Result<RestoreInto, Impossible> {
    names::container(container)?;
    let account = &ground.place.id;
    if !ground.place.taken.iter().any(|name| name == container) {
        return Err(Impossible::new(
            "UserErrorContainerNotAccessible",
            format!("account `{}` has no container `{container}`", account.name()),
            "create the container, or name another",
        ));
    }
    let id = account
        .child("blobServices", "default")
        .and_then(|service| service.child("containers", container))
        .map_err(|error| Impossible::new("NameNotUsable", error.to_string(), "name another container"))?;
    let endpoint = seen
        .blob_endpoint
        .clone()
        .unwrap_or_else(|| format!("https://{}.blob.core.windows.net", account.name()));
    // Files of one server must be told from those of another in the same container.
    let prefix = match prefix.map(str::trim).filter(|prefix| !prefix.is_empty()) {
        Some(prefix) => prefix.to_owned(),
        None => ground.source.datasource.name().to_owned(),
    };
    Ok(RestoreInto::Files { url: format!("{endpoint}/{container}"), prefix, container: id })
}

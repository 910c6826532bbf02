//! Containers in another storage account.

use std::collections::BTreeSet;

use super::{Kind, LooksFor, There};
use crate::impossible::Impossible;
use crate::instance::BackupInstance;
use crate::restore::ground::SeenPlace;
use crate::restore::roles::Need;
use crate::restore::{
    ContainerItems, Criterion, DesiredContainer, RestoreGround, RestoreInto, TargetDatasource, names, ranges,
};
use crate::roles::Role;
use crate::workload::storage_account::MOST_CONTAINERS;
use crate::{Location, ResourceId};

pub(super) struct Containers<'a> {
    pub(super) account: &'a ResourceId,
    pub(super) containers: &'a [DesiredContainer],
}

impl Kind for Containers<'_> {
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

    fn refused(&self, ground: &RestoreGround) -> Result<(), Impossible> {
        not_the_original(self.account, ground)
    }

    fn request(&self, there: &There<'_>) -> Result<(RestoreInto, Location), Impossible> {
        there.in_region()?;
        Ok((containers(self.containers, there.ground, there.seen)?, there.region.clone()))
    }

    fn needs(&self, ground: &RestoreGround, principal: &str) -> Result<Vec<Need>, Impossible> {
        Ok(vec![Need::new(Role::StorageAccountBackupContributor, &ground.place.id, principal)])
    }

    fn notes(&self, _ground: &RestoreGround) -> Vec<String> {
        vec!["restored blobs are in the hot tier".to_owned()]
    }
}

/// Backups in the vault are restored to another account, even if the original one was deleted and made again.
fn not_the_original(account: &ResourceId, ground: &RestoreGround) -> Result<(), Impossible> {
    if *account != ground.source.datasource {
        return Ok(());
    }
    Err(Impossible::new(
        "UserErrorOriginalLocationRestoreNotSupported",
        format!(
            "`{}` is the account that was backed up; backups in the vault are restored to another account",
            account.name()
        ),
        "name another storage account, or restore blobs in place from operational backup",
    ))
}

fn containers(
    desired: &[DesiredContainer],
    ground: &RestoreGround,
    seen: &SeenPlace,
) -> Result<RestoreInto, Impossible> {
    let account = &ground.place.id;
    let all: Vec<DesiredContainer>;
    let desired = if desired.is_empty() {
        all = ground.source.stated.containers.iter().map(|name| whole(name)).collect();
        &all
    } else {
        desired
    };
    if desired.is_empty() {
        return Err(Impossible::new(
            "UserErrorNoContainersSelectedForOperation",
            "the backup instance names no containers, so all of them cannot be meant",
            "name the containers",
        ));
    }
    if desired.len() > MOST_CONTAINERS {
        return Err(Impossible::new(
            "UserErrorTooManyRestoreCriteriaGivenForBlobRestore",
            format!("{} containers are more than one restore takes", desired.len()),
            format!("name at most {MOST_CONTAINERS}, or restore several times"),
        ));
    }
    let mut made = BTreeSet::new();
    let criteria = desired.iter().map(|desired| one(desired, ground, &mut made)).collect::<Result<_, _>>()?;
    let target = TargetDatasource {
        id: account.clone(),
        datasource_type: ground.source.datasource_type.clone(),
        location: seen.location.clone(),
        set: Some(account.clone()),
        secret: None,
    };
    Ok(RestoreInto::Items { target, criteria })
}

fn whole(name: &str) -> DesiredContainer {
    DesiredContainer { name: name.to_owned(), prefixes: Vec::new(), rename_to: None }
}

fn one(
    desired: &DesiredContainer,
    ground: &RestoreGround,
    made: &mut BTreeSet<String>,
) -> Result<Criterion, Impossible> {
    names::container(&desired.name)?;
    let held = &ground.source.stated.containers;
    if !held.is_empty() && !held.contains(&desired.name) {
        return Err(Impossible::new(
            "UserErrorIncorrectContainersSelectedForOperation",
            format!(
                "container `{}` is not part of the backup, which holds {}",
                desired.name,
                held.join(", ")
            ),
            "name one of these",
        ));
    }
    if desired.prefixes.len() > ranges::MOST_RANGES {
        return Err(Impossible::new(
            "UserErrorTooManyPrefixesGivenForBlobRestore",
            format!(
                "{} prefixes of container `{}` are more than one restore takes",
                desired.prefixes.len(),
                desired.name
            ),
            format!("name at most {}, or restore the whole container", ranges::MOST_RANGES),
        ));
    }
    if desired.prefixes.iter().any(String::is_empty) {
        return Err(Impossible::new(
            "UserErrorInvalidRestorePrefixRange",
            format!("a prefix of container `{}` is empty", desired.name),
            "leave out `prefixes` to restore the whole container",
        ));
    }
    let name = desired.rename_to.as_ref().unwrap_or(&desired.name);
    names::container(name)?;
    if ground.place.taken.contains(name) {
        return Err(Impossible::new(
            "UserErrorTargetContainersExistOnAccount",
            format!("account `{}` has a container `{name}` already", ground.place.id.name()),
            "restore it under another name with `renameTo`, or to another account",
        ));
    }
    if !made.insert(name.clone()) {
        return Err(Impossible::new(
            "UserErrorTargetContainersExistOnAccount",
            format!("two containers would be restored as `{name}`"),
            "give them different names with `renameTo`, and name each container once",
        ));
    }
    Ok(Criterion::Container(ContainerItems {
        container: desired.name.clone(),
        prefixes: desired.prefixes.clone(),
        rename_to: desired.rename_to.clone(),
    }))
}

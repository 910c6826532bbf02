//! Blobs in place, containers in another account, and files.

use std::collections::BTreeSet;

use crate::ResourceId;
use crate::impossible::Impossible;
use crate::restore::ground::{RestoreGround, SeenPlace};
use crate::restore::{
    BlobRange, ContainerItems, ContainerWish, Criterion, RestoreInto, TargetDatasource, names, ranges,
};

/// Containers that one restore from the vault takes, as many as a backup can hold.
const MOST_CONTAINERS: usize = 100;

pub(super) fn in_place(
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

/// Backups in the vault are restored to another account, even if the original one was deleted and made anew.
pub(super) fn not_the_original(account: &ResourceId, ground: &RestoreGround) -> Result<(), Impossible> {
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

pub(super) fn containers(
    wished: &[ContainerWish],
    ground: &RestoreGround,
    seen: &SeenPlace,
) -> Result<RestoreInto, Impossible> {
    let account = &ground.place.id;
    let all: Vec<ContainerWish>;
    let wished = if wished.is_empty() {
        all = ground.source.stated.containers.iter().map(|name| whole(name)).collect();
        &all
    } else {
        wished
    };
    if wished.is_empty() {
        return Err(Impossible::new(
            "UserErrorNoContainersSelectedForOperation",
            "the backup instance names no containers, so all of them cannot be meant",
            "name the containers",
        ));
    }
    if wished.len() > MOST_CONTAINERS {
        return Err(Impossible::new(
            "UserErrorTooManyRestoreCriteriaGivenForBlobRestore",
            format!("{} containers are more than one restore takes", wished.len()),
            format!("name at most {MOST_CONTAINERS}, or restore several times"),
        ));
    }
    let mut made = BTreeSet::new();
    let criteria = wished.iter().map(|wish| one(wish, ground, &mut made)).collect::<Result<_, _>>()?;
    let target = TargetDatasource {
        id: account.clone(),
        datasource_type: ground.source.datasource_type.clone(),
        location: seen.location.clone(),
        set: Some(account.clone()),
        secret: None,
    };
    Ok(RestoreInto::Items { target, criteria })
}

fn whole(name: &str) -> ContainerWish {
    ContainerWish { name: name.to_owned(), prefixes: Vec::new(), rename_to: None }
}

fn one(
    wish: &ContainerWish,
    ground: &RestoreGround,
    made: &mut BTreeSet<String>,
) -> Result<Criterion, Impossible> {
    names::container(&wish.name)?;
    let held = &ground.source.stated.containers;
    if !held.is_empty() && !held.contains(&wish.name) {
        return Err(Impossible::new(
            "UserErrorIncorrectContainersSelectedForOperation",
            format!("container `{}` is not part of the backup, which holds {}", wish.name, held.join(", ")),
            "name one of these",
        ));
    }
    if wish.prefixes.len() > ranges::MOST_RANGES {
        return Err(Impossible::new(
            "UserErrorTooManyPrefixesGivenForBlobRestore",
            format!(
                "{} prefixes of container `{}` are more than one restore takes",
                wish.prefixes.len(),
                wish.name
            ),
            format!("name at most {}, or restore the whole container", ranges::MOST_RANGES),
        ));
    }
    if wish.prefixes.iter().any(String::is_empty) {
        return Err(Impossible::new(
            "UserErrorInvalidRestorePrefixRange",
            format!("a prefix of container `{}` is empty", wish.name),
            "leave out `prefixes` to restore the whole container",
        ));
    }
    let name = wish.rename_to.as_ref().unwrap_or(&wish.name);
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
        container: wish.name.clone(),
        prefixes: wish.prefixes.clone(),
        rename_to: wish.rename_to.clone(),
    }))
}

pub(super) fn files(
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

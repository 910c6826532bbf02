//! Into what: each kind of target with the bounds that Azure documents, refused before any call.

mod cluster;
mod machine;
mod share;
mod storage;

use super::ground::{RestoreGround, SeenPlace, disk_id, region_of};
use super::{RestoreInto, RestoreTarget, RestoreWish, TargetDatasource, names};
use crate::Location;
use crate::family::Family;
use crate::impossible::Impossible;
use crate::tier::DataStore;

/// What the wish is put into, and where.
pub(super) fn into(
    wish: &RestoreWish,
    ground: &RestoreGround,
    store: DataStore,
) -> Result<(RestoreInto, Location), Impossible> {
    if let RestoreTarget::Containers { account, .. } = &wish.to {
        storage::not_the_original(account, ground)?;
    }
    let seen = there(&wish.to, ground)?;
    if !ground.vault.cross_subscription
        && !ground.place.id.subscription().eq_ignore_ascii_case(ground.vault.id.subscription())
    {
        return Err(Impossible::new(
            "CrossSubscriptionRestoreDisabled",
            format!(
                "{} restores only to its own subscription, and `{}` is in another",
                Family::vault_in_words(&ground.vault.id),
                ground.place.id
            ),
            "choose a target in the vault's subscription, or enable cross-subscription restore on the vault",
        ));
    }
    let region = region_of(&ground.vault, wish.region)?;
    match &wish.to {
        // The group may lie anywhere: the disk comes to the region of its snapshots.
        RestoreTarget::Disk { name, .. } => Ok((disk(name, ground)?, ground.source.location.clone())),
        RestoreTarget::BlobsInPlace { containers, prefixes } => {
            Ok((storage::in_place(containers, prefixes, ground)?, ground.source.location.clone()))
        }
        RestoreTarget::Containers { containers, .. } => {
            in_region(ground, seen, &region)?;
            Ok((storage::containers(containers, ground, seen)?, region))
        }
        RestoreTarget::Files { container, prefix, .. } => {
            in_region(ground, seen, &region)?;
            Ok((storage::files(container, prefix.as_deref(), ground, seen)?, region))
        }
        RestoreTarget::Database { name, secret, .. } => {
            in_region(ground, seen, &region)?;
            Ok((database(name, secret.as_deref(), ground, seen)?, region))
        }
        RestoreTarget::Cluster(wish) => {
            in_region(ground, seen, &region)?;
            Ok((cluster::cluster(wish, ground, seen, store)?, region))
        }
        RestoreTarget::VmDisks(wish) => Ok((machine::disks(wish, ground, &region)?, region)),
        RestoreTarget::Vm(wish) => Ok((machine::machine(wish, ground, store, &region)?, region)),
        RestoreTarget::VmInPlace(wish) => Ok((machine::in_place(wish, ground, &region)?, region)),
        RestoreTarget::Share(wish) => Ok((share::share(wish, ground)?, region)),
    }
}

fn there<'a>(target: &RestoreTarget, ground: &'a RestoreGround) -> Result<&'a SeenPlace, Impossible> {
    let id = &ground.place.id;
    let name = id.name();
    if let Some(seen) = &ground.place.seen {
        return Ok(seen);
    }
    const ABSENT: &str = "UserErrorAzureResourceNotFoundByPlugin";
    let (code, what, way_out) = match target {
        RestoreTarget::Disk { .. } | RestoreTarget::VmDisks(_) | RestoreTarget::Vm(_) => (
            "UserErrorRestoreTargetRGNotFound",
            "resource group",
            "create it, or name another as `resourceGroup`",
        ),
        RestoreTarget::BlobsInPlace { .. } => {
            (ABSENT, "account", "recover the deleted account in Azure first")
        }
        RestoreTarget::Containers { .. } | RestoreTarget::Files { .. } => {
            (ABSENT, "account", "create it, or name another as `account`")
        }
        RestoreTarget::Database { .. } => (ABSENT, "server", "create it, or name another as `server`"),
        RestoreTarget::Cluster(_) => {
            (ABSENT, "cluster", "name another as `cluster`, or create it and install its backup extension")
        }
        RestoreTarget::VmInPlace(_) => {
            (ABSENT, "virtual machine", "its disks cannot be replaced: restore it as a new machine (`vm`)")
        }
        RestoreTarget::Share(_) => (ABSENT, "file share", "create it, or name another as `share`"),
    };
    Err(Impossible::new(
        code,
        format!("{what} `{name}` does not exist, so nothing can be restored to it: {id}"),
        way_out,
    ))
}

fn in_region(ground: &RestoreGround, seen: &SeenPlace, region: &Location) -> Result<(), Impossible> {
    if seen.location == *region {
        return Ok(());
    }
    Err(Impossible::new(
        "UserErrorDatasourceAndBackupVaultLocationMismatch",
        format!("`{}` is in {}, but this restore goes to {region}", ground.place.id, seen.location),
        format!("choose a target in {region}"),
    ))
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

fn database(
    name: &str,
    secret: Option<&str>,
    ground: &RestoreGround,
    seen: &SeenPlace,
) -> Result<RestoreInto, Impossible> {
    names::database(name)?;
    let server = &ground.place.id;
    let unusable = || {
        Impossible::new(
            "NameNotUsable",
            format!("`{name}` cannot be the name of a database"),
            "name it otherwise",
        )
    };
    let id = server.child("databases", name).map_err(|_| unusable())?;
    if !ground.place.taken.is_empty() {
        return Err(Impossible::new(
            "UserErrorDatabaseNameAlreadyInUse",
            format!(
                "server `{}` has a database `{name}` already, and a restore never overwrites one",
                server.name()
            ),
            "give the restored database a new name",
        ));
    }
    let same_server = ground.source.datasource.parent().as_ref() == Some(server);
    let own = ground.source.stated.secret.as_deref().filter(|_| same_server);
    let Some(secret) = secret.or(own) else {
        return Err(Impossible::new(
            "UserErrorInvalidSecretStore",
            format!("no Key Vault secret is known to write to server `{}` with", server.name()),
            "name the secret's identifier as `secret`: https://<vault>.vault.azure.net/secrets/<name>",
        ));
    };
    let target = TargetDatasource {
        id,
        datasource_type: ground.source.datasource_type.clone(),
        location: seen.location.clone(),
        set: Some(server.clone()),
        secret: Some(secret_identifier(secret)?),
    };
    Ok(RestoreInto::Whole { target })
}

/// The identifier of a secret; a text that is none may be the secret itself, so it is not repeated.
fn secret_identifier(text: &str) -> Result<String, Impossible> {
    crate::workload::postgresql_single::SecretUri::try_from(text.to_owned()).map(String::from).map_err(|_| {
        Impossible::new(
            "UserErrorSecretValueInUnsupportedFormat",
            "`secret` is no identifier of a Key Vault secret",
            "write https://<vault>.vault.azure.net/secrets/<name>; never the secret itself",
        )
    })
}

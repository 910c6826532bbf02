//! A virtual machine: its disks, a new machine, or the machine itself with other disks.

use crate::impossible::Impossible;
use crate::restore::ground::{RestoreGround, machine_id};
use crate::restore::{MachineDisksWish, MachineInPlaceWish, MachineWish, RestoreInto, TargetMachine, names};
use crate::tier::DataStore;
use crate::{Location, ResourceId};

/// Logical unit numbers that a data disk can have.
const LUNS: std::ops::RangeInclusive<u32> = 0..=63;

pub(super) fn disks(
    wish: &MachineDisksWish,
    ground: &RestoreGround,
    region: &Location,
) -> Result<RestoreInto, Impossible> {
    if let Some(lun) = wish.disks.iter().flatten().find(|lun| !LUNS.contains(lun)) {
        return Err(Impossible::new(
            "DiskNotNamed",
            format!("no data disk can have the logical unit number {lun}"),
            "name disks by their numbers, 0 to 63; the disk of the operating system always comes with them",
        ));
    }
    let staging = staging(ground, region)?;
    Ok(RestoreInto::Disks { group: ground.place.id.clone(), staging, disks: wish.disks.clone() })
}

pub(super) fn machine(
    wish: &MachineWish,
    ground: &RestoreGround,
    store: DataStore,
    region: &Location,
) -> Result<RestoreInto, Impossible> {
    names::machine(&wish.name)?;
    let group = &ground.place.id;
    let Some(id) = machine_id(group, &wish.name) else {
        return Err(Impossible::new(
            "NameNotUsable",
            format!("`{}` cannot be the name of a virtual machine", wish.name),
            "name it otherwise",
        ));
    };
    if !ground.place.taken.is_empty() {
        return Err(Impossible::new(
            "UserErrorVmNameAlreadyInUse",
            format!(
                "there is a virtual machine `{}` in resource group `{}` already",
                wish.name,
                group.name()
            ),
            "a restore makes a new machine: give it another name, or replace the disks of the old one (`vm-in-place`)",
        ));
    }
    if !wish.subnet.resource_type().eq_ignore_ascii_case("Microsoft.Network/virtualNetworks/subnets") {
        return Err(Impossible::new(
            "RestoreTargetOfWrongType",
            "`subnet` has to be the ARM id of a subnet: <virtual network>/subnets/<name>",
            "name a subnet in the region of the vault",
        ));
    }
    if wish.zone.is_some() && store == DataStore::OperationalStore {
        return Err(Impossible::new(
            "ZoneNeedsVaultTier",
            "a machine comes to a zone only from a recovery point with a copy in the vault",
            "leave out `zone`, or choose an older point",
        ));
    }
    Ok(RestoreInto::Machine(TargetMachine {
        id,
        group: group.clone(),
        subnet: wish.subnet.clone(),
        staging: staging(ground, region)?,
        zone: wish.zone.clone(),
    }))
}

pub(super) fn in_place(
    _wish: &MachineInPlaceWish,
    ground: &RestoreGround,
    region: &Location,
) -> Result<RestoreInto, Impossible> {
    Ok(RestoreInto::MachineInPlace {
        machine: ground.source.datasource.clone(),
        staging: staging(ground, region)?,
    })
}

/// The staging account, which Azure takes only in its own region and not zone-redundant (documentation).
fn staging(ground: &RestoreGround, region: &Location) -> Result<ResourceId, Impossible> {
    let unusable = |message: String| {
        Err(Impossible::new(
            "UserErrorStorageAccountNotUsable",
            message,
            format!("name another storage account in {region} as `staging`, not zone-redundant"),
        ))
    };
    let Some(place) = &ground.staging else {
        return unusable("this restore passes through a storage account, and none is named".to_owned());
    };
    let name = place.id.name();
    if !place.id.resource_type().eq_ignore_ascii_case("Microsoft.Storage/storageAccounts") {
        return unusable(format!("`{}` is not the ARM id of a storage account", place.id));
    }
    let Some(seen) = &place.seen else {
        return unusable(format!("storage account `{name}` does not exist"));
    };
    if seen.location != *region {
        return unusable(format!("storage account `{name}` is in {}, not in {region}", seen.location));
    }
    if seen.sku.as_deref().is_some_and(|sku| sku.to_ascii_uppercase().ends_with("ZRS")) {
        return unusable(format!("storage account `{name}` is zone-redundant"));
    }
    Ok(place.id.clone())
}

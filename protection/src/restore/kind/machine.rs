//! A virtual machine: its disks, a new machine, or the machine itself with other disks.
//!
//! All of them are made with the rights of the caller, which is us: the vault's identity needs none (documentation,
//! rights for Recovery Services vaults).

use super::{Kind, LooksFor, There};
use crate::impossible::Impossible;
use crate::instance::BackupInstance;
use crate::restore::{
    DesiredMachine, DesiredMachineDisks, DesiredMachineInPlace, RestoreGround, RestoreInto, TargetMachine,
    names,
};
use crate::tier::DataStore;
use crate::{Location, ResourceId};

/// Logical unit numbers that a data disk can have.
const LUNS: std::ops::RangeInclusive<u32> = 0..=63;

pub(super) struct Disks<'a> {
    pub(super) desired: &'a DesiredMachineDisks,
}

pub(super) struct New<'a> {
    pub(super) desired: &'a DesiredMachine,
}

pub(super) struct InPlace<'a> {
    pub(super) desired: &'a DesiredMachineInPlace,
}

const GROUP: (&str, &str) =
    ("Microsoft.Resources/resourceGroups", "`resourceGroup` has to be the ARM id of a resource group");
const NO_GROUP: (&str, &str, &str) =
    ("UserErrorRestoreTargetRGNotFound", "resource group", "create it, or name another as `resourceGroup`");
const LEFT: &str = "Azure leaves the configuration and a template of the machine in the staging account";

impl Kind for Disks<'_> {
    fn place(&self, _source: &BackupInstance) -> Option<ResourceId> {
        Some(self.desired.resource_group.clone())
    }

    fn place_type(&self) -> (&'static str, &'static str) {
        GROUP
    }

    fn absent(&self) -> (&'static str, &'static str, &'static str) {
        NO_GROUP
    }

    fn looks_for(&self, _place: &ResourceId) -> LooksFor {
        LooksFor::Nothing
    }

    fn request(&self, there: &There<'_>) -> Result<(RestoreInto, Location), Impossible> {
        Ok((disks(self.desired, there.ground, there.region)?, there.region.clone()))
    }

    fn crosses_regions(&self) -> bool {
        true
    }

    fn needs_roles(&self) -> bool {
        false
    }

    fn staging(&self) -> Option<&ResourceId> {
        Some(&self.desired.staging)
    }

    fn notes(&self, _ground: &RestoreGround) -> Vec<String> {
        vec![LEFT.to_owned()]
    }
}

impl Kind for New<'_> {
    fn place(&self, _source: &BackupInstance) -> Option<ResourceId> {
        Some(self.desired.resource_group.clone())
    }

    fn place_type(&self) -> (&'static str, &'static str) {
        GROUP
    }

    fn absent(&self) -> (&'static str, &'static str, &'static str) {
        NO_GROUP
    }

    fn looks_for(&self, place: &ResourceId) -> LooksFor {
        LooksFor::Resource(machine_id(place, &self.desired.name))
    }

    fn request(&self, there: &There<'_>) -> Result<(RestoreInto, Location), Impossible> {
        Ok((machine(self.desired, there.ground, there.store, there.region)?, there.region.clone()))
    }

    fn crosses_regions(&self) -> bool {
        true
    }

    fn needs_roles(&self) -> bool {
        false
    }

    fn staging(&self) -> Option<&ResourceId> {
        Some(&self.desired.staging)
    }

    fn notes(&self, _ground: &RestoreGround) -> Vec<String> {
        vec![LEFT.to_owned()]
    }
}

impl Kind for InPlace<'_> {
    fn place(&self, source: &BackupInstance) -> Option<ResourceId> {
        Some(source.datasource.clone())
    }

    fn place_type(&self) -> (&'static str, &'static str) {
        ("Microsoft.Compute/virtualMachines", "the datasource has to be a virtual machine")
    }

    fn absent(&self) -> (&'static str, &'static str, &'static str) {
        (
            "UserErrorAzureResourceNotFoundByPlugin",
            "virtual machine",
            "its disks cannot be replaced: restore it as a new machine (`vm`)",
        )
    }

    fn looks_for(&self, _place: &ResourceId) -> LooksFor {
        LooksFor::Nothing
    }

    fn request(&self, there: &There<'_>) -> Result<(RestoreInto, Location), Impossible> {
        Ok((in_place(there.ground, there.region)?, there.region.clone()))
    }

    fn needs_roles(&self) -> bool {
        false
    }

    fn staging(&self) -> Option<&ResourceId> {
        Some(&self.desired.staging)
    }

    fn notes(&self, _ground: &RestoreGround) -> Vec<String> {
        vec!["the machine has to be there, and is stopped while its disks are replaced".to_owned()]
    }
}

/// The id of the virtual machine that a restore would make; none if the name cannot be part of an id.
fn machine_id(group: &ResourceId, name: &str) -> Option<ResourceId> {
    format!("{group}/providers/Microsoft.Compute/virtualMachines/{name}").parse().ok()
}

fn disks(
    desired: &DesiredMachineDisks,
    ground: &RestoreGround,
    region: &Location,
) -> Result<RestoreInto, Impossible> {
    if let Some(lun) = desired.disks.iter().flatten().find(|lun| !LUNS.contains(lun)) {
        return Err(Impossible::new(
            "DiskNotNamed",
            format!("no data disk can have the logical unit number {lun}"),
            "name disks by their numbers, 0 to 63; the disk of the operating system always comes with them",
        ));
    }
    let staging = staging(ground, region)?;
    Ok(RestoreInto::Disks { group: ground.place.id.clone(), staging, disks: desired.disks.clone() })
}

fn machine(
    desired: &DesiredMachine,
    ground: &RestoreGround,
    store: DataStore,
    region: &Location,
) -> Result<RestoreInto, Impossible> {
    names::machine(&desired.name)?;
    let group = &ground.place.id;
    let Some(id) = machine_id(group, &desired.name) else {
        return Err(Impossible::new(
            "NameNotUsable",
            format!("`{}` cannot be the name of a virtual machine", desired.name),
            "name it otherwise",
        ));
    };
    if !ground.place.taken.is_empty() {
        return Err(Impossible::new(
            "UserErrorVmNameAlreadyInUse",
            format!(
                "there is a virtual machine `{}` in resource group `{}` already",
                desired.name,
                group.name()
            ),
            "a restore makes a new machine: give it another name, or replace the disks of the old one (`vm-in-place`)",
        ));
    }
    if !desired.subnet.resource_type().eq_ignore_ascii_case("Microsoft.Network/virtualNetworks/subnets") {
        return Err(Impossible::new(
            "RestoreTargetOfWrongType",
            "`subnet` has to be the ARM id of a subnet: <virtual network>/subnets/<name>",
            "name a subnet in the region of the vault",
        ));
    }
    if desired.zone.is_some() && store == DataStore::OperationalStore {
        return Err(Impossible::new(
            "ZoneNeedsVaultTier",
            "a machine comes to a zone only from a recovery point with a copy in the vault",
            "leave out `zone`, or choose an older point",
        ));
    }
    Ok(RestoreInto::Machine(TargetMachine {
        id,
        group: group.clone(),
        subnet: desired.subnet.clone(),
        staging: staging(ground, region)?,
        zone: desired.zone.clone(),
    }))
}

fn in_place(ground: &RestoreGround, region: &Location) -> Result<RestoreInto, Impossible> {
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

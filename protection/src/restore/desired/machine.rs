//! What a person wishes of the restore of a virtual machine.

use serde::{Deserialize, Serialize};

use crate::ResourceId;

/// Disks of a virtual machine, as new managed disks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = MachineDisksWish)]
pub struct DesiredMachineDisks {
    /// The resource group that the disks are made in.
    pub resource_group: ResourceId,
    /// The storage account that Azure passes the data and the template of the machine through: in the region of the
    /// vault, and not zone-redundant.
    pub staging: ResourceId,
    /// These data disks by their logical unit number, and the disk of the operating system; an empty list is that one
    /// alone, all disks are restored without a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disks: Option<Vec<u32>>,
}

/// A new virtual machine beside the one that was backed up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = MachineWish)]
pub struct DesiredMachine {
    /// The resource group that it is made in.
    pub resource_group: ResourceId,
    /// Its name.
    pub name: String,
    /// The subnet that it is put in, by its ARM id.
    pub subnet: ResourceId,
    /// The storage account that Azure passes the data through: in the region of the vault, and not zone-redundant.
    pub staging: ResourceId,
    /// The availability zone, for a point that has a copy in the vault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

/// The disks of the machine itself, replaced by those of the recovery point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = MachineInPlaceWish)]
pub struct DesiredMachineInPlace {
    /// The storage account that Azure passes the data through: in the region of the vault, and not zone-redundant.
    pub staging: ResourceId,
}

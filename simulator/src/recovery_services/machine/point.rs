//! What a recovery point of a virtual machine tells of it (recorded; the disks are official).

use serde_json::{Value, json};

use super::readiness::has_agent;
use crate::recovery_services::item::Item;
use crate::wire::json as body_json;
use crate::wire::path::{key, name_of};
use crate::world::World;

/// What `item` was like when the point was taken.
pub(in crate::recovery_services) fn source(world: &World, item: &Item) -> Value {
    let machine = world.arm.resources.get(&key(&item.source)).cloned().unwrap_or_default();
    let text = |path: &[&str]| body_json::text(&machine, path).map(str::to_owned);
    let os =
        text(&["properties", "storageProfile", "osDisk", "osType"]).unwrap_or_else(|| "Windows".to_owned());
    let consistent = match (os.as_str(), has_agent(&machine)) {
        (_, false) => "CrashConsistent",
        ("Linux", true) => "FileSystemConsistent",
        _ => "AppConsistent",
    };
    let mut source = json!({
        "recoveryPointType": consistent,
        "sourceVMStorageType": "PremiumVMOnPartialPremiumStorage",
        "isSourceVMEncrypted": is_encrypted(&machine),
        "virtualMachineSize": text(&["properties", "hardwareProfile", "vmSize"]).unwrap_or_else(|| "Standard_DS1_v2".to_owned()),
        "osType": os,
    });
    if let Some(choice) = &item.disks {
        body_json::set(&mut source, &["recoveryPointDiskConfiguration"], disks(&machine, choice));
    }
    source
}

/// Disks that Azure Disk Encryption encrypts show it in their settings.
pub(in crate::recovery_services) fn is_encrypted(machine: &Value) -> bool {
    body_json::reach(machine, &["properties", "storageProfile", "osDisk", "encryptionSettings", "enabled"])
        .and_then(Value::as_bool)
        == Some(true)
}

/// Which disks are in the point and which are not; the disk of the system, number -1, always is.
fn disks(machine: &Value, choice: &Value) -> Value {
    let profile = body_json::reach(machine, &["properties", "storageProfile"]).cloned().unwrap_or_default();
    let system = body_json::text(&profile, &["osDisk", "name"]).unwrap_or("osdisk").to_owned();
    let listed: Vec<i64> =
        body_json::list(choice, &["diskLunList"]).iter().filter_map(Value::as_i64).collect();
    let inclusion = body_json::member(choice, "isInclusionList").and_then(Value::as_bool) == Some(true);
    let (mut included, mut excluded) = (vec![json!({ "lun": -1, "name": system })], Vec::new());
    for disk in body_json::list(&profile, &["dataDisks"]) {
        let lun = body_json::member(disk, "lun").and_then(Value::as_i64).unwrap_or_default();
        let name = body_json::text(disk, &["name"])
            .or_else(|| body_json::text(disk, &["managedDisk", "id"]).map(name_of));
        let shown = json!({ "lun": lun, "name": name });
        let list = if listed.contains(&lun) == inclusion { &mut included } else { &mut excluded };
        list.push(shown);
    }
    json!({
        "numberOfDisksIncludedInBackup": included.len(),
        "numberOfDisksAttachedToVm": included.len() + excluded.len(),
        "includedDiskList": included,
        "excludedDiskList": excluded,
    })
}

//! The template that restored disks come with: a machine of them, to be deployed by whoever wants one (recorded: where it lies, and
//! the names in the job; documentation: that it names a machine and a network as parameters).

use serde_json::{Map, Value, json};

use super::Restore;
use super::disk::Disk;
use crate::recovery_services::item::Item;
use crate::wire::json as body_json;
use crate::wire::path::{key, name_of};
use crate::world::World;

/// Writes the template and the configuration into the staging account, and says where.
pub(super) fn written(
    world: &mut World,
    restore: &Restore,
    (item, source): (&Item, &Value),
    disks: &[Disk],
) -> Map<String, Value> {
    let request = &restore.request;
    let account = request.account.as_deref().map(name_of).unwrap_or_default().to_owned();
    let letters: String = item
        .friendly_name
        .to_ascii_lowercase()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(20)
        .collect();
    let container = format!("{letters}-{}", world.random.guid().simple());
    let config = format!("config-{letters}-{}.json", restore.job);
    let deploy = format!("azuredeploy{}.json", restore.job);
    let template = template(&request.region, source, disks).to_string();
    let machine = world.arm.resources.get(&key(&item.source)).cloned().unwrap_or_default();
    let described =
        json!({ "properties": body_json::member(&machine, "properties"), "location": request.region })
            .to_string();
    for (name, text) in [(&config, described), (&deploy, template)] {
        world.storage.put_blob(&container, name, text.into_bytes(), "application/json");
    }
    let uri = |name: &str| format!("{}/blob/{account}/{container}/{name}", restore.base);
    let told = json!({
        "Config Blob Name": config,
        "Config Blob Container Name": container,
        "Config Blob Uri": uri(&config),
        "Template Blob Uri": uri(&deploy),
    });
    told.as_object().cloned().unwrap_or_default()
}

fn template(region: &str, source: &Value, disks: &[Disk]) -> Value {
    let size = body_json::text(source, &["virtualMachineSize"]).unwrap_or("Standard_DS1_v2");
    let os = body_json::text(source, &["osType"]).unwrap_or("Windows");
    let attached = |disk: &Disk| json!({ "createOption": "Attach", "name": name_of(&disk.id), "managedDisk": { "id": disk.id } });
    let mut system = disks.iter().find(|disk| disk.lun.is_none()).map(attached).unwrap_or_default();
    body_json::set(&mut system, &["osType"], json!(os));
    let data: Vec<Value> = disks
        .iter()
        .filter(|disk| disk.lun.is_some())
        .map(|disk| {
            let mut shown = attached(disk);
            body_json::set(&mut shown, &["lun"], json!(disk.lun));
            shown
        })
        .collect();
    let text = |value: &str| json!({ "type": "string", "defaultValue": value });
    let wanted = json!({ "type": "string" });
    json!({
        "$schema": "https://schema.management.azure.com/schemas/2015-01-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {
            "VirtualMachineName": wanted,
            "VirtualNetwork": wanted,
            "VirtualNetworkResourceGroup": wanted,
            "Subnet": wanted,
            "NetworkInterfacePrefixName": text("nic"),
        },
        "resources": [
            {
                "type": "Microsoft.Network/networkInterfaces",
                "name": "[concat(parameters('NetworkInterfacePrefixName'), parameters('VirtualMachineName'))]",
                "apiVersion": "2023-04-01",
                "location": region,
                "properties": { "ipConfigurations": [{ "name": "ipconfig1", "properties": {
                    "privateIPAllocationMethod": "Dynamic",
                    "subnet": { "id": "[resourceId(parameters('VirtualNetworkResourceGroup'), 'Microsoft.Network/virtualNetworks/subnets', parameters('VirtualNetwork'), parameters('Subnet'))]" },
                } }] },
            },
            {
                "type": "Microsoft.Compute/virtualMachines",
                "name": "[parameters('VirtualMachineName')]",
                "apiVersion": "2023-03-01",
                "location": region,
                "dependsOn": ["[resourceId('Microsoft.Network/networkInterfaces', concat(parameters('NetworkInterfacePrefixName'), parameters('VirtualMachineName')))]"],
                "properties": {
                    "hardwareProfile": { "vmSize": size },
                    "storageProfile": { "osDisk": system, "dataDisks": data },
                    "networkProfile": { "networkInterfaces": [{
                        "id": "[resourceId('Microsoft.Network/networkInterfaces', concat(parameters('NetworkInterfacePrefixName'), parameters('VirtualMachineName')))]",
                    }] },
                },
            },
        ],
    })
}

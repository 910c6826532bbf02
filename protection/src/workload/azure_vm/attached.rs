//! Disks that are attached to a machine, and whether its backups hold them.

use holdfast_evaluator::Resource;
use serde_json::Value;

use super::DiskChoice;
use crate::ResourceId;

/// Why the backups of a machine do not hold this disk; none where they do.
pub(super) fn left_out(machine: &Resource, choice: &DiskChoice, disk: &ResourceId) -> Option<String> {
    let body: Value = serde_json::from_str(&machine.body).unwrap_or_default();
    let is_it = |attached: &Value| {
        let id = attached.pointer("/managedDisk/id").and_then(Value::as_str);
        id.is_some_and(|id| id.parse::<ResourceId>().is_ok_and(|id| id.key() == disk.key()))
    };
    if body.pointer("/properties/storageProfile/osDisk").is_some_and(is_it) {
        return None;
    }
    let data_disks = body.pointer("/properties/storageProfile/dataDisks").and_then(Value::as_array);
    let Some(attached) = data_disks.into_iter().flatten().find(|attached| is_it(attached)) else {
        return Some(format!("{} does not name {} among its disks", machine.name, disk.name()));
    };
    let lun = attached.get("lun").and_then(Value::as_u64).and_then(|lun| u32::try_from(lun).ok());
    let held = lun.is_some_and(|lun| choice.holds(lun));
    (!held).then(|| format!("the backups of {} hold {choice}", machine.name))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const GROUP: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute";

    fn machine() -> Resource {
        let disk = |name: &str| serde_json::json!({ "id": format!("{GROUP}/disks/{name}") });
        let body = serde_json::json!({ "properties": { "storageProfile": {
            "osDisk": { "managedDisk": disk("OS") },
            "dataDisks": [{ "lun": 0, "managedDisk": disk("data") }, { "lun": 3, "managedDisk": disk("scratch") }],
        } } });
        Resource {
            id: format!("{GROUP}/virtualMachines/web"),
            resource_type: "Microsoft.Compute/virtualMachines".to_owned(),
            name: "web".to_owned(),
            location: "westeurope".to_owned(),
            resource_group: "g".to_owned(),
            subscription: "s".to_owned(),
            tags: BTreeMap::new(),
            sku: None,
            kind: None,
            body: body.to_string(),
        }
    }

    #[test]
    fn backups_of_a_machine_hold_its_disks_but_those_that_are_not_chosen() {
        let left = |choice: &DiskChoice| {
            let is_left = |name: &&str| {
                let disk = format!("{GROUP}/disks/{name}").parse().unwrap();
                left_out(&machine(), choice, &disk).is_some()
            };
            ["os", "data", "scratch", "elsewhere"].into_iter().filter(is_left).collect::<Vec<_>>()
        };
        assert_eq!(left(&DiskChoice::all()), ["elsewhere"]);
        assert_eq!(left(&DiskChoice::new(vec![3], false)), ["scratch", "elsewhere"]);
        assert_eq!(left(&DiskChoice::new(vec![3], true)), ["data", "elsewhere"]);
        assert_eq!(left(&DiskChoice::new(Vec::new(), true)), ["data", "scratch", "elsewhere"]);
    }

    #[test]
    fn what_is_left_out_says_why() {
        let disk = format!("{GROUP}/disks/scratch").parse().unwrap();
        let why = left_out(&machine(), &DiskChoice::new(vec![3], false), &disk);
        assert_eq!(why.as_deref(), Some("the backups of web hold all data disks but 3"));
    }
}

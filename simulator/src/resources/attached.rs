//! Disks that are attached to a virtual machine name it (documentation: `managedBy`, which is nobody's to write).

use serde_json::{Value, json};

use crate::wire::json as body_json;
use crate::wire::path::key;
use crate::world::World;

const MEMBER: &str = "managedBy";

/// The keys of the managed disks that a machine has; none of anything else.
pub(super) fn disks(body: &Value) -> Vec<String> {
    let kind = body_json::text(body, &["type"]).unwrap_or_default();
    if !kind.eq_ignore_ascii_case("Microsoft.Compute/virtualMachines") {
        return Vec::new();
    }
    let system = body_json::reach(body, &["properties", "storageProfile", "osDisk"]);
    let data = body_json::list(body, &["properties", "storageProfile", "dataDisks"]);
    let managed = |disk: &Value| body_json::text(disk, &["managedDisk", "id"]).map(key);
    system.into_iter().chain(data).filter_map(managed).collect()
}

/// Has the disks that a machine has now name it; what it had `before`, and has no longer, names nothing.
pub(super) fn follow(world: &mut World, machine: &str, before: &[String]) {
    let now = world.arm.resources.get(&key(machine)).map(disks).unwrap_or_default();
    for disk in before.iter().filter(|disk| !now.contains(disk)) {
        if let Some(body) = world.arm.resources.get_mut(disk).and_then(Value::as_object_mut) {
            body.remove(MEMBER);
            world.touch(disk);
        }
    }
    for disk in now {
        if let Some(body) = world.arm.resources.get_mut(&disk) {
            body_json::set(body, &[MEMBER], json!(machine));
            world.touch(&disk);
        }
    }
}

/// What a new body of a disk keeps of the old one.
pub(super) fn kept(body: &mut Value, existing: Option<&Value>) {
    if let Some(machine) = existing.and_then(|body| body_json::text(body, &[MEMBER])) {
        body_json::set(body, &[MEMBER], json!(machine));
    }
}

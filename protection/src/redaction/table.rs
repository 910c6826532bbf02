//! Where resources of each type that Holdfast reads hold secrets, however they are called.

use serde_json::{Map, Value};

use super::MARKER;

/// A place of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The type of the resource.
    pub resource_type: &'static str,
    /// A JSON pointer into its body; `*` stands for each member of a list or an object.
    pub pointer: &'static str,
    /// What says that a secret lies there.
    pub source: &'static str,
}

const fn known(resource_type: &'static str, pointer: &'static str, source: &'static str) -> Known {
    Known { resource_type, pointer, source }
}

const MACHINE: &str = "Microsoft.Compute/virtualMachines";
const EXTENSION: &str = "Microsoft.Compute/virtualMachines/extensions";
const COMMAND: &str = "Microsoft.Compute/virtualMachines/runCommands";
const DISK: &str = "Microsoft.Compute/disks";
const CLUSTER: &str = "Microsoft.ContainerService/managedClusters";
const FLEXIBLE: &str = "Microsoft.DBforPostgreSQL/flexibleServers";
const SINGLE: &str = "Microsoft.DBforPostgreSQL/servers";

/// Every place that is known by its pointer.
pub const KNOWN: &[Known] = &[
    known(
        MACHINE,
        "/properties/osProfile/adminPassword",
        "REST reference of Compute, OSProfile: the password of the account",
    ),
    known(
        MACHINE,
        "/properties/osProfile/customData",
        "REST reference of Compute, OSProfile: a file for the first start, not to hold secrets and often does",
    ),
    known(
        MACHINE,
        "/properties/userData",
        "REST reference of Compute, VirtualMachineProperties: Base64 text for the machine, shown on demand",
    ),
    known(
        MACHINE,
        "/properties/osProfile/windowsConfiguration/additionalUnattendContent/*/content",
        "REST reference of Compute, AdditionalUnattendContent: the password for signing in automatically lies here",
    ),
    known(
        EXTENSION,
        "/properties/protectedSettings",
        "REST reference of Compute, VirtualMachineExtension: encrypted settings",
    ),
    known(
        EXTENSION,
        "/properties/settings/commandToExecute",
        "documentation of the custom script extension: commands with secrets belong into protectedSettings; what is written here is shown",
    ),
    known(
        EXTENSION,
        "/properties/settings/script",
        "documentation of the custom script extension for Linux: a script in Base64",
    ),
    known(COMMAND, "/properties/protectedParameters", "REST reference of Compute, VirtualMachineRunCommand"),
    known(COMMAND, "/properties/runAsPassword", "REST reference of Compute, VirtualMachineRunCommand"),
    known(
        COMMAND,
        "/properties/source/script",
        "REST reference of Compute, VirtualMachineRunCommandScriptSource: the script as it was written",
    ),
    known(
        DISK,
        "/properties/creationData/securityDataUri",
        "REST reference of Compute, CreationData: a blob with the state of a confidential machine, signed like sourceUri",
    ),
    known(
        CLUSTER,
        "/properties/windowsProfile/adminPassword",
        "REST reference of Container Service, ManagedClusterWindowsProfile",
    ),
    known(
        CLUSTER,
        "/properties/servicePrincipalProfile/secret",
        "REST reference of Container Service, ManagedClusterServicePrincipalProfile",
    ),
    known(
        CLUSTER,
        "/properties/aadProfile/serverAppSecret",
        "REST reference of Container Service, ManagedClusterAADProfile",
    ),
    known(
        FLEXIBLE,
        "/properties/administratorLoginPassword",
        "REST reference of Azure Database for PostgreSQL, flexible servers",
    ),
    known(
        SINGLE,
        "/properties/administratorLoginPassword",
        "REST reference of Azure Database for PostgreSQL, single servers",
    ),
];

/// Replaces what lies at the places that are known of this type.
pub(super) fn apply(resource_type: &str, body: &mut Value) {
    if let Value::Object(members) = body {
        apply_within(resource_type, members);
    }
}

/// The same; whether anything was replaced.
pub(super) fn apply_within(resource_type: &str, body: &mut Map<String, Value>) -> bool {
    let of_type = KNOWN.iter().filter(|known| known.resource_type.eq_ignore_ascii_case(resource_type));
    of_type.fold(false, |changed, known| {
        let (first, rest) = split(known.pointer);
        body.get_mut(first).is_some_and(|member| replace(member, rest)) | changed
    })
}

fn split(pointer: &str) -> (&str, &str) {
    let pointer = pointer.strip_prefix('/').unwrap_or(pointer);
    pointer.find('/').map_or((pointer, ""), |at| pointer.split_at(at))
}

fn replace(value: &mut Value, pointer: &str) -> bool {
    if pointer.is_empty() {
        let is_there =
            !value.is_null() && value.as_str().is_none_or(|text| text != MARKER && !text.is_empty());
        if is_there {
            *value = Value::from(MARKER);
        }
        return is_there;
    }
    let (first, rest) = split(pointer);
    match value {
        Value::Array(items) if first == "*" => {
            items.iter_mut().fold(false, |changed, item| replace(item, rest) | changed)
        }
        Value::Object(members) if first == "*" => {
            members.values_mut().fold(false, |changed, member| replace(member, rest) | changed)
        }
        Value::Object(members) => members.get_mut(first).is_some_and(|member| replace(member, rest)),
        _ => false,
    }
}

//! Names of protected items and of their containers, as Azure makes them.

use crate::{ResourceId, ResourceIdError};

const FABRIC: &str = "backupFabrics/Azure/protectionContainers";
const ITEMS: &str = "protectedItems";

/// A protected item and its container, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ItemName {
    /// Such as `IaasVMContainer;iaasvmcontainerv2;rg;vm`.
    pub(crate) container: String,
    /// Such as `VM;iaasvmcontainerv2;rg;vm`.
    pub(crate) item: String,
}

impl ItemName {
    /// Of a virtual machine, whose group and name Azure puts together. They hold no subscription: two machines of the
    /// same group and name in two subscriptions would meet in one vault.
    pub(crate) fn of_machine(machine: &ResourceId) -> Self {
        let group = machine.resource_group().unwrap_or_default();
        let both = format!("iaasvmcontainerv2;{group};{}", machine.name());
        Self { container: format!("IaasVMContainer;{both}"), item: format!("VM;{both}") }
    }

    /// The id of the item in a vault.
    pub(crate) fn id(&self, vault: &ResourceId) -> Result<ResourceId, ResourceIdError> {
        container(vault, &self.container)?.child(ITEMS, &self.item)
    }
}

/// The id of a container in a vault.
fn container(vault: &ResourceId, name: &str) -> Result<ResourceId, ResourceIdError> {
    format!("{vault}/{FABRIC}/{name}").parse()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VAULT: &str = "/subscriptions/s/resourceGroups/v/providers/Microsoft.RecoveryServices/vaults/rsv";

    /// Recorded: the ids of `az backup` in `recordings/recoveryservices`.
    #[test]
    fn the_item_of_a_machine_has_the_name_that_azure_gives_it() {
        let machine: ResourceId =
            "/subscriptions/s/resourceGroups/prod/providers/Microsoft.Compute/virtualMachines/web"
                .parse()
                .unwrap();
        let id = ItemName::of_machine(&machine).id(&VAULT.parse().unwrap()).unwrap();
        let azures = format!(
            "{VAULT}/backupFabrics/Azure/protectionContainers/iaasvmcontainer;iaasvmcontainerv2;prod;web\
             /protectedItems/vm;iaasvmcontainerv2;prod;web"
        );
        assert_eq!(id, azures.parse().unwrap());
    }
}

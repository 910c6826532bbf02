//! Names of protected items and of their containers, as Azure makes them.

use crate::{ResourceId, ResourceIdError};

const FABRIC: &str = "backupFabrics/Azure/protectionContainers";
const ITEMS: &str = "protectedItems";

/// A protected item and its container, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ItemName {
    /// Such as `IaasVMContainer;iaasvmcontainerv2;rg;vm`.
    container: String,
    /// Such as `VM;iaasvmcontainerv2;rg;vm`.
    item: String,
}

impl ItemName {
    /// Of a virtual machine, whose group and name Azure puts together. They hold no subscription: two machines of the
    /// same group and name in two subscriptions would meet in one vault.
    pub(crate) fn of_machine(machine: &ResourceId) -> Self {
        let group = machine.resource_group().unwrap_or_default();
        let both = format!("iaasvmcontainerv2;{group};{}", machine.name());
        Self { container: format!("IaasVMContainer;{both}"), item: format!("VM;{both}") }
    }

    /// Of a file share, by the name that only the service knows.
    pub(crate) fn of_share(account: &ResourceId, system_name: &str) -> Self {
        let group = account.resource_group().unwrap_or_default();
        let container = format!("StorageContainer;Storage;{group};{}", account.name());
        Self { container, item: format!("AzureFileShare;{system_name}") }
    }

    /// Of a database in a virtual machine: `word` says of which kind, `holder` is the instance or system that it runs in.
    pub(crate) fn of_database(machine: &ResourceId, word: &str, holder: &str, name: &str) -> Self {
        let group = machine.resource_group().unwrap_or_default();
        let container = format!("VMAppContainer;Compute;{group};{}", machine.name());
        Self { container, item: format!("{word};{holder};{name}") }
    }

    /// The id of the item in a vault.
    pub(crate) fn id(&self, vault: &ResourceId) -> Result<ResourceId, ResourceIdError> {
        self.container_id(vault)?.child(ITEMS, &self.item)
    }

    /// The id of its container in a vault.
    pub(crate) fn container_id(&self, vault: &ResourceId) -> Result<ResourceId, ResourceIdError> {
        format!("{vault}/{FABRIC}/{}", self.container).parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VAULT: &str = "/subscriptions/s/resourceGroups/v/providers/Microsoft.RecoveryServices/vaults/rsv";

    /// Recorded: the ids of `az backup`.
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

    #[test]
    fn the_item_of_a_share_lies_in_the_container_of_its_account() {
        let account: ResourceId =
            "/subscriptions/s/resourceGroups/prod/providers/Microsoft.Storage/storageAccounts/files"
                .parse()
                .unwrap();
        let id = ItemName::of_share(&account, "0a1b").id(&VAULT.parse().unwrap()).unwrap();
        assert_eq!(id.name(), "AzureFileShare;0a1b");
        assert_eq!(id.parent().unwrap().name(), "StorageContainer;Storage;prod;files");
    }
}

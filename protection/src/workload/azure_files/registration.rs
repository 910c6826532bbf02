//! What a vault has to know before it can protect a share: its account, and the share itself.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{ResourceId, shell};

/// What a vault knows of a datasource that has to be registered before it can be protected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Protectable {
    /// Nothing: its container is not registered.
    NotRegistered,
    /// Its container is registered, and the datasource came later.
    NotFound,
    /// It knows it by this name, which Azure made.
    Item(String),
}

/// A storage account that a vault is to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Registration {
    /// ARM id of its container in the vault.
    pub container: ResourceId,
    /// The vault.
    pub vault: ResourceId,
    /// The account.
    pub account: ResourceId,
    /// Whether Azure may put a lock on the account, so that nobody deletes it.
    pub lock: bool,
}

/// A container that Azure is to look into for what came later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Inquiry {
    /// ARM id of the container.
    pub inquired: ResourceId,
    /// The vault.
    pub vault: ResourceId,
}

impl Registration {
    /// One line for people: what is missing.
    pub(in crate::workload) fn line(&self) -> String {
        format!("storage account {} is not registered with a vault", self.account.name())
    }

    /// The command that registers it.
    pub(in crate::workload) fn command(&self) -> String {
        let group = self.vault.resource_group().unwrap_or_default();
        format!(
            "az backup container register --resource-group {} --vault-name {} --backup-management-type AzureStorage \
             --workload-type AzureFileShare --storage-account {} --yes",
            shell::word(group),
            shell::word(self.vault.name()),
            shell::word(self.account.as_str())
        )
    }

    /// The resource of a deployment template that registers it.
    pub(in crate::workload) fn template(&self) -> Value {
        json!({
            "type": "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers",
            "apiVersion": "2024-04-01",
            "name": format!("{}/Azure/{}", self.vault.name(), self.container.name()),
            "properties": {
                "backupManagementType": "AzureStorage",
                "containerType": "StorageContainer",
                "sourceResourceId": self.account,
            },
        })
    }
}

impl Inquiry {
    /// One line for people: what is missing.
    pub(in crate::workload) fn line(&self) -> String {
        format!("the shares of {} that came since it was registered are not known", self.inquired.name())
    }

    /// The command that does it.
    pub(in crate::workload) fn command(&self) -> String {
        let filter = "$filter=workloadType eq 'AzureFileShare'";
        let url = format!("{}/inquire?api-version=2024-04-01&{filter}", self.inquired);
        format!("az rest --method post --url {}", shell::word(&url))
    }
}

impl fmt::Display for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "register storage account {} with the vault", self.account.name())
    }
}

impl fmt::Display for Inquiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "have Azure look for new shares in {}", self.inquired.name())
    }
}

#[test]
fn the_command_that_has_new_shares_looked_for_survives_a_shell() {
    let vault = "/subscriptions/s/resourceGroups/rg(test)/providers/Microsoft.RecoveryServices/vaults/v";
    let container = "backupFabrics/Azure/protectionContainers/StorageContainer;Storage;rg;account";
    let inquired: ResourceId = format!("{vault}/{container}").parse().unwrap();
    let inquiry = Inquiry { inquired: inquired.clone(), vault: vault.parse().unwrap() };
    let url = format!("{inquired}/inquire?api-version=2024-04-01&$filter=workloadType eq ");
    let expected = format!(r"az rest --method post --url '{url}'\''AzureFileShare'\'''");
    assert_eq!(inquiry.command(), expected);
}

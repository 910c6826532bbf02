//! What a vault has to know before it can protect databases of a machine: the machine, and what runs in it.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::DatabaseKind;
use crate::{ResourceId, shell};

/// A machine that a vault is to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MachineRegistration {
    /// ARM id of its container in the vault.
    pub container: ResourceId,
    /// The vault.
    pub vault: ResourceId,
    /// The machine.
    pub machine: ResourceId,
    /// Which databases are looked for.
    pub databases: DatabaseKind,
    /// Whether the vault knows it already, and Azure's extension in it is to be set up again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
}

/// A machine into which Azure is to look for databases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MachineInquiry {
    /// ARM id of its container in the vault.
    pub container: ResourceId,
    /// The vault.
    pub vault: ResourceId,
    /// Which databases are looked for.
    pub inquired_databases: DatabaseKind,
}

impl MachineRegistration {
    /// One line for people: what is missing.
    pub(in crate::workload) fn line(&self) -> String {
        match self.again {
            true => {
                format!("virtual machine {} has to be registered with its vault again", self.machine.name())
            }
            false => format!("virtual machine {} is not registered with a vault", self.machine.name()),
        }
    }

    /// The command that registers it.
    pub(in crate::workload) fn command(&self) -> String {
        let vault = shell::word(self.vault.name());
        let group = shell::word(self.vault.resource_group().unwrap_or_default());
        let workload = self.databases.item_word();
        if self.again {
            return format!(
                "az backup container re-register --resource-group {group} --vault-name {vault} \
                 --container-name {} --workload-type {workload} --backup-management-type AzureWorkload --yes",
                shell::word(self.container.name())
            );
        }
        format!(
            "az backup container register --resource-group {group} --vault-name {vault} --workload-type {workload} \
             --backup-management-type AzureWorkload --resource-id {}",
            shell::word(self.machine.as_str())
        )
    }

    /// The resource of a deployment template that registers it.
    pub(in crate::workload) fn template(&self) -> Value {
        json!({
            "type": "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers",
            "apiVersion": "2024-04-01",
            "name": format!("{}/Azure/{}", self.vault.name(), self.container.name()),
            "properties": {
                "backupManagementType": "AzureWorkload",
                "containerType": "VMAppContainer",
                "workloadType": self.databases.item_word(),
                "sourceResourceId": self.machine,
            },
        })
    }
}

impl MachineInquiry {
    /// One line for people: what is missing.
    pub(in crate::workload) fn line(&self) -> String {
        format!("the databases of {} are not known yet", self.container.name())
    }

    /// The command that does it.
    pub(in crate::workload) fn command(&self) -> String {
        let vault = shell::word(self.vault.name());
        let group = shell::word(self.vault.resource_group().unwrap_or_default());
        format!(
            "az backup protectable-item initialize --resource-group {group} --vault-name {vault} \
             --container-name {} --workload-type {}",
            shell::word(self.container.name()),
            self.inquired_databases.item_word()
        )
    }
}

impl fmt::Display for MachineRegistration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let again = if self.again { " again" } else { "" };
        write!(f, "register virtual machine {} with the vault{again}", self.machine.name())
    }
}

impl fmt::Display for MachineInquiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "have Azure look for databases in {}", self.container.name())
    }
}

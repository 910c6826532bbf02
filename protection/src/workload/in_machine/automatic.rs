//! Instances of SQL Server whose databases Azure protects by itself, as they come.

use std::fmt;

use holdfast_evaluator::Resource;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Host;
use crate::impossible::Impossible;
use crate::workload::tag;
use crate::{ResourceId, ResourceIdError, shell};

/// Whether Azure is to protect all databases of the machine's instances by itself, those that come later too. It cannot leave
/// any out, and looks for new ones every eight hours.
pub const AUTOMATIC_TAG: &str = "holdfast-auto-protection";

/// What holds databases, and whether Azure protects them by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Automatic {
    /// ARM id of the protectable item.
    pub item: ResourceId,
    /// Whether Azure protects its databases by itself.
    pub is_on: bool,
}

/// Automatic protection that is to be switched on or off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AutomaticProtection {
    /// ARM id of the intent.
    pub intent: ResourceId,
    /// The vault.
    pub vault: ResourceId,
    /// ARM id of the protectable item.
    pub item: ResourceId,
    /// The policy of the databases that come; none switches it off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<ResourceId>,
}

/// Namespace of the names of intents.
const NAMES: Uuid = Uuid::from_u128(0x8f0b_3d51_2c7e_5a46_91d8_6b40_e2a7_13c9);

impl AutomaticProtection {
    /// Switches it on under a policy, or off without one. The intent has the same name at every retry.
    pub fn of(host: &Host, item: &ResourceId, policy: Option<ResourceId>) -> Result<Self, ResourceIdError> {
        let name = Uuid::new_v5(&NAMES, item.key().as_bytes());
        let intent = format!("{}/backupFabrics/Azure/backupProtectionIntent/{name}", host.vault).parse()?;
        Ok(Self { intent, vault: host.vault.clone(), item: item.clone(), policy })
    }

    /// One line for people: what is missing.
    pub(in crate::workload) fn line(&self) -> String {
        let word = if self.policy.is_some() { "not on" } else { "still on" };
        format!("automatic protection of {} is {word}", self.item.name())
    }

    /// The command that does it.
    pub(in crate::workload) fn command(&self) -> String {
        let plain = format!(
            "--resource-group {} --vault-name {} --protectable-item-name {}",
            shell::word(self.vault.resource_group().unwrap_or_default()),
            shell::word(self.vault.name()),
            shell::word(self.item.name())
        );
        match &self.policy {
            Some(policy) => format!(
                "az backup protection auto-enable-for-azurewl {plain} --policy-name {}",
                shell::word(policy.name())
            ),
            None => format!("az backup protection auto-disable-for-azurewl {plain}"),
        }
    }
}

impl fmt::Display for AutomaticProtection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.policy.is_some() { "on" } else { "off" };
        write!(f, "switch automatic protection of {} {word}", self.item.name())
    }
}

/// What the tag of a machine says of automatic protection; none without it, which leaves it as it is.
pub(crate) fn wanted(machine: &Resource) -> Result<Option<bool>, Impossible> {
    tag::switch(machine, AUTOMATIC_TAG)
}

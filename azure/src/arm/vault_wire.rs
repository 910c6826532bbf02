//! What vaults of both families show in the same words.

use std::collections::BTreeMap;

use holdfast_evaluator::{NewImmutability, Redundancy};
use holdfast_protection::vault::{Immutability, ProvisioningState};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::wire::or_default;

/// Identities of a vault.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct IdentityWire {
    principal_id: Option<String>,
    #[serde(deserialize_with = "or_default")]
    user_assigned_identities: BTreeMap<String, Value>,
}

impl IdentityWire {
    /// Object id of the system-assigned one.
    pub(super) fn principal(self) -> Option<String> {
        self.principal_id.filter(|principal| !principal.is_empty())
    }

    /// The same identities and a system-assigned one; `both` is what the family calls a vault that has both kinds.
    pub(super) fn with_system_assigned(self, both: &str) -> Value {
        if self.user_assigned_identities.is_empty() {
            return json!({ "type": "SystemAssigned" });
        }
        let kept: Map<String, Value> =
            self.user_assigned_identities.into_keys().map(|id| (id, json!({}))).collect();
        json!({ "type": both, "userAssignedIdentities": kept })
    }
}

/// Who encrypts.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct EncryptionWire {
    #[serde(deserialize_with = "or_default")]
    key_vault_properties: KeyWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct KeyWire {
    key_uri: Option<String>,
}

impl EncryptionWire {
    /// The customer's key.
    pub(super) fn key(&self) -> Option<String> {
        self.key_vault_properties.key_uri.clone()
    }
}

/// What raises alerts.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct MonitoringWire {
    #[serde(deserialize_with = "or_default")]
    azure_monitor_alert_settings: AlertsWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AlertsWire {
    alerts_for_all_job_failures: Option<String>,
}

impl MonitoringWire {
    /// Whether failed jobs do.
    pub(super) fn alerts(&self) -> Option<bool> {
        self.azure_monitor_alert_settings.alerts_for_all_job_failures.as_deref().map(is_enabled)
    }

    /// A new vault in which they do.
    pub(super) fn alerting() -> Value {
        json!({ "azureMonitorAlertSettings": { "alertsForAllJobFailures": "Enabled" } })
    }
}

/// A setting that is nothing but a state.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct StateWire {
    #[serde(deserialize_with = "or_default")]
    pub(super) state: String,
}

impl StateWire {
    /// How hard backups are to delete.
    pub(super) fn immutability(&self) -> Immutability {
        match self.state.as_str() {
            state if state.eq_ignore_ascii_case("Locked") => Immutability::Locked,
            state if state.eq_ignore_ascii_case("Unlocked") => Immutability::Unlocked,
            _ => Immutability::Disabled,
        }
    }
}

/// Azure's word for a setting that is on.
pub(super) fn is_enabled(word: &str) -> bool {
    word.eq_ignore_ascii_case("Enabled")
}

/// How far a new vault is.
pub(super) fn provisioning(word: &str) -> ProvisioningState {
    match word.to_ascii_lowercase().as_str() {
        "provisioning" | "updating" => ProvisioningState::Running,
        "failed" => ProvisioningState::Failed,
        // No word, or one that nobody knows yet, means done: calls will tell.
        _ => ProvisioningState::Done,
    }
}

/// How a new vault keeps its copies.
pub(super) fn redundancy(redundancy: Redundancy) -> &'static str {
    match redundancy {
        Redundancy::LocallyRedundant => "LocallyRedundant",
        Redundancy::ZoneRedundant => "ZoneRedundant",
        Redundancy::GeoRedundant => "GeoRedundant",
    }
}

/// How hard backups of a new vault are to delete.
pub(super) fn immutability(immutability: NewImmutability) -> &'static str {
    match immutability {
        NewImmutability::Disabled => "Disabled",
        NewImmutability::Unlocked => "Unlocked",
    }
}

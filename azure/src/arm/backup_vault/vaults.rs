//! Backup vaults: listing, reading, creating, giving an identity.

use std::collections::BTreeMap;
use std::convert::Infallible;

use azure_core::http::Method;
use holdfast_evaluator::SoftDelete;
use holdfast_protection::family::Family;
use holdfast_protection::operation::Started;
use holdfast_protection::vault::{CrossRegion, Vault, VaultSpec};
use holdfast_protection::vault_state::VaultState;
use holdfast_protection::{AzureError, Location, ResourceId};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::arm::absence::or_absent;
use crate::arm::api_version::{DATA_PROTECTION, DELETION};
use crate::arm::operation;
use crate::arm::transport::ArmClient;
use crate::arm::vault_wire::{self, EncryptionWire, IdentityWire, MonitoringWire, StateWire};
use crate::arm::wire::{or_default, read};

#[derive(Deserialize)]
struct VaultWire {
    id: ResourceId,
    location: Location,
    #[serde(default, deserialize_with = "or_default")]
    tags: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "or_default")]
    identity: IdentityWire,
    #[serde(default, deserialize_with = "or_default")]
    properties: PropertiesWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PropertiesWire {
    #[serde(deserialize_with = "or_default")]
    provisioning_state: String,
    #[serde(deserialize_with = "or_default")]
    security_settings: SecurityWire,
    #[serde(deserialize_with = "or_default")]
    feature_settings: FeaturesWire,
    #[serde(deserialize_with = "or_default")]
    replicated_regions: Vec<Location>,
    #[serde(deserialize_with = "or_default")]
    storage_settings: Vec<StorageWire>,
    #[serde(deserialize_with = "or_default")]
    monitoring_settings: MonitoringWire,
    is_vault_protected_by_resource_guard: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct StorageWire {
    #[serde(rename = "type")]
    redundancy: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SoftDeleteWire {
    state: Option<String>,
    /// A number in some answers and a fraction in others.
    retention_duration_in_days: Option<f64>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct FeaturesWire {
    #[serde(deserialize_with = "or_default")]
    cross_region_restore_settings: StateWire,
    #[serde(deserialize_with = "or_default")]
    cross_subscription_restore_settings: StateWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SecurityWire {
    #[serde(deserialize_with = "or_default")]
    immutability_settings: StateWire,
    #[serde(deserialize_with = "or_default")]
    soft_delete_settings: SoftDeleteWire,
    #[serde(deserialize_with = "or_default")]
    encryption_settings: EncryptionWire,
}

/// Every Backup vault of a subscription.
pub(super) async fn list(arm: &ArmClient, subscription: &str) -> Result<Vec<Vault>, AzureError> {
    listed(arm, subscription, Vault::from).await
}

/// Every Backup vault of a subscription, with its settings.
pub(super) async fn states(arm: &ArmClient, subscription: &str) -> Result<Vec<VaultState>, AzureError> {
    listed(arm, subscription, VaultState::from).await
}

/// A vault as a row of Resource Graph shows it, with its settings.
pub(super) fn exported(row: serde_json::Value) -> Option<VaultState> {
    serde_json::from_value::<VaultWire>(row).ok().map(VaultState::from)
}

async fn listed<T>(
    arm: &ArmClient,
    subscription: &str,
    read: impl Fn(VaultWire) -> T + Send + Sync,
) -> Result<Vec<T>, AzureError> {
    let action = format!("list the Backup vaults of subscription `{subscription}`");
    let path = format!("/subscriptions/{subscription}/providers/Microsoft.DataProtection/backupVaults");
    let url = arm.url(&path, &format!("api-version={DATA_PROTECTION}"));
    arm.list(&action, url, |wire: VaultWire| Ok::<_, Infallible>(read(wire))).await
}

/// One Backup vault, or `None`.
pub(super) async fn get(arm: &ArmClient, id: &ResourceId) -> Result<Option<Vault>, AzureError> {
    Ok(wire(arm, id).await?.map(Vault::from))
}

async fn wire(arm: &ArmClient, id: &ResourceId) -> Result<Option<VaultWire>, AzureError> {
    let action = format!("read Backup vault `{}`", id.name());
    let answer = or_absent(arm.get(&action, arm.url_of(id, "", DATA_PROTECTION)).await)?;
    answer.map(|answer| read(&action, &answer)).transpose()
}

/// Deletes a vault; Azure keeps it for a while.
pub(super) async fn delete(arm: &ArmClient, id: &ResourceId) -> Result<Started, AzureError> {
    let action = format!("delete Backup vault `{}`", id.name());
    operation::started(&action, &arm.call(&action, Method::Delete, arm.url_of(id, "", DELETION)).await?)
}

/// Creates a Backup vault with a system-assigned identity: a bare call makes one without.
///
/// One that is there by now is left as it is: it may have been made by another instance with other tags, or with an identity
/// and settings of its own, and a `PUT` would replace them. No api-version of the provider takes a condition.
pub(super) async fn create(arm: &ArmClient, spec: &VaultSpec) -> Result<Started, AzureError> {
    if wire(arm, &spec.id).await?.is_some() {
        return Ok(Started::Done);
    }
    let action = format!("create Backup vault `{}`", spec.id.name());
    let answer = arm.put(&action, arm.url_of(&spec.id, "", DATA_PROTECTION), &body(spec)).await?;
    operation::started(&action, &answer)
}

/// Gives a vault a system-assigned identity beside those that it has.
pub(super) async fn give_identity(arm: &ArmClient, id: &ResourceId) -> Result<Started, AzureError> {
    let action = format!("give Backup vault `{}` an identity", id.name());
    let has = wire(arm, id).await?.map(|vault| vault.identity).unwrap_or_default();
    let identity = has.with_system_assigned("SystemAssigned,UserAssigned");
    let url = arm.url_of(id, "", DATA_PROTECTION);
    let answer = arm.patch(&action, url, &json!({ "identity": identity })).await?;
    operation::started(&action, &answer)
}

fn body(spec: &VaultSpec) -> Value {
    let redundancy = vault_wire::redundancy(spec.redundancy);
    let soft_delete = match spec.soft_delete {
        SoftDelete::Off => "Off",
        SoftDelete::On => "On",
        SoftDelete::AlwaysOn => "AlwaysOn",
    };
    let immutability = vault_wire::immutability(spec.immutability);
    let mut properties = json!({
        "storageSettings": [{ "datastoreType": "VaultStore", "type": redundancy }],
        "securitySettings": {
            "softDeleteSettings": { "state": soft_delete, "retentionDurationInDays": spec.soft_delete_days },
            "immutabilitySettings": { "state": immutability },
        },
        "monitoringSettings": MonitoringWire::alerting(),
    });
    // `Disabled` may only be said of a vault that could have it.
    if let (true, Some(properties)) = (spec.cross_region_restore, properties.as_object_mut()) {
        let settings = json!({ "crossRegionRestoreSettings": { "state": "Enabled" } });
        properties.insert("featureSettings".to_owned(), settings);
    }
    json!({
        "location": spec.location,
        "tags": spec.tags,
        "identity": { "type": "SystemAssigned" },
        "properties": properties,
    })
}

impl From<VaultWire> for VaultState {
    fn from(wire: VaultWire) -> Self {
        let properties = &wire.properties;
        let soft_delete = &properties.security_settings.soft_delete_settings;
        let days = soft_delete.retention_duration_in_days.filter(|days| (0.0..=36_500.0).contains(days));
        Self {
            redundancy: properties.storage_settings.iter().find_map(|one| one.redundancy.clone()),
            soft_delete: soft_delete.state.clone(),
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded above")]
            soft_delete_days: days.map(|days| days as u32),
            // Backup vaults have no such setting.
            public_access: None,
            key: properties.security_settings.encryption_settings.key(),
            alerts: properties.monitoring_settings.alerts(),
            private_endpoints: Vec::new(),
            is_guarded: properties.is_vault_protected_by_resource_guard,
            vault: wire.into(),
        }
    }
}

impl From<VaultWire> for Vault {
    fn from(wire: VaultWire) -> Self {
        let properties = wire.properties;
        let features = properties.feature_settings;
        let to_other_subscriptions = features.cross_subscription_restore_settings.state;
        Self {
            family: Family::BackupVault,
            id: wire.id,
            location: wire.location,
            tags: wire.tags,
            principal: wire.identity.principal(),
            provisioning: vault_wire::provisioning(&properties.provisioning_state),
            immutability: properties.security_settings.immutability_settings.immutability(),
            cross_region: match features.cross_region_restore_settings.state.as_str() {
                state if state.eq_ignore_ascii_case("Enabled") => {
                    CrossRegion::Enabled { secondary: properties.replicated_regions.into_iter().next() }
                }
                _ => CrossRegion::Disabled,
            },
            cross_subscription: !to_other_subscriptions.to_ascii_lowercase().ends_with("disabled"),
        }
    }
}

#[cfg(test)]
mod tests {
    use holdfast_evaluator::{NewImmutability, Redundancy};
    use holdfast_protection::vault::{Immutability, ProvisioningState};

    use super::*;

    const VAULT: &str =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/bv";

    #[test]
    fn a_new_vault_has_an_identity_and_what_was_asked_for() {
        let spec = VaultSpec {
            id: VAULT.parse().unwrap(),
            location: "westeurope".into(),
            redundancy: Redundancy::GeoRedundant,
            soft_delete: SoftDelete::AlwaysOn,
            soft_delete_days: 30,
            immutability: NewImmutability::Unlocked,
            cross_region_restore: true,
            tags: [("purpose".to_owned(), "backup".to_owned())].into(),
        };
        let expected = json!({ "location": "westeurope", "tags": { "purpose": "backup" },
            "identity": { "type": "SystemAssigned" }, "properties": {
                "storageSettings": [{ "datastoreType": "VaultStore", "type": "GeoRedundant" }],
                "securitySettings": {
                    "softDeleteSettings": { "state": "AlwaysOn", "retentionDurationInDays": 30 },
                    "immutabilitySettings": { "state": "Unlocked" } },
                "monitoringSettings": { "azureMonitorAlertSettings": { "alertsForAllJobFailures": "Enabled" } },
                "featureSettings": { "crossRegionRestoreSettings": { "state": "Enabled" } } } });
        assert_eq!(body(&spec), expected);
    }

    #[test]
    fn a_vault_tells_whether_it_is_ready_and_how_hard_its_backups_are_to_delete() {
        let shown = json!({ "id": VAULT, "location": "West Europe", "identity": null, "properties": {
            "provisioningState": "Provisioning",
            "securitySettings": { "immutabilitySettings": { "state": "Unlocked" } } } });
        let vault = Vault::from(serde_json::from_value::<VaultWire>(shown).unwrap());
        assert_eq!(
            (vault.provisioning, vault.immutability),
            (ProvisioningState::Running, Immutability::Unlocked)
        );
        assert_eq!(vault.principal, None);
    }
}

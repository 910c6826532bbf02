//! Recovery Services vaults: listing, reading, creating, giving an identity.

use std::collections::BTreeMap;
use std::convert::Infallible;

use azure_core::http::Method;
use holdfast_protection::family::Family;
use holdfast_protection::operation::Started;
use holdfast_protection::vault::{CrossRegion, Vault, VaultSpec};
use holdfast_protection::vault_state::{Obstacle, ObstacleKind, VaultState, instance_in_the_way};
use holdfast_protection::{AzureError, Location, ResourceId};
use serde::Deserialize;
use serde_json::{Value, json};

use super::pairs::paired;
use super::version::VAULTS;
use super::{containers, items};
use crate::arm::absence::or_absent;
use crate::arm::operation;
use crate::arm::transport::ArmClient;
use crate::arm::vault_wire::{self, EncryptionWire, IdentityWire, MonitoringWire, StateWire, is_enabled};
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
    redundancy_settings: RedundancyWire,
    #[serde(deserialize_with = "or_default")]
    restore_settings: RestoreWire,
    public_network_access: Option<String>,
    #[serde(deserialize_with = "or_default")]
    encryption: EncryptionWire,
    #[serde(deserialize_with = "or_default")]
    monitoring_settings: MonitoringWire,
    #[serde(deserialize_with = "or_default")]
    private_endpoint_connections: Vec<EndpointWire>,
    is_vault_protected_by_resource_guard: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct EndpointWire {
    #[serde(deserialize_with = "or_default")]
    id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RedundancyWire {
    standard_tier_storage_redundancy: Option<String>,
    #[serde(deserialize_with = "or_default")]
    cross_region_restore: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RestoreWire {
    #[serde(deserialize_with = "or_default")]
    cross_subscription_restore_settings: CrossSubscriptionWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CrossSubscriptionWire {
    #[serde(deserialize_with = "or_default")]
    cross_subscription_restore_state: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SecurityWire {
    #[serde(deserialize_with = "or_default")]
    immutability_settings: StateWire,
    #[serde(deserialize_with = "or_default")]
    soft_delete_settings: SoftDeleteWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SoftDeleteWire {
    soft_delete_state: Option<String>,
    soft_delete_retention_period_in_days: Option<u32>,
}

/// Every Recovery Services vault of a subscription.
pub(super) async fn list(arm: &ArmClient, subscription: &str) -> Result<Vec<Vault>, AzureError> {
    listed(arm, subscription, Vault::from).await
}

/// Every Recovery Services vault of a subscription, with its settings.
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
    let action = format!("list the Recovery Services vaults of subscription `{subscription}`");
    let path = format!("/subscriptions/{subscription}/providers/{}", Family::RecoveryServices.vault_type());
    let url = arm.url(&path, &format!("api-version={VAULTS}"));
    arm.list(&action, url, |wire: VaultWire| Ok::<_, Infallible>(read(wire))).await
}

/// One Recovery Services vault, or `None`.
pub(super) async fn get(arm: &ArmClient, id: &ResourceId) -> Result<Option<Vault>, AzureError> {
    Ok(wire(arm, id).await?.map(Vault::from))
}

async fn wire(arm: &ArmClient, id: &ResourceId) -> Result<Option<VaultWire>, AzureError> {
    let action = format!("read Recovery Services vault `{}`", id.name());
    let answer = or_absent(arm.get(&action, arm.url_of(id, "", VAULTS)).await)?;
    answer.map(|answer| read(&action, &answer)).transpose()
}

/// What is in the way of deleting a vault: items that were not deleted, registered containers, private endpoints.
pub(super) async fn obstacles(arm: &ArmClient, vault: &ResourceId) -> Result<Vec<Obstacle>, AzureError> {
    let mut found: Vec<Obstacle> = items::kept(arm, vault).await?.iter().map(instance_in_the_way).collect();
    found.extend(
        containers::registered(arm, vault)
            .await?
            .into_iter()
            .map(|what| Obstacle { kind: ObstacleKind::Container, what }),
    );
    found.extend(wire(arm, vault).await?.map(|vault| vault.properties.endpoints()).unwrap_or_default());
    Ok(found)
}

impl PropertiesWire {
    /// Private endpoints, each of which is in the way.
    fn endpoints(self) -> Vec<Obstacle> {
        let endpoints = self.private_endpoint_connections.into_iter();
        endpoints.map(|one| Obstacle { kind: ObstacleKind::PrivateEndpoint, what: one.id }).collect()
    }
}

/// Deletes a vault.
pub(super) async fn delete(arm: &ArmClient, id: &ResourceId) -> Result<Started, AzureError> {
    let action = format!("delete Recovery Services vault `{}`", id.name());
    operation::started(&action, &arm.call(&action, Method::Delete, arm.url_of(id, "", VAULTS)).await?)
}

/// Creates a Recovery Services vault. One that is there by now is left as it is, as a Backup vault is.
pub(super) async fn create(arm: &ArmClient, spec: &VaultSpec) -> Result<Started, AzureError> {
    if wire(arm, &spec.id).await?.is_some() {
        return Ok(Started::Done);
    }
    let action = format!("create Recovery Services vault `{}`", spec.id.name());
    let answer = arm.put(&action, arm.url_of(&spec.id, "", VAULTS), &body(spec)).await?;
    operation::started(&action, &answer)
}

/// Gives a vault a system-assigned identity beside those that it has.
pub(super) async fn give_identity(arm: &ArmClient, id: &ResourceId) -> Result<Started, AzureError> {
    let action = format!("give Recovery Services vault `{}` an identity", id.name());
    let has = wire(arm, id).await?.map(|vault| vault.identity).unwrap_or_default();
    let identity = has.with_system_assigned("SystemAssigned, UserAssigned");
    let answer = arm.patch(&action, arm.url_of(id, "", VAULTS), &json!({ "identity": identity })).await?;
    operation::started(&action, &answer)
}

/// Soft delete is always on, whatever was asked for: Azure takes nothing else of a new vault (official: secure by
/// default). Access from public networks is stated, because landing zones refuse vaults that leave it open what they have.
/// Failed jobs raise alerts, as vaults have it that Azure's own tools make.
fn body(spec: &VaultSpec) -> Value {
    let redundancy = vault_wire::redundancy(spec.redundancy);
    let immutability = vault_wire::immutability(spec.immutability);
    let cross_region = if spec.cross_region_restore { "Enabled" } else { "Disabled" };
    json!({
        "location": spec.location,
        "tags": spec.tags,
        "sku": { "name": "RS0", "tier": "Standard" },
        "identity": { "type": "SystemAssigned" },
        "properties": {
            "publicNetworkAccess": "Enabled",
            "monitoringSettings": MonitoringWire::alerting(),
            "redundancySettings": {
                "standardTierStorageRedundancy": redundancy,
                "crossRegionRestore": cross_region,
            },
            "securitySettings": {
                "softDeleteSettings": {
                    "softDeleteState": "AlwaysON",
                    "softDeleteRetentionPeriodInDays": spec.soft_delete_days,
                    "enhancedSecurityState": "AlwaysON",
                },
                "immutabilitySettings": { "state": immutability },
            },
        },
    })
}

impl From<VaultWire> for VaultState {
    fn from(wire: VaultWire) -> Self {
        let properties = &wire.properties;
        let soft_delete = &properties.security_settings.soft_delete_settings;
        let endpoints = properties.private_endpoint_connections.iter().map(|one| one.id.clone());
        Self {
            redundancy: properties.redundancy_settings.standard_tier_storage_redundancy.clone(),
            soft_delete: soft_delete.soft_delete_state.clone(),
            soft_delete_days: soft_delete.soft_delete_retention_period_in_days,
            public_access: properties.public_network_access.as_deref().map(is_enabled),
            key: properties.encryption.key(),
            alerts: properties.monitoring_settings.alerts(),
            private_endpoints: endpoints.collect(),
            is_guarded: properties.is_vault_protected_by_resource_guard,
            vault: wire.into(),
        }
    }
}

impl From<VaultWire> for Vault {
    fn from(wire: VaultWire) -> Self {
        let properties = wire.properties;
        Self {
            family: Family::RecoveryServices,
            id: wire.id,
            tags: wire.tags,
            principal: wire.identity.principal(),
            provisioning: vault_wire::provisioning(&properties.provisioning_state),
            immutability: properties.security_settings.immutability_settings.immutability(),
            cross_region: match properties.redundancy_settings.cross_region_restore.as_str() {
                state if state.eq_ignore_ascii_case("Enabled") => {
                    CrossRegion::Enabled { secondary: paired(&wire.location) }
                }
                _ => CrossRegion::Disabled,
            },
            // Azure's default is that it does.
            cross_subscription: {
                let settings = properties.restore_settings.cross_subscription_restore_settings;
                let state = settings.cross_subscription_restore_state;
                state.is_empty() || state.eq_ignore_ascii_case("Enabled")
            },
            location: wire.location,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_owners_of_keys_and_networks_set_is_shown_and_endpoints_are_in_the_way() {
        const VAULT: &str =
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/rsv";
        let endpoint = format!("{VAULT}/privateEndpointConnections/backup.1");
        let shown = json!({ "id": VAULT, "location": "westeurope", "properties": {
            "publicNetworkAccess": "Disabled",
            "encryption": { "keyVaultProperties": { "keyUri": "https://kv.vault.azure.net/keys/backup" } },
            "monitoringSettings": { "azureMonitorAlertSettings": { "alertsForAllJobFailures": "Disabled" } },
            "privateEndpointConnections": [{ "id": endpoint, "properties": {} }] } });
        let wire = || serde_json::from_value::<VaultWire>(shown.clone()).unwrap();
        let state = VaultState::from(wire());
        assert_eq!(state.key.as_deref(), Some("https://kv.vault.azure.net/keys/backup"));
        assert_eq!((state.public_access, state.alerts), (Some(false), Some(false)));
        assert_eq!(state.private_endpoints, std::slice::from_ref(&endpoint));
        let obstacle = Obstacle { kind: ObstacleKind::PrivateEndpoint, what: endpoint };
        assert_eq!(wire().properties.endpoints(), [obstacle]);
    }
}

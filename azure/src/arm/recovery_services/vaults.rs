//! Recovery Services vaults: listing, reading, creating, giving an identity.

use std::collections::BTreeMap;
use std::convert::Infallible;

use holdfast_evaluator::{NewImmutability, Redundancy};
use holdfast_protection::family::Family;
use holdfast_protection::operation::Started;
use holdfast_protection::vault::{CrossRegion, Immutability, Making, Vault, VaultSpec};
use holdfast_protection::{AzureError, Location, ResourceId};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::version::VAULTS;
use crate::arm::absence::or_absent;
use crate::arm::operation;
use crate::arm::transport::ArmClient;
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
struct IdentityWire {
    principal_id: Option<String>,
    #[serde(deserialize_with = "or_default")]
    user_assigned_identities: Map<String, Value>,
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
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RedundancyWire {
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
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct StateWire {
    #[serde(deserialize_with = "or_default")]
    state: String,
}

/// Every Recovery Services vault of a subscription.
pub(super) async fn list(arm: &ArmClient, subscription: &str) -> Result<Vec<Vault>, AzureError> {
    let action = format!("list the Recovery Services vaults of subscription `{subscription}`");
    let path = format!("/subscriptions/{subscription}/providers/{}", Family::RecoveryServices.vault_type());
    let url = arm.url(&path, &format!("api-version={VAULTS}"));
    arm.list(&action, url, |wire: VaultWire| Ok::<_, Infallible>(wire.into())).await
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

/// Creates a Recovery Services vault.
pub(super) async fn create(arm: &ArmClient, spec: &VaultSpec) -> Result<Started, AzureError> {
    let action = format!("create Recovery Services vault `{}`", spec.id.name());
    let answer = arm.put(&action, arm.url_of(&spec.id, "", VAULTS), &body(spec)).await?;
    operation::started(&action, &answer)
}

/// Gives a vault a system-assigned identity beside those that it has.
pub(super) async fn give_identity(arm: &ArmClient, id: &ResourceId) -> Result<Started, AzureError> {
    let action = format!("give Recovery Services vault `{}` an identity", id.name());
    let has = wire(arm, id).await?.map(|vault| vault.identity.user_assigned_identities).unwrap_or_default();
    let identity = if has.is_empty() {
        json!({ "type": "SystemAssigned" })
    } else {
        let kept: Map<String, Value> = has.into_iter().map(|(id, _)| (id, json!({}))).collect();
        json!({ "type": "SystemAssigned, UserAssigned", "userAssignedIdentities": kept })
    };
    let answer = arm.patch(&action, arm.url_of(id, "", VAULTS), &json!({ "identity": identity })).await?;
    operation::started(&action, &answer)
}

/// Soft delete is always on, whatever was asked for: Azure takes nothing else of a new vault (official: secure by
/// default). Access from public networks is stated, because landing zones refuse vaults that leave it open what they have.
fn body(spec: &VaultSpec) -> Value {
    let redundancy = match spec.redundancy {
        Redundancy::LocallyRedundant => "LocallyRedundant",
        Redundancy::ZoneRedundant => "ZoneRedundant",
        Redundancy::GeoRedundant => "GeoRedundant",
    };
    let immutability = match spec.immutability {
        NewImmutability::Disabled => "Disabled",
        NewImmutability::Unlocked => "Unlocked",
    };
    let cross_region = if spec.cross_region_restore { "Enabled" } else { "Disabled" };
    json!({
        "location": spec.location,
        "tags": spec.tags,
        "sku": { "name": "RS0", "tier": "Standard" },
        "identity": { "type": "SystemAssigned" },
        "properties": {
            "publicNetworkAccess": "Enabled",
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

impl From<VaultWire> for Vault {
    fn from(wire: VaultWire) -> Self {
        let properties = wire.properties;
        Self {
            family: Family::RecoveryServices,
            id: wire.id,
            location: wire.location,
            tags: wire.tags,
            principal: wire.identity.principal_id.filter(|principal| !principal.is_empty()),
            making: match properties.provisioning_state.to_ascii_lowercase().as_str() {
                "provisioning" | "updating" => Making::Running,
                "failed" => Making::Failed,
                // No word, or one that nobody knows yet, means done: calls will tell.
                _ => Making::Done,
            },
            immutability: match properties.security_settings.immutability_settings.state.as_str() {
                state if state.eq_ignore_ascii_case("Locked") => Immutability::Locked,
                state if state.eq_ignore_ascii_case("Unlocked") => Immutability::Unlocked,
                _ => Immutability::Disabled,
            },
            cross_region: match properties.redundancy_settings.cross_region_restore.as_str() {
                state if state.eq_ignore_ascii_case("Enabled") => CrossRegion::Enabled { secondary: None },
                _ => CrossRegion::Disabled,
            },
            // Azure's default is that it does.
            cross_subscription: {
                let settings = properties.restore_settings.cross_subscription_restore_settings;
                let state = settings.cross_subscription_restore_state;
                state.is_empty() || state.eq_ignore_ascii_case("Enabled")
            },
        }
    }
}

//! What is restored from: the instance and the vault, read for what a restore has to repeat.

use holdfast_protection::instance::ProtectionState;
use holdfast_protection::restore::{CrossRegion, RestoreSource, RestoreVault};
use holdfast_protection::{AzureError, Location, ResourceId};
use serde::Deserialize;

use crate::arm::absence::or_absent;
use crate::arm::api_version::DATA_PROTECTION;
use crate::arm::transport::ArmClient;
use crate::arm::wire::{or_default, read};

#[derive(Deserialize)]
struct InstanceWire {
    id: ResourceId,
    properties: PropertiesWire,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PropertiesWire {
    data_source_info: DatasourceWire,
    policy_info: PolicyInfoWire,
    #[serde(default, deserialize_with = "or_default")]
    datasource_auth_credentials: CredentialsWire,
    #[serde(default, deserialize_with = "or_default")]
    current_protection_state: String,
    #[serde(default, deserialize_with = "or_default")]
    protection_status: StatusWire,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DatasourceWire {
    #[serde(rename = "resourceID", alias = "resourceId")]
    resource_id: ResourceId,
    #[serde(default, deserialize_with = "or_default")]
    datasource_type: String,
    #[serde(default, deserialize_with = "or_default")]
    resource_location: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PolicyInfoWire {
    policy_id: ResourceId,
    #[serde(default, deserialize_with = "or_default")]
    policy_parameters: ParametersWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ParametersWire {
    #[serde(deserialize_with = "or_default")]
    data_store_parameters_list: Vec<StoreParametersWire>,
    #[serde(deserialize_with = "or_default")]
    backup_datasource_parameters_list: Vec<DatasourceParametersWire>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct StoreParametersWire {
    resource_group_id: Option<ResourceId>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DatasourceParametersWire {
    #[serde(deserialize_with = "or_default")]
    containers_list: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CredentialsWire {
    #[serde(deserialize_with = "or_default")]
    secret_store_resource: SecretWire,
}

/// The place of a secret. What it says (`value`) is never read.
#[derive(Default, Deserialize)]
#[serde(default)]
struct SecretWire {
    uri: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct StatusWire {
    #[serde(deserialize_with = "or_default")]
    status: String,
}

/// What an instance says that a restore has to repeat, or `None`.
pub(super) async fn get(arm: &ArmClient, instance: &ResourceId) -> Result<Option<RestoreSource>, AzureError> {
    let action = format!("read backup instance `{}`", instance.name());
    let answer = or_absent(arm.get(&action, arm.url_of(instance, "", DATA_PROTECTION)).await)?;
    answer.map(|answer| Ok(read::<InstanceWire>(&action, &answer)?.into())).transpose()
}

impl From<InstanceWire> for RestoreSource {
    fn from(wire: InstanceWire) -> Self {
        let PropertiesWire { data_source_info, policy_info, .. } = wire.properties;
        let current = wire.properties.current_protection_state;
        let state = if current.is_empty() { wire.properties.protection_status.status } else { current };
        let parameters = policy_info.policy_parameters;
        let containers = parameters.backup_datasource_parameters_list.into_iter();
        Self {
            instance: wire.id,
            datasource: data_source_info.resource_id,
            datasource_type: data_source_info.datasource_type,
            location: Location::from(data_source_info.resource_location),
            policy: policy_info.policy_id,
            state: ProtectionState::from(state),
            snapshot_group: parameters
                .data_store_parameters_list
                .into_iter()
                .find_map(|one| one.resource_group_id),
            containers: containers.flat_map(|one| one.containers_list).collect(),
            secret: wire.properties.datasource_auth_credentials.secret_store_resource.uri,
        }
    }
}

#[derive(Deserialize)]
struct VaultWire {
    id: ResourceId,
    location: Location,
    #[serde(default, deserialize_with = "or_default")]
    identity: IdentityWire,
    #[serde(default, deserialize_with = "or_default")]
    properties: VaultPropertiesWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct IdentityWire {
    principal_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct VaultPropertiesWire {
    #[serde(deserialize_with = "or_default")]
    feature_settings: FeaturesWire,
    #[serde(deserialize_with = "or_default")]
    replicated_regions: Vec<Location>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct FeaturesWire {
    #[serde(deserialize_with = "or_default")]
    cross_region_restore_settings: FeatureWire,
    #[serde(deserialize_with = "or_default")]
    cross_subscription_restore_settings: FeatureWire,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct FeatureWire {
    #[serde(deserialize_with = "or_default")]
    state: String,
}

/// The vault, as far as it matters where it can restore to, or `None`.
pub(super) async fn vault(arm: &ArmClient, id: &ResourceId) -> Result<Option<RestoreVault>, AzureError> {
    let action = format!("read Backup vault `{}`", id.name());
    let answer = or_absent(arm.get(&action, arm.url_of(id, "", DATA_PROTECTION)).await)?;
    answer.map(|answer| Ok(read::<VaultWire>(&action, &answer)?.into())).transpose()
}

impl From<VaultWire> for RestoreVault {
    fn from(wire: VaultWire) -> Self {
        let features = wire.properties.feature_settings;
        let cross_region = if features.cross_region_restore_settings.state.eq_ignore_ascii_case("Enabled") {
            CrossRegion::Enabled { secondary: wire.properties.replicated_regions.into_iter().next() }
        } else {
            CrossRegion::Disabled
        };
        let to_other_subscriptions = features.cross_subscription_restore_settings.state;
        Self {
            id: wire.id,
            location: wire.location,
            principal: wire.identity.principal_id.filter(|principal| !principal.is_empty()),
            cross_region,
            cross_subscription: !to_other_subscriptions.to_ascii_lowercase().ends_with("disabled"),
        }
    }
}

//! Kubernetes clusters: the backup extension, and who is let in.

use std::collections::BTreeMap;
use std::convert::Infallible;

use holdfast_protection::operation::Started;
use holdfast_protection::workload::aks::{
    BACKUP_OPERATOR, BackupExtension, TrustedAccess, TrustedAccessBinding,
};
use holdfast_protection::{AzureError, ResourceId};
use serde::Deserialize;
use serde_json::json;

use super::api_version::{CLUSTERS, EXTENSIONS};
use super::operation;
use super::transport::ArmClient;
use super::wire::or_default;

/// `extensionType` of the backup extension.
const BACKUP: &str = "microsoft.dataprotection.kubernetes";

#[derive(Deserialize)]
struct ExtensionWire {
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    identity: IdentityWire,
    #[serde(default, deserialize_with = "or_default")]
    properties: ExtensionPropertiesWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ExtensionPropertiesWire {
    #[serde(deserialize_with = "or_default")]
    extension_type: String,
    #[serde(deserialize_with = "or_default")]
    provisioning_state: String,
    #[serde(deserialize_with = "or_default")]
    aks_assigned_identity: IdentityWire,
    #[serde(deserialize_with = "or_default")]
    configuration_settings: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    statuses: Vec<StatusWire>,
    #[serde(deserialize_with = "or_default")]
    error_info: StatusWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct IdentityWire {
    principal_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct StatusWire {
    #[serde(deserialize_with = "or_default")]
    level: String,
    #[serde(deserialize_with = "or_default")]
    code: String,
    #[serde(deserialize_with = "or_default")]
    message: String,
}

impl ExtensionPropertiesWire {
    /// A setting, under the extension's own name for it or under that of the command line.
    fn setting(&self, names: [&str; 2]) -> Option<&str> {
        let mut settings = self.configuration_settings.iter();
        let found = settings.find(|(known, _)| names.iter().any(|name| known.eq_ignore_ascii_case(name)));
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    fn account(&self, cluster: &ResourceId) -> Option<ResourceId> {
        const LOCATION: &str = "configuration.backupStorageLocation.config";
        let account = self.setting([&format!("{LOCATION}.storageAccount"), "storageAccount"])?;
        let group = self.setting([&format!("{LOCATION}.resourceGroup"), "storageAccountResourceGroup"])?;
        let subscription = self
            .setting([&format!("{LOCATION}.subscriptionId"), "storageAccountSubscriptionId"])
            .unwrap_or(cluster.subscription());
        let group = ResourceId::resource_group_of(subscription, group).ok()?;
        format!("{group}/providers/Microsoft.Storage/storageAccounts/{account}").parse().ok()
    }

    fn errors(&self) -> Vec<String> {
        let errors = self.statuses.iter().filter(|status| status.level.eq_ignore_ascii_case("Error"));
        let said = errors.chain(Some(&self.error_info).filter(|error| !error.message.is_empty()));
        said.map(|status| format!("{} {}", status.code, status.message).trim().to_owned()).collect()
    }
}

/// The backup extension of a cluster, whatever it is called, or `None`.
pub(super) async fn backup_extension(
    arm: &ArmClient,
    cluster: &ResourceId,
) -> Result<Option<BackupExtension>, AzureError> {
    let action = format!("list the extensions of cluster `{}`", cluster.name());
    let url = arm.url_of(cluster, "/providers/Microsoft.KubernetesConfiguration/extensions", EXTENSIONS);
    let extensions = arm.list(&action, url, |wire: ExtensionWire| Ok::<_, Infallible>(wire)).await?;
    let is_backup = |wire: &ExtensionWire| wire.properties.extension_type.eq_ignore_ascii_case(BACKUP);
    Ok(extensions.into_iter().find(is_backup).map(|wire| {
        let account = wire.properties.account(cluster);
        BackupExtension {
            name: wire.name,
            account,
            errors: wire.properties.errors(),
            state: wire.properties.provisioning_state,
            principal: [wire.properties.aks_assigned_identity, wire.identity]
                .into_iter()
                .find_map(|identity| identity.principal_id.filter(|id| !id.is_empty())),
        }
    }))
}

#[derive(Deserialize)]
struct BindingWire {
    properties: BindingPropertiesWire,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BindingPropertiesWire {
    source_resource_id: ResourceId,
    #[serde(default, deserialize_with = "or_default")]
    roles: Vec<String>,
}

/// Trusted access bindings of a cluster.
pub(super) async fn trusted_access(
    arm: &ArmClient,
    cluster: &ResourceId,
) -> Result<Vec<TrustedAccess>, AzureError> {
    let action = format!("list the trusted access bindings of cluster `{}`", cluster.name());
    let url = arm.url_of(cluster, "/trustedAccessRoleBindings", CLUSTERS);
    let convert = |wire: BindingWire| {
        let BindingPropertiesWire { source_resource_id, roles } = wire.properties;
        Ok::<_, Infallible>(TrustedAccess { source: source_resource_id, roles })
    };
    arm.list(&action, url, convert).await
}

/// Lets a Backup vault into a cluster.
pub(super) async fn bind(arm: &ArmClient, binding: &TrustedAccessBinding) -> Result<Started, AzureError> {
    let cluster = binding.id.parent();
    let cluster = cluster.as_ref().map_or("", ResourceId::name);
    let action = format!("let Backup vault `{}` into cluster `{cluster}`", binding.vault.name());
    let body = json!({ "properties": { "sourceResourceId": binding.vault, "roles": [BACKUP_OPERATOR] } });
    let answer = arm.put(&action, arm.url_of(&binding.id, "", CLUSTERS), &body).await?;
    operation::started(&action, &answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_says_where_it_writes_and_what_is_wrong() {
        let cluster: ResourceId =
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c"
                .parse()
                .unwrap();
        let properties = |body| serde_json::from_value::<ExtensionPropertiesWire>(body).unwrap();
        let account = |body| properties(body).account(&cluster).map(|id| id.to_string());
        let written = Some(
            "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/sa".to_owned(),
        );
        assert_eq!(
            account(
                json!({ "configurationSettings": { "configuration.backupStorageLocation.config.storageAccount": "sa",
                "configuration.backupStorageLocation.config.resourceGroup": "rg" } })
            ),
            written
        );
        assert_eq!(
            account(
                json!({ "configurationSettings": { "storageAccount": "sa", "storageAccountResourceGroup": "rg",
                "storageAccountSubscriptionId": "s" } })
            ),
            written
        );
        assert_eq!(account(json!({ "configurationSettings": null })), None);
        let failed =
            properties(json!({ "statuses": [{ "level": "Error", "code": "E1", "message": "no identity" },
            { "level": "Information", "message": "fine" }], "errorInfo": null }));
        assert_eq!(failed.errors(), ["E1 no identity"]);
    }
}

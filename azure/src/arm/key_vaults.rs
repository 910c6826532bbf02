//! Key vaults, found by name: a secret's identifier does not say where its vault is.

use holdfast_protection::workload::postgresql_single::{KeyVault, SecretAccess};
use holdfast_protection::{AzureError, ResourceId};
use serde::Deserialize;

use super::kql;
use super::resource_graph::each_page;
use super::transport::ArmClient;
use super::wire::or_default;

#[derive(Deserialize)]
struct KeyVaultWire {
    id: ResourceId,
    #[serde(default, deserialize_with = "or_default")]
    properties: PropertiesWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PropertiesWire {
    #[serde(deserialize_with = "or_default")]
    enable_rbac_authorization: bool,
    #[serde(deserialize_with = "or_default")]
    access_policies: Vec<PolicyWire>,
    #[serde(deserialize_with = "or_default")]
    network_acls: FirewallWire,
}

/// What is left out is open.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct FirewallWire {
    #[serde(deserialize_with = "or_default")]
    default_action: String,
    #[serde(deserialize_with = "or_default")]
    bypass: String,
}

impl FirewallWire {
    fn lets_services_in(&self) -> bool {
        !self.default_action.eq_ignore_ascii_case("Deny") || !self.bypass.eq_ignore_ascii_case("None")
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PolicyWire {
    object_id: String,
    #[serde(default, deserialize_with = "or_default")]
    permissions: PermissionsWire,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PermissionsWire {
    #[serde(deserialize_with = "or_default")]
    secrets: Vec<String>,
}

impl PolicyWire {
    fn reads_secrets(&self) -> bool {
        let may = |word: &str| self.permissions.secrets.iter().any(|known| known.eq_ignore_ascii_case(word));
        may("all") || (may("get") && may("list"))
    }
}

impl From<KeyVaultWire> for KeyVault {
    fn from(wire: KeyVaultWire) -> Self {
        let properties = wire.properties;
        let lets_services_in = properties.network_acls.lets_services_in();
        let access = if properties.enable_rbac_authorization {
            SecretAccess::Roles
        } else {
            let readers = properties.access_policies.into_iter().filter(PolicyWire::reads_secrets);
            SecretAccess::Policies(readers.map(|policy| policy.object_id).collect())
        };
        Self { id: wire.id, access, lets_services_in }
    }
}

/// The key vault of this name in any subscription that we may read, or `None`.
pub(super) async fn named(arm: &ArmClient, name: &str) -> Result<Option<KeyVault>, AzureError> {
    let action = format!("find key vault `{name}` with Resource Graph");
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        let detail = "names of key vaults consist of letters, digits and dashes".to_owned();
        return Err(AzureError::Unsendable { action, detail });
    }
    let query = format!(
        "resources | where type =~ 'microsoft.keyvault/vaults' | where name =~ {} \
         | project id, properties | order by id asc",
        kql::text(name)
    );
    let mut rows = Vec::new();
    each_page(arm, &action, &[], &query, |page| rows.extend(page)).await?;
    let Some(row) = rows.into_iter().next() else { return Ok(None) };
    let wire: KeyVaultWire = serde_path_to_error::deserialize(row).map_err(|error| {
        AzureError::Unreadable { action, detail: format!("at `{}`: {}", error.path(), error.inner()) }
    })?;
    Ok(Some(wire.into()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn who_may_read_secrets_is_a_matter_of_roles_or_of_policies() {
        let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv";
        let access = |properties| -> SecretAccess {
            let wire: KeyVaultWire =
                serde_json::from_value(json!({ "id": id, "properties": properties })).unwrap();
            KeyVault::from(wire).access
        };
        assert_eq!(access(json!({ "enableRbacAuthorization": true })), SecretAccess::Roles);
        let policy =
            |who: &str, secrets: &[&str]| json!({ "objectId": who, "permissions": { "secrets": secrets } });
        let some = json!({ "enableRbacAuthorization": null,
            "accessPolicies": [policy("a", &["Get", "List"]), policy("b", &["get"]), policy("c", &["all"])] });
        assert_eq!(access(some), SecretAccess::Policies(vec!["a".to_owned(), "c".to_owned()]));
        assert_eq!(access(json!(null)), SecretAccess::Policies(Vec::new()));
    }

    #[test]
    fn a_firewall_keeps_azure_out_only_if_it_says_so() {
        let open = |firewall| {
            let acls: FirewallWire = serde_json::from_value(firewall).unwrap();
            acls.lets_services_in()
        };
        assert!(open(json!({})));
        assert!(open(json!({ "defaultAction": "Allow", "bypass": "None" })));
        assert!(
            open(json!({ "defaultAction": "Deny" })),
            "trusted services pass unless it is said otherwise"
        );
        assert!(open(json!({ "defaultAction": "Deny", "bypass": "AzureServices" })));
        assert!(!open(json!({ "defaultAction": "deny", "bypass": "none" })));
    }
}

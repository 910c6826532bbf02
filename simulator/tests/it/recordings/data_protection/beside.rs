//! What stands beside a datasource.

use serde_json::{Value, json};

use crate::recordings::read::{head, text};

/// Account and container that a restore writes files to.
pub(super) fn target_url(request: &Value) -> Option<&str> {
    let request = request.get("restoreRequestObject").unwrap_or(request);
    request.pointer("/restoreTargetInfo/targetDetails/url")?.as_str()?.strip_prefix("https://")
}

/// What stands beside a datasource: the containers that are copied, and the key vault with the secret.
pub(super) fn beside(instance: &Value) -> Vec<Value> {
    let source = text(instance, &["dataSourceInfo", "resourceID"]).unwrap_or_default();
    let lists = instance.pointer("/policyInfo/policyParameters/backupDatasourceParametersList");
    let containers = lists.and_then(Value::as_array).into_iter().flatten();
    let containers = containers.filter_map(|one| one.get("containersList")?.as_array()).flatten();
    let containers = containers.filter_map(Value::as_str);
    let mut found: Vec<Value> = containers
        .map(|name| json!({ "id": format!("{source}/blobServices/default/containers/{name}") }))
        .collect();
    let uri = text(instance, &["datasourceAuthCredentials", "secretStoreResource", "uri"]);
    let parts: Option<(&str, &str)> =
        uri.and_then(|uri| uri.strip_prefix("https://")?.split_once(".vault.azure.net/secrets/"));
    if let (Some((vault, secret)), Some(group)) = (parts, head(source, 4)) {
        let vault = format!(
            "{}/providers/Microsoft.KeyVault/vaults/{vault}",
            group.replace("resourcegroups", "resourceGroups")
        );
        let properties = json!({ "enableRbacAuthorization": true });
        found.push(json!({ "id": format!("{vault}/secrets/{secret}") }));
        found.push(json!({ "id": vault, "location": location(instance), "properties": properties }));
    }
    found
}

pub(super) fn location(instance: &Value) -> String {
    text(instance, &["dataSourceInfo", "resourceLocation"]).unwrap_or("centraluseuap").to_owned()
}

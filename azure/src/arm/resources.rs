//! Resources by id, in the form that rules see.

use std::collections::BTreeMap;

use holdfast_evaluator::Resource;
use holdfast_protection::ports::ObservedResource;
use holdfast_protection::{AzureError, Location, ResourceId, redaction};
use serde_json::Value;

use super::absence::or_absent;
use super::api_version;
use super::canonical::canonical;
use super::transport::ArmClient;
use super::wire::read;

/// The resource, or `None` if it does not exist.
pub(super) async fn get(arm: &ArmClient, id: &ResourceId) -> Result<Option<ObservedResource>, AzureError> {
    let action = format!("read {} `{}`", id.resource_type(), id.name());
    let version = api_version::for_resource(arm, id).await?;
    let Some(answer) = or_absent(arm.get(&action, arm.url_of(id, "", &version)).await)? else {
        return Ok(None);
    };
    let body: Value = read(&action, &answer)?;
    if !body.is_object() {
        return Err(AzureError::Unreadable { action, detail: "it is not a JSON object".to_owned() });
    }
    Ok(Some(observed(id, body)))
}

/// A resource in the form that rules see, from its ARM body; `None` if the body states no ARM id.
pub fn resource_of(body: Value) -> Option<Resource> {
    let id: ResourceId = body.get("id")?.as_str()?.parse().ok()?;
    Some(observed(&id, body).resource)
}

/// What a GET of `asked` says, in the form that rules see: without its secrets, since all that rules see is recorded.
pub(super) fn observed(asked: &ResourceId, mut body: Value) -> ObservedResource {
    redaction::body(asked.resource_type(), &mut body);
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let id: ResourceId = text("id").and_then(|id| id.parse().ok()).unwrap_or_else(|| asked.clone());
    let sku = match body.get("sku") {
        Some(Value::String(name)) => Some(name.clone()),
        Some(sku) => sku.get("name").and_then(Value::as_str).map(str::to_owned),
        None => None,
    };
    let provisioning_state =
        body.pointer("/properties/provisioningState").and_then(Value::as_str).map(str::to_owned);
    let resource = Resource {
        id: id.to_string(),
        resource_type: id.resource_type().to_owned(),
        name: id.name().to_owned(),
        location: Location::from(text("location").unwrap_or_default()).to_string(),
        resource_group: id.resource_group().unwrap_or_default().to_owned(),
        subscription: id.subscription().to_owned(),
        tags: tags(body.get("tags")),
        sku,
        kind: text("kind").map(str::to_owned),
        body: canonical(body),
    };
    ObservedResource { resource, provisioning_state }
}

/// Tag values are strings; anything else is shown as its JSON text.
fn tags(tags: Option<&Value>) -> BTreeMap<String, String> {
    let entries = tags.and_then(Value::as_object).into_iter().flatten();
    entries
        .map(|(name, value)| (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_resource_takes_azures_spelling_of_its_id_and_one_of_its_region() {
        let asked: ResourceId =
            "/subscriptions/s/resourcegroups/RG/providers/microsoft.compute/disks/d".parse().unwrap();
        let id = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/disks/d";
        let body = json!({ "location": "West Europe", "id": id, "sku": { "name": "Premium_LRS" }, "tags": null,
            "properties": { "provisioningState": "Succeeded" } });
        let seen = observed(&asked, body);
        assert_eq!(seen.provisioning_state.as_deref(), Some("Succeeded"));
        assert_eq!((seen.resource.id.as_str(), seen.resource.location.as_str()), (id, "westeurope"));
        assert_eq!(seen.resource.resource_type, "Microsoft.Compute/disks");
        assert_eq!(seen.resource.sku.as_deref(), Some("Premium_LRS"));
        assert!(seen.resource.body.starts_with("{\"id\":"), "{}", seen.resource.body);
    }

    #[test]
    fn rules_see_no_secret_of_a_resource_however_it_was_read() {
        let id = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/m";
        let body = json!({ "id": id, "tags": { "env": "prod", "sql-password": "hunter2" },
            "properties": { "osProfile": { "adminPassword": "hunter2" }, "userData": "hunter2" } });
        let seen = observed(&id.parse().unwrap(), body.clone()).resource;
        assert!(!format!("{seen:?}").contains("hunter2"), "{seen:?}");
        assert_eq!(seen.tags.get("sql-password").map(String::as_str), Some(redaction::MARKER));
        assert_eq!(resource_of(body), Some(seen));
    }
}

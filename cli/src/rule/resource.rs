//! A resource as an author writes it: only what the case is about; the rest is filled in.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use holdfast_azure::resource_of;
use holdfast_evaluator::Resource;
use holdfast_protection::ResourceId;
use serde::Deserialize;
use serde_json::{Map, Value, json};

const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";
const GROUP: &str = "rg-example";
const NAME: &str = "example";
const LOCATION: &str = "westeurope";

/// A resource in a test case.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct CaseResource {
    /// Such as `Microsoft.Compute/disks`.
    #[serde(rename = "type")]
    resource_type: Option<String>,
    id: Option<String>,
    name: Option<String>,
    location: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    /// A name, or ARM's object with a `name`.
    sku: Option<Value>,
    kind: Option<String>,
    properties: Option<Value>,
    /// Availability zones.
    zones: Option<Vec<String>>,
    identity: Option<Value>,
}

impl CaseResource {
    /// The resource in the form that rules see, made from an ARM body as the handler makes it.
    ///
    /// # Errors
    ///
    /// Says what is missing, or contradicts the id.
    pub(crate) fn complete(self) -> anyhow::Result<Resource> {
        let id = self.id()?;
        let mut body = Map::new();
        body.insert("id".into(), json!(id.as_str()));
        body.insert("name".into(), json!(id.name()));
        body.insert("type".into(), json!(id.resource_type()));
        body.insert("location".into(), json!(self.location.as_deref().unwrap_or(LOCATION)));
        body.insert("tags".into(), json!(self.tags));
        let sku = self.sku.map(|sku| if sku.is_string() { json!({ "name": sku }) } else { sku });
        let zones = self.zones.map(|zones| json!(zones));
        let optional = [
            ("sku", sku),
            ("kind", self.kind.map(Value::String)),
            ("properties", self.properties),
            ("zones", zones),
            ("identity", self.identity),
        ];
        body.extend(optional.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
        resource_of(Value::Object(body)).with_context(|| format!("`{}` is not a resource's id", id.as_str()))
    }

    fn id(&self) -> anyhow::Result<ResourceId> {
        let Some(id) = &self.id else {
            let Some(resource_type) = &self.resource_type else {
                bail!(
                    "the resource states neither `type` nor `id`; give a type such as Microsoft.Compute/disks"
                );
            };
            return made_id(resource_type, self.name.as_deref().unwrap_or(NAME));
        };
        let id: ResourceId = id.parse()?;
        for (key, stated, found) in
            [("type", &self.resource_type, id.resource_type()), ("name", &self.name, id.name())]
        {
            if let Some(stated) = stated.as_deref().filter(|stated| !stated.eq_ignore_ascii_case(found)) {
                bail!(
                    "the resource states the {key} `{stated}`, but its id has `{found}`; leave one of them out"
                );
            }
        }
        Ok(id)
    }
}

/// The resource of an ARM body, such as `az resource show` prints.
///
/// # Errors
///
/// Fails if the body is not an object, or has no ARM id.
pub(crate) fn of_body(body: Value) -> anyhow::Result<Resource> {
    if let Some(items) = body.as_array() {
        bail!("it is a list of {} resources; give one of them", items.len());
    }
    let stated = body.get("id").and_then(Value::as_str).map(str::to_owned);
    let Some(id) = stated else {
        bail!("it has no `id`; give an ARM body, such as `az resource show` prints");
    };
    let _: ResourceId = id.parse()?;
    resource_of(body).with_context(|| format!("`{id}` is not a resource's id"))
}

/// An id for a type: `Microsoft.Sql/servers/databases` has a name for each of its segments.
fn made_id(resource_type: &str, name: &str) -> anyhow::Result<ResourceId> {
    let Some((namespace, kinds)) = resource_type.split_once('/') else {
        bail!("`{resource_type}` is not a resource type; use the form Microsoft.Compute/disks");
    };
    let kinds: Vec<&str> = kinds.split('/').collect();
    let last = kinds.len() - 1;
    let mut text = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/{namespace}");
    for (index, kind) in kinds.iter().enumerate() {
        let name = if index == last { name } else { "parent" };
        text.push_str(&format!("/{kind}/{name}"));
    }
    Ok(text.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(resource: Value) -> anyhow::Result<Resource> {
        serde_json::from_value::<CaseResource>(resource)?.complete()
    }

    #[test]
    fn what_is_not_stated_is_filled_in() -> anyhow::Result<()> {
        let disk = complete(json!({ "type": "Microsoft.Compute/disks", "sku": "Premium_LRS" }))?;
        assert!(disk.id.ends_with("/providers/Microsoft.Compute/disks/example"), "{}", disk.id);
        assert_eq!((disk.location.as_str(), disk.sku.as_deref()), ("westeurope", Some("Premium_LRS")));
        assert!(disk.body.contains(r#""sku":{"name":"Premium_LRS"}"#), "{}", disk.body);
        let database = complete(json!({ "type": "Microsoft.Sql/servers/databases", "name": "d" }))?;
        assert!(database.id.ends_with("/servers/parent/databases/d"), "{}", database.id);
        assert_eq!(database.resource_type, "Microsoft.Sql/servers/databases");
        Ok(())
    }

    #[test]
    fn contradictions_are_refused() {
        let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d";
        let error = complete(json!({ "id": id, "type": "Microsoft.Web/sites" })).unwrap_err().to_string();
        assert!(
            error.contains("`Microsoft.Web/sites`") && error.contains("`Microsoft.Compute/disks`"),
            "{error}"
        );
        let error = complete(json!({ "type": "disks" })).unwrap_err().to_string();
        assert!(error.contains("`disks` is not a resource type"), "{error}");
        assert!(complete(json!({})).is_err());
    }
}

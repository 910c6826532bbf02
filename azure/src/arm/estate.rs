//! Whole resources out of Resource Graph, a thousand a call, in the form that a GET of each would have given.
//!
//! The graph differs from a GET in what it does not know: `etag`, `systemData`, and properties that a newer
//! api-version added. What it spells otherwise (types in lower case, an empty text for what is absent) is undone.

use holdfast_evaluator::Resource;
use holdfast_protection::{AzureError, ResourceId};
use serde_json::{Map, Value};

use super::resource_graph::{SUBSCRIPTIONS, each_page, types_in};
use super::resources::observed;
use super::transport::ArmClient;

const ACTION: &str = "read the estate with Resource Graph";

/// Columns that a GET's body has too, under the same name.
pub(super) const COLUMNS: [&str; 12] = [
    "id",
    "name",
    "type",
    "location",
    "tags",
    "kind",
    "sku",
    "plan",
    "managedBy",
    "identity",
    "zones",
    "extendedLocation",
];

impl ArmClient {
    /// Every resource of these types, in the order of their ids, page by page.
    ///
    /// The graph lags behind Resource Manager by seconds to minutes. Rows without a readable id are left out
    /// and logged.
    ///
    /// # Errors
    ///
    /// When the graph cannot be asked, or answers what cannot be understood.
    pub async fn estate(
        &self,
        subscriptions: &[String],
        types: &[&str],
        mut take: impl FnMut(Vec<Resource>),
    ) -> Result<(), AzureError> {
        let Some(filter) = types_in(ACTION, types)? else { return Ok(()) };
        let columns = COLUMNS.join(", ");
        let query = format!("resources | where {filter} | project {columns}, properties | order by id asc");
        for subscriptions in subscriptions.chunks(SUBSCRIPTIONS) {
            let page = |rows: Vec<Value>| take(rows.into_iter().filter_map(resource).collect());
            each_page(self, ACTION, subscriptions, &query, page).await?;
        }
        Ok(())
    }
}

/// A row in the form that rules see; what has no readable id is logged.
pub(super) fn resource(row: Value) -> Option<Resource> {
    let Value::Object(mut row) = row else { return None };
    let id = row.get("id").and_then(Value::as_str).unwrap_or_default();
    let id: ResourceId = id
        .parse()
        .inspect_err(|problem| tracing::warn!(action = ACTION, %problem, "left out a row of Resource Graph that cannot be understood; report it"))
        .ok()?;
    let mut body: Map<String, Value> =
        COLUMNS.iter().filter_map(|name| Some((*name).to_owned()).zip(row.remove(*name))).collect();
    body.retain(|_, value| !is_nothing(value));
    body.insert("type".to_owned(), Value::from(id.resource_type()));
    body.extend(
        row.remove("properties")
            .filter(|value| !value.is_null())
            .map(|found| ("properties".to_owned(), found)),
    );
    Some(observed(&id, Value::Object(body)).resource)
}

/// The graph has every column in every row.
fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_reads_as_a_get_would() {
        let id = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/disks/d";
        let properties = json!({ "diskSizeGB": 4, "provisioningState": "Succeeded" });
        let row = json!({ "id": id, "name": "d", "type": "microsoft.compute/disks", "location": "westeurope",
            "kind": "", "managedBy": "", "tags": null, "sku": { "name": "Premium_LRS" }, "plan": null,
            "identity": null, "zones": ["1"], "extendedLocation": null, "properties": properties });
        let body = json!({ "id": id, "name": "d", "type": "Microsoft.Compute/disks", "location": "westeurope",
            "sku": { "name": "Premium_LRS" }, "zones": ["1"], "properties": properties });
        let asked = id.parse().unwrap();
        assert_eq!(resource(row), Some(observed(&asked, body).resource));
        assert_eq!(resource(json!({ "id": "disks/d" })), None);
    }
}

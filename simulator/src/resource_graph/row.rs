//! Rows of Resource Graph: every resource with the same columns, types in lower case.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::expression::Row;
use crate::identity::TENANT;
use crate::wire::json as body_json;
use crate::wire::path::{group_of, subscription_of};
use crate::world::{Table, World};

/// Brings the graph up to everything that is visible at `now`.
pub(crate) fn refresh(world: &mut World, now: Timestamp) {
    for id in world.graph.take_visible(now) {
        let row = current(world, &id);
        world.graph.store(id, row);
    }
}

/// What queries are about.
pub(crate) trait Tables {
    /// The rows of the table named `name`.
    fn table<'a>(&'a self, name: &str) -> Result<Box<dyn Iterator<Item = &'a Row> + 'a>, String>;
}

impl Tables for World {
    fn table<'a>(&'a self, name: &str) -> Result<Box<dyn Iterator<Item = &'a Row> + 'a>, String> {
        Ok(Box::new(self.graph.rows(table_named(name)?).filter_map(Value::as_object)))
    }
}

fn table_named(name: &str) -> Result<Table, String> {
    Ok(match name.to_lowercase().as_str() {
        "resources" => Table::Resources,
        "resourcecontainers" => Table::ResourceContainers,
        "recoveryservicesresources" => Table::RecoveryServicesResources,
        "authorizationresources" => Table::AuthorizationResources,
        other => return Err(format!("the table '{other}' is unknown")),
    })
}

/// The table and row of the resource with this key, if it exists.
fn current(world: &World, id: &str) -> Option<(Table, Value)> {
    if let Some(body) = world.arm.groups.get(id) {
        let mut body = body.clone();
        body_json::set(&mut body, &["type"], json!("microsoft.resources/subscriptions/resourcegroups"));
        return Some((Table::ResourceContainers, row(body)));
    }
    if let Some(body) = world.arm.resources.get(id) {
        let tracked = body_json::text(body, &["type"]).is_some_and(|kind| kind.split('/').count() == 2);
        return (tracked && body_json::member(body, "location").is_some())
            .then(|| (Table::Resources, row(body.clone())));
    }
    let (table, body) = world.providers().iter().find_map(|provider| provider.graph_row(world, id))?;
    Some((table, row(body)))
}

/// The columns that every row has.
pub(super) fn row(mut body: Value) -> Value {
    let id = body_json::text(&body, &["id"]).unwrap_or_default().to_owned();
    let text = |name: &str| body_json::text(&body, &[name]).unwrap_or_default().to_owned();
    let (name, kind, of_type) = (text("name"), text("kind"), text("type").to_lowercase());
    let (location, managed_by) = (text("location"), text("managedBy"));
    let mut take = |name: &str| body_json::take(&mut body, name).unwrap_or_default();
    json!({
        "name": name,
        "type": of_type,
        "tenantId": TENANT,
        "kind": kind,
        "location": location,
        "resourceGroup": group_of(&id).unwrap_or_default(),
        "subscriptionId": subscription_of(&id).unwrap_or_default(),
        "managedBy": managed_by,
        "sku": take("sku"),
        "plan": take("plan"),
        "properties": take("properties"),
        "tags": take("tags"),
        "identity": take("identity"),
        "zones": take("zones"),
        "extendedLocation": take("extendedLocation"),
        "id": id,
    })
}

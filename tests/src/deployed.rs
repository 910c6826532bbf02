//! What infra/main.json deploys, as far as tests do as it does.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// An event subscription.
pub struct Deployed {
    /// Its name.
    pub name: String,
    /// The function that gets the events.
    pub function: String,
    /// Which events it gets.
    pub filter: Value,
}

/// The event subscriptions of a deployment.
pub fn event_subscriptions() -> Result<Vec<Deployed>> {
    let template: Value = serde_json::from_str(include_str!("../../infra/main.json"))?;
    let mut found = Vec::new();
    collect(&template, &mut found)?;
    ensure!(!found.is_empty(), "infra/main.json subscribes to no event");
    Ok(found)
}

/// From the resources of a template, and of the templates in it.
fn collect(template: &Value, found: &mut Vec<Deployed>) -> Result<()> {
    for resource in template["resources"].as_array().into_iter().flatten() {
        collect(&resource["properties"]["template"], found)?;
        if resource["type"] != "Microsoft.EventGrid/systemTopics/eventSubscriptions" {
            continue;
        }
        let properties = &resource["properties"];
        // `[format('{0}/<name>', …)]` and `[resourceId('…', …, '<function>')]`
        let name = between(&resource["name"], "{0}/", "'")?;
        let function = between(&properties["destination"]["properties"]["resourceId"], "), '", "'")?;
        found.push(Deployed { name, function, filter: properties["filter"].clone() });
    }
    Ok(())
}

fn between(text: &Value, before: &str, after: &str) -> Result<String> {
    let text = text.as_str().context("no text in an event subscription of infra/main.json")?;
    let (_, rest) = text.split_once(before).with_context(|| format!("no `{before}` in `{text}`"))?;
    let (found, _) = rest.split_once(after).with_context(|| format!("no `{after}` in `{text}`"))?;
    Ok(found.to_owned())
}

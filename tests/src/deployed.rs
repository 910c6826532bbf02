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

/// Name and lifetime of messages of the queue that a deployment has events delivered to.
pub(crate) fn event_queue() -> Result<(String, i64)> {
    let template: Value = serde_json::from_str(include_str!("../../infra/main.json"))?;
    let nested = template["resources"].as_array().into_iter().flatten();
    let mut variables = nested.map(|one| &one["properties"]["template"]["variables"]["toQueue"]);
    let found = variables.find(|found| found.is_object()).context("infra/main.json delivers to no queue")?;
    let properties = &found["destination"]["properties"];
    let name = properties["queueName"].as_str().context("the queue has no name")?;
    let lifetime = properties["queueMessageTimeToLiveInSeconds"].as_i64().context("it says no lifetime")?;
    Ok((name.to_owned(), lifetime))
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
        // `[format('{0}/<name>', …)]`, and `[resourceId(…, '<function>')]` with the resource group before the type.
        let name = name(&resource["name"])?;
        let function = last_text(&template["variables"]["toFunction"]["properties"]["resourceId"])?;
        found.push(Deployed { name, function, filter: properties["filter"].clone() });
    }
    Ok(())
}

fn name(expression: &Value) -> Result<String> {
    let text = expression.as_str().context("an event subscription of infra/main.json has no name")?;
    let named = text.split_once("{0}/").and_then(|(_, rest)| rest.split_once('\''));
    Ok(named.with_context(|| format!("no name in `{text}`"))?.0.to_owned())
}

/// The last text literal of an expression.
fn last_text(expression: &Value) -> Result<String> {
    let text = expression.as_str().context("an event subscription of infra/main.json has no destination")?;
    let mut parts = text.rsplit('\'');
    let last = parts.nth(1).filter(|_| parts.next().is_some());
    Ok(last.with_context(|| format!("no text in `{text}`"))?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_deployed_leads_to_a_function_that_there_is() {
        for one in event_subscriptions().unwrap() {
            let folder = format!("{}/../functions/{}", env!("CARGO_MANIFEST_DIR"), one.function);
            assert!(std::path::Path::new(&folder).join("function.json").exists(), "{}: {folder}", one.name);
        }
    }
}

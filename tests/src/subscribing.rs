//! Event Grid tells the app of changes, as a deployment has it.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::deployed::{Deployed, event_queue, event_subscriptions};
use crate::{SUBSCRIPTION, Stage};

/// Object id of the topic's identity.
const PRINCIPAL: &str = "6a2f1d0c-7c07-4f3e-9a0b-3f6c1b2d4e51";

/// Where Event Grid delivers: what the parameter `eventDelivery` of `infra/` chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Events {
    /// To the function.
    ToFunction,
    /// To a queue that a function reads, with the identity of the topic.
    ToQueue,
}

/// An estate, with what delivery to a queue needs: the account, the topic, its identity and that one's right to send.
pub(crate) fn prepared(mut estate: Value, events: Events) -> Value {
    if events == Events::ToFunction {
        return estate;
    }
    let mut add = |list: &str, more: Value| match estate[list].as_array_mut() {
        Some(present) => present.push(more),
        None => estate[list] = json!([more]),
    };
    add("resourceGroups", json!({ "id": group(), "location": "westeurope" }));
    add("resources", json!({ "id": account(), "location": "westeurope" }));
    add(
        "resources",
        json!({ "id": identity(), "location": "westeurope", "properties": { "principalId": PRINCIPAL } }),
    );
    add(
        "resources",
        json!({
            "id": topic(), "location": "global",
            "identity": { "type": "UserAssigned", "userAssignedIdentities": { identity(): {} } },
            "properties": { "source": format!("/subscriptions/{SUBSCRIPTION}"), "topicType": "Microsoft.Resources.Subscriptions" },
        }),
    );
    add(
        "roleAssignments",
        json!({ "principal": PRINCIPAL, "role": "Storage Queue Data Message Sender", "scope": account() }),
    );
    estate
}

fn group() -> String {
    format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-holdfast")
}

fn account() -> String {
    format!("{}/providers/Microsoft.Storage/storageAccounts/stholdfast", group())
}

fn identity() -> String {
    format!("{}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/holdfast-events", group())
}

fn topic() -> String {
    format!("{}/providers/Microsoft.EventGrid/systemTopics/holdfast", group())
}

impl Stage {
    /// Subscribes to what a deployment subscribes to.
    pub(crate) async fn subscribe(&self, events: Events, schema: &str) -> Result<()> {
        for Deployed { name, function, filter } in event_subscriptions()? {
            let (scope, mut properties) = match events {
                Events::ToFunction => {
                    (format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.EventGrid"), {
                        let endpoint =
                            format!("{}/runtime/webhooks/eventgrid?functionName={function}", self.host.url());
                        json!({ "destination": { "endpointType": "WebHook", "properties": { "endpointUrl": endpoint } } })
                    })
                }
                Events::ToQueue => (topic(), self.to_queue()?),
            };
            properties["filter"] = filter;
            properties["eventDeliverySchema"] = json!(schema);
            let path = format!("{scope}/eventSubscriptions/{name}?api-version=2022-06-15");
            self.azure("PUT", &path, Some(&json!({ "properties": properties }))).await?;
        }
        Ok(())
    }

    /// The queue of the deployment, which there is before the app is.
    fn to_queue(&self) -> Result<Value> {
        let (queue, lifetime) = event_queue()?;
        ensure!(self.azure.storage.create_queue(&queue), "`{queue}` is not a name of a queue");
        Ok(json!({ "deliveryWithResourceIdentity": {
            "identity": { "type": "UserAssigned", "userAssignedIdentity": identity() },
            "destination": { "endpointType": "StorageQueue", "properties": {
                "resourceId": account(), "queueName": queue, "queueMessageTimeToLiveInSeconds": lifetime,
            } },
        } }))
    }
}

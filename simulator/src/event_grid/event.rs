//! Events about ARM calls, in the shapes of the official examples.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::queue::{Delivery, EventGrid};
use super::subscription::{Schema, Subscription, Topic};
use crate::clock::precise;
use crate::identity::TENANT;
use crate::wire::path::{ArmPath, key, name_of, subscription_of};
use crate::wire::{Verb, json as body_json};
use crate::world::World;

/// The application id of Azure's Backup Management Service, which writes snapshots and locks.
const BACKUP_SERVICE: &str = "262044b1-e2ce-469f-a196-69ab7ada62d3";

/// The application id of Azure Resource Manager, which empties a group that is deleted.
const RESOURCE_MANAGER: &str = "797f4846-ba00-4fd7-ba43-dac1f8f63013";

/// A change that subscribers are told of.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) verb: Verb,
    pub(crate) id: String,
    pub(crate) operation: String,
    pub(crate) caller: String,
    pub(crate) correlation: String,
    /// Method and URL, told of deletions and actions only.
    pub(crate) request: Option<(String, String)>,
}

impl Change {
    /// A deletion that a larger one brought with it.
    pub(crate) fn deleted_along(id: &str) -> Self {
        let kind = ArmPath::parse(id).map(|path| path.resource_type()).unwrap_or_default();
        Self {
            verb: Verb::Delete,
            id: id.to_owned(),
            operation: format!("{kind}/delete"),
            caller: RESOURCE_MANAGER.to_owned(),
            correlation: String::new(),
            request: None,
        }
    }

    /// A write by Azure Backup itself.
    pub(crate) fn write_by_service(id: &str) -> Self {
        let kind = ArmPath::parse(id).map(|path| path.resource_type()).unwrap_or_default();
        Self {
            verb: Verb::Write,
            id: id.to_owned(),
            operation: format!("{kind}/write"),
            caller: BACKUP_SERVICE.to_owned(),
            correlation: String::new(),
            request: None,
        }
    }
}

/// A published event.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) time: Timestamp,
    pub(crate) topic: Topic,
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) data: Value,
    pub(crate) data_version: &'static str,
}

impl Event {
    /// The event in the Event Grid schema, as published to `scope`.
    pub(crate) fn event_grid(&self, scope: &str) -> Value {
        json!({
            "id": self.id,
            "topic": scope,
            "subject": self.subject,
            "eventType": self.kind,
            "eventTime": precise(self.time),
            "data": self.data,
            "dataVersion": self.data_version,
            "metadataVersion": "1",
        })
    }

    fn cloud_event(&self, scope: &str) -> Value {
        json!({
            "id": self.id,
            "source": scope,
            "subject": self.subject,
            "type": self.kind,
            "time": precise(self.time),
            "data": self.data,
            "specversion": "1.0",
        })
    }

    /// The event in the schema that `subscription` asked for.
    pub(crate) fn shaped(&self, subscription: &Subscription) -> Value {
        match subscription.schema {
            Schema::EventGrid => self.event_grid(&subscription.scope),
            Schema::CloudEvents => self.cloud_event(&subscription.scope),
        }
    }
}

/// Publishes `change` to every subscription that it concerns.
pub(crate) fn publish(world: &mut World, change: Change) {
    let events: Vec<Event> =
        [Some(activity(world, &change)), notification(world, &change)].into_iter().flatten().collect();
    for event in events {
        queue(world, &event);
        EventGrid::of_mut(world).remember(event);
    }
}

fn queue(world: &mut World, event: &Event) {
    let matching: Vec<(String, Value)> = EventGrid::of(world)
        .subscriptions
        .iter()
        .filter(|(_, subscription)| subscription.wants(event))
        .map(|(name, subscription)| (name.clone(), event.shaped(subscription)))
        .collect();
    for (subscription, body) in matching {
        send(world, subscription, body);
    }
}

/// Queues one delivery, sometimes more, each at its own time.
pub(crate) fn send(world: &mut World, subscription: String, body: Value) {
    let knobs = EventGrid::of(world).knobs;
    let copies = knobs.copies + u32::from(world.random.unit() < knobs.duplicate_probability);
    let now = world.now();
    for _ in 0..copies {
        let jitter = world.random.unit() * knobs.reorder_seconds;
        let at = world.after(knobs.delay_seconds + jitter);
        let delivery =
            Delivery { subscription: subscription.clone(), body: body.clone(), attempts: 0, published: now };
        EventGrid::of_mut(world).enqueue(at, delivery);
    }
}

fn activity(world: &mut World, change: &Change) -> Event {
    let (id, now) = (world.guid(), world.now());
    // The official examples write the keyword either way.
    let spelled = |lower: bool| {
        if lower { change.id.replacen("/resourceGroups/", "/resourcegroups/", 1) } else { change.id.clone() }
    };
    let (subject, scope, uri) =
        (world.random.below(2) == 0, world.random.below(2) == 0, world.random.below(2) == 0);
    let correlation = if change.correlation.is_empty() { world.guid() } else { change.correlation.clone() };
    let mut data = json!({
        "authorization": {
            "scope": spelled(scope),
            "action": change.operation,
            "evidence": { "role": "Contributor", "principalId": change.caller, "principalType": "ServicePrincipal" },
        },
        "claims": claims(&change.caller, now),
        "correlationId": correlation,
        "resourceProvider": provider(&change.operation),
        "resourceUri": spelled(uri),
        "operationName": change.operation,
        "status": "Succeeded",
        "subscriptionId": subscription_of(&change.id),
        "tenantId": TENANT,
    });
    if let Some((method, url)) = &change.request {
        let request = json!({ "clientRequestId": world.guid(), "clientIpAddress": "127.0.0.1", "method": method, "url": url });
        body_json::set(&mut data, &["httpRequest"], request);
    }
    Event {
        id,
        time: now,
        topic: Topic::Activity,
        kind: format!("Microsoft.Resources.Resource{}Success", word(change.verb)),
        subject: spelled(subject),
        data,
        data_version: "2",
    }
}

/// The verb in the name of an event.
fn word(verb: Verb) -> &'static str {
    match verb {
        Verb::Read => "Read",
        Verb::Write => "Write",
        Verb::Delete => "Delete",
        Verb::Action => "Action",
    }
}

fn provider(operation: &str) -> &str {
    operation.split('/').next().unwrap_or_default()
}

fn claims(caller: &str, now: Timestamp) -> Value {
    json!({
        "aud": "https://management.core.windows.net/",
        "iss": format!("https://sts.windows.net/{TENANT}/"),
        "iat": (now.as_second() - 300).to_string(),
        "nbf": (now.as_second() - 300).to_string(),
        "exp": (now.as_second() + 3300).to_string(),
        "appid": caller,
        "appidacr": "2",
        "http://schemas.microsoft.com/identity/claims/objectidentifier": caller,
        "http://schemas.microsoft.com/identity/claims/tenantid": TENANT,
        "ver": "1.0",
    })
}

/// The resource notification of a write or deletion, for what the `resources` table knows.
fn notification(world: &mut World, change: &Change) -> Option<Event> {
    let kind = match change.verb {
        Verb::Write => "Microsoft.ResourceNotifications.Resources.CreatedOrUpdated",
        Verb::Delete => "Microsoft.ResourceNotifications.Resources.Deleted",
        Verb::Read | Verb::Action => return None,
    };
    let body = world.body(&key(&change.id));
    let data = notification_data(change, body, world.now())?;
    Some(Event {
        id: world.guid(),
        time: world.now(),
        topic: Topic::Notifications,
        kind: kind.to_owned(),
        subject: change.id.clone(),
        data,
        data_version: "1",
    })
}

fn notification_data(change: &Change, body: Option<&Value>, now: Timestamp) -> Option<Value> {
    let path = ArmPath::parse(&change.id)?;
    if path.rest.len() != 2 {
        return None;
    }
    let mut info = json!({ "id": change.id, "name": name_of(&change.id), "type": path.resource_type() });
    let mut data = json!({ "operationalInfo": { "resourceEventTime": precise(now) } });
    if change.verb == Verb::Write {
        let body = body?;
        body_json::set(
            &mut info,
            &["location"],
            body_json::member(body, "location").cloned().unwrap_or_default(),
        );
        body_json::set(
            &mut info,
            &["tags"],
            body_json::member(body, "tags").cloned().unwrap_or_else(|| json!({})),
        );
        body_json::set(
            &mut info,
            &["properties"],
            numbered(body_json::member(body, "properties").unwrap_or(&json!({}))),
        );
        body_json::set(&mut data, &["apiVersion"], json!("2024-03-01"));
    }
    body_json::set(&mut data, &["resourceInfo"], info);
    Some(data)
}

/// Booleans of properties arrive as 1 and 0 in these events.
fn numbered(value: &Value) -> Value {
    match value {
        Value::Bool(flag) => json!(u8::from(*flag)),
        Value::Array(items) => Value::Array(items.iter().map(numbered).collect()),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(name, inner)| (name.clone(), numbered(inner))).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notifications_write_booleans_as_numbers() {
        assert_eq!(numbered(&json!({"a": true, "b": [false, "x"]})), json!({"a": 1, "b": [0, "x"]}));
    }
}

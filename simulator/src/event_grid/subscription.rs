//! Event subscriptions: made, read, listed, deleted.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::destination::Destination;
use super::event::Event;
use super::{EventGrid, NAMESPACE, filter};
use crate::wire::path::{ArmPath, key, within};
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// Which events a subscription is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    /// `Microsoft.Resources.*`
    Activity,
    /// `Microsoft.ResourceNotifications.Resources.*`
    Notifications,
}

/// The schema in which events are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Schema {
    EventGrid,
    CloudEvents,
}

/// An event subscription.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) scope: String,
    pub(crate) topic: Topic,
    pub(crate) destination: Destination,
    pub(crate) schema: Schema,
    pub(crate) max_attempts: u32,
    pub(crate) minutes_to_live: f64,
    filter: Value,
    body: Value,
}

impl Subscription {
    /// Whether `event` is to be delivered to this subscription.
    pub(crate) fn wants(&self, event: &Event) -> bool {
        self.topic == event.topic
            && within(&event.subject, &self.scope)
            && filter::passes(&self.filter, &event.event_grid(&self.scope))
    }
}

/// Whether `path` names one subscription or lists them, directly or below a system topic.
pub(crate) fn is_subscription(path: &ArmPath) -> bool {
    path.namespace_is(NAMESPACE)
        && (path.is(0, "eventSubscriptions")
            || (path.is(0, "systemTopics") && path.is(2, "eventSubscriptions")))
}

/// Reads, lists and deletes subscriptions.
pub(crate) fn handle(world: &mut World, call: &Call) -> Answer {
    let id = call.path.id();
    if call.path.rest.len() % 2 == 1 {
        let prefix = key(&id);
        let below = EventGrid::of(world).subscriptions.iter().filter(|(name, _)| within(name, &prefix));
        return Ok(Reply::list(below.map(|(_, subscription)| subscription.body.clone()).collect()));
    }
    match call.method {
        Method::GET => match EventGrid::of(world).subscriptions.get(&key(&id)) {
            Some(subscription) => Ok(Reply::ok(subscription.body.clone())),
            None => Err(ArmError::resource_not_found(&call.path.resource_type(), &id)),
        },
        Method::DELETE => {
            let existed = EventGrid::of_mut(world).subscriptions.remove(&key(&id)).is_some();
            Ok(Reply::empty(if existed { StatusCode::OK } else { StatusCode::NO_CONTENT }))
        }
        // By a deployment: who calls by himself passes the handshake first.
        Method::PUT => {
            let subscription = asked(world, call)?;
            if subscription.destination.address().is_some() {
                return Err(invalid(
                    "A webhook cannot prove itself to a deployment here; subscribe it by a call.",
                ));
            }
            Ok(keep(world, subscription))
        }
        Method::POST => Err(ArmError::unknown_type(NAMESPACE, &call.path.resource_type())),
        _ => Err(ArmError::method_not_allowed(&call.method)),
    }
}

/// What the call at hand asks to subscribe; nothing is kept yet.
pub(crate) fn asked(world: &World, call: &Call) -> Result<Subscription, ArmError> {
    let request = call.object()?;
    let (scope, topic) = source(world, &call.path)?;
    read(world, &call.path, scope, topic, request)
}

/// Keeps a subscription whose endpoint has proved itself.
pub(crate) fn keep(world: &mut World, subscription: Subscription) -> Reply {
    let body = subscription.body.clone();
    let known = EventGrid::of_mut(world).subscriptions.insert(key(&subscription.id), subscription).is_some();
    Reply::new(if known { StatusCode::OK } else { StatusCode::CREATED }, body)
}

/// Registers a subscription of an estate, trusting its endpoint.
pub(crate) fn place(world: &mut World, id: &str, request: &Value) -> Result<(), ArmError> {
    let path = ArmPath::parse(id).ok_or_else(|| invalid(&format!("'{id}' is no ARM id")))?;
    let (scope, topic) = source(world, &path)?;
    let subscription = read(world, &path, scope, topic, request)?;
    EventGrid::of_mut(world).subscriptions.insert(key(id), subscription);
    Ok(())
}

/// What a subscription at `path` listens to.
fn source(world: &World, path: &ArmPath) -> Result<(String, Topic), ArmError> {
    if !path.is(0, "systemTopics") {
        return if world.exists(&path.scope) {
            Ok((path.scope.clone(), Topic::Activity))
        } else {
            Err(ArmError::resource_not_found("", &path.scope))
        };
    }
    let name = path.segment(1).unwrap_or_default();
    let id = format!("{}/providers/{NAMESPACE}/systemTopics/{name}", path.scope);
    let topic = world
        .arm
        .resources
        .get(&key(&id))
        .ok_or_else(|| ArmError::resource_not_found("Microsoft.EventGrid/systemTopics", &id))?;
    let scope = body_json::text(topic, &["properties", "source"]).unwrap_or_default().to_owned();
    let kind = body_json::text(topic, &["properties", "topicType"]).unwrap_or_default();
    let notifications = kind.eq_ignore_ascii_case("Microsoft.ResourceNotifications.Resources");
    Ok((scope, if notifications { Topic::Notifications } else { Topic::Activity }))
}

fn invalid(message: &str) -> ArmError {
    ArmError::bad_request("InvalidRequest", message)
}

fn read(
    world: &World,
    path: &ArmPath,
    scope: String,
    topic: Topic,
    request: &Value,
) -> Result<Subscription, ArmError> {
    let id = &path.id();
    let properties =
        body_json::member(request, "properties").ok_or_else(|| invalid("'properties' is missing."))?;
    let destination = Destination::read(world, path, properties)?;
    let schema = match body_json::text(properties, &["eventDeliverySchema"])
        .or_else(|| body_json::text(properties, &["deliverySchema"]))
    {
        None | Some("EventGridSchema") => Schema::EventGrid,
        Some("CloudEventSchemaV1_0") => Schema::CloudEvents,
        Some(other) => {
            return Err(invalid(&format!("The event delivery schema '{other}' is not supported.")));
        }
    };
    let filter = body_json::member(properties, "filter").cloned().unwrap_or_else(|| json!({}));
    filter::check(&filter).map_err(|problem| invalid(&problem))?;
    let policy = |name: &str| body_json::reach(properties, &["retryPolicy", name]).and_then(Value::as_u64);
    let max_attempts = policy("maxDeliveryAttempts").unwrap_or(30);
    let minutes = policy("eventTimeToLiveInMinutes").unwrap_or(1440);
    if !(1..=30).contains(&max_attempts) || !(1..=1440).contains(&minutes) {
        return Err(invalid("retryPolicy allows 1 to 30 attempts and a life of 1 to 1440 minutes."));
    }
    Ok(Subscription {
        id: id.to_owned(),
        topic,
        schema,
        max_attempts: u32::try_from(max_attempts).unwrap_or(30),
        minutes_to_live: minutes as f64,
        body: body(id, &scope, properties, &filter, &destination),
        destination,
        filter,
        scope,
    })
}

fn body(id: &str, scope: &str, properties: &Value, filter: &Value, destination: &Destination) -> Value {
    let mut shown = properties.clone();
    destination.show(&mut shown);
    let mut shown_filter =
        json!({ "isSubjectCaseSensitive": false, "subjectBeginsWith": "", "subjectEndsWith": "" });
    body_json::merge(&mut shown_filter, filter);
    body_json::set(&mut shown, &["filter"], shown_filter);
    body_json::set(&mut shown, &["provisioningState"], json!("Succeeded"));
    body_json::set(&mut shown, &["topic"], json!(scope));
    let kind = if key(id).contains("/systemtopics/") {
        "Microsoft.EventGrid/systemTopics/eventSubscriptions"
    } else {
        "Microsoft.EventGrid/eventSubscriptions"
    };
    json!({ "properties": shown, "id": id, "name": crate::wire::path::name_of(id), "type": kind })
}

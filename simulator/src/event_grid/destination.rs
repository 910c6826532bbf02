//! Where events of a subscription go.
//!
//! Sources: the published API of 2022-06-15 for the words (official); that a queue gets the event in Base64, and not in an array
//! of one, is what users report (MicrosoftDocs/azure-docs#102923, field); whom an account behind a firewall lets in (official, Event
//! Grid's page on Storage queues as handlers).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::NAMESPACE;
use crate::authorization::{assignments, role};
use crate::wire::path::{ArmPath, key};
use crate::wire::{ArmError, json as body_json};
use crate::world::World;

/// A queue keeps a message for so long unless it is said otherwise (official, Put Message).
const LIFETIME: i64 = 7 * 24 * 3_600;
/// Bytes of a message (official).
const ROOM: usize = 64 * 1024;

/// A receiver of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    /// An address that takes calls, and has to prove itself first.
    WebHook(String),
    /// A function, whose host proves itself to Event Grid.
    Function(String),
    Queue(Queue),
}

/// A queue of a storage account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Queue {
    account: String,
    name: String,
    /// In seconds; for ever if there is none.
    lifetime: Option<i64>,
    /// Whoever writes; without one, Event Grid writes with the key of the account.
    writer: Option<Writer>,
}

/// The identity that writes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Writer {
    principal: String,
    /// Whether it is the topic's own, which makes of Event Grid a trusted service.
    is_topics_own: bool,
}

impl Destination {
    /// What `properties` of a subscription at `path` name.
    pub(super) fn read(world: &World, path: &ArmPath, properties: &Value) -> Result<Self, ArmError> {
        let by_identity = body_json::member(properties, "deliveryWithResourceIdentity");
        let by_identity = by_identity.filter(|found| !found.is_null());
        let direct = body_json::member(properties, "destination").filter(|found| !found.is_null());
        let (destination, writer) = match (by_identity, direct) {
            (Some(_), Some(_)) => {
                return Err(invalid(
                    "'destination' and 'deliveryWithResourceIdentity' exclude each other; give one of them.",
                ));
            }
            (Some(found), None) => (
                body_json::member(found, "destination"),
                Some(writer(world, path, body_json::member(found, "identity"))?),
            ),
            (None, found) => (found, None),
        };
        let destination = destination.ok_or_else(|| invalid("'properties.destination' is missing."))?;
        let property = |name: &str| body_json::reach(destination, &["properties", name]);
        let text = |name: &str| property(name).and_then(Value::as_str);
        match (body_json::text(destination, &["endpointType"]).unwrap_or_default(), writer) {
            ("WebHook", None) => text("endpointUrl")
                .filter(|url| url::Url::parse(url).is_ok())
                .map(|url| Self::WebHook(url.to_owned()))
                .ok_or_else(|| invalid("'properties.destination.properties.endpointUrl' is no URL.")),
            ("StorageQueue", writer) => {
                let account = text("resourceId").unwrap_or_default().to_owned();
                if !is_account(world, &account) {
                    return Err(invalid(&format!("The storage account '{account}' could not be found.")));
                }
                let name = text("queueName").filter(|name| !name.is_empty());
                let name = name.ok_or_else(|| invalid("'queueName' is missing."))?.to_owned();
                let lifetime = match property("queueMessageTimeToLiveInSeconds").and_then(Value::as_i64) {
                    None => Some(LIFETIME),
                    Some(-1) => None,
                    Some(seconds) if seconds > 0 => Some(seconds),
                    Some(_) => {
                        return Err(invalid(
                            "'queueMessageTimeToLiveInSeconds' is positive, or -1 for ever.",
                        ));
                    }
                };
                Ok(Self::Queue(Queue { account, name, lifetime, writer }))
            }
            ("AzureFunction", None) => function(world, text("resourceId").unwrap_or_default()),
            (kind, _) => Err(invalid(&format!(
                "The destination type '{kind}' is not supported here; use WebHook, AzureFunction, or StorageQueue with or without an identity."
            ))),
        }
    }

    /// The address that has to prove itself before anything is sent there.
    pub(crate) fn address(&self) -> Option<&str> {
        match self {
            Self::WebHook(url) => Some(url),
            Self::Function(_) | Self::Queue(_) => None,
        }
    }

    /// What reading a subscription shows of `properties`: of an address, no secrets.
    pub(super) fn show(&self, properties: &mut Value) {
        if let Some(url) = self.address() {
            let base = url.split('?').next().unwrap_or(url);
            body_json::set(
                properties,
                &["destination"],
                json!({ "endpointType": "WebHook", "properties": { "endpointBaseUrl": base } }),
            );
        }
    }
}

impl Queue {
    /// Puts an event on the queue; the status with which Storage answers Event Grid.
    pub(crate) fn take(&self, world: &World, event: &Value) -> u16 {
        if !self.is_let_in(world) || !self.may_write(world) {
            return 403;
        }
        let text = STANDARD.encode(event.to_string());
        if text.len() > ROOM {
            return 413;
        }
        let expires = self
            .lifetime
            .and_then(|seconds| world.now().checked_add(SignedDuration::from_secs(seconds)).ok());
        let taken = world.storage.deliver(&self.name, text, expires.unwrap_or(Timestamp::MAX));
        if taken { 201 } else { 404 }
    }

    /// Behind a firewall or without public access, an account takes events of trusted services alone.
    fn is_let_in(&self, world: &World) -> bool {
        let Some(account) = world.arm.resources.get(&key(&self.account)) else { return true };
        let says = |path: &[&str]| body_json::text(account, path).unwrap_or_default().to_lowercase();
        let is_closed = says(&["properties", "publicNetworkAccess"]) == "disabled"
            || says(&["properties", "networkAcls", "defaultAction"]) == "deny";
        let trusts = says(&["properties", "networkAcls", "bypass"]).contains("azureservices");
        !is_closed || (trusts && self.writer.as_ref().is_some_and(|writer| writer.is_topics_own))
    }

    fn may_write(&self, world: &World) -> bool {
        let Some(Writer { principal, .. }) = &self.writer else { return true };
        let now = world.now();
        let queue = format!("{}/queueServices/default/queues/{}", self.account, self.name);
        assignments(world).held_by(principal).any(|one| {
            one.effective <= now
                && world.reaches(&one.scope, &queue)
                && role::SENDERS_OF_MESSAGES.iter().any(|role| role.id == one.role)
        })
    }
}

/// The host's address for events of a function that there is; one that is not there cannot be subscribed (field,
/// Azure/bicep#11656).
fn function(world: &World, id: &str) -> Result<Destination, ArmError> {
    let found = world.arm.resources.get(&key(id));
    let url = found.and_then(|found| body_json::text(found, &["properties", "invoke_url_template"]));
    let origin = url.and_then(|url| url::Url::parse(url).ok()).map(|url| url.origin().ascii_serialization());
    let origin = origin.ok_or_else(|| {
        let message = format!("Destination endpoint not found. Resource details: resourceId: {id}.");
        ArmError::bad_request("Endpoint validation", message)
    })?;
    let name = crate::wire::path::name_of(id);
    Ok(Destination::Function(format!("{origin}/runtime/webhooks/eventgrid?functionName={name}")))
}

fn is_account(world: &World, id: &str) -> bool {
    let kind = ArmPath::parse(id).map(|path| path.resource_type().to_ascii_lowercase());
    kind.as_deref() == Some("microsoft.storage/storageaccounts") && world.arm.resources.contains_key(&key(id))
}

/// The identity that `identity` names, which has to be one of the topic's.
fn writer(world: &World, path: &ArmPath, identity: Option<&Value>) -> Result<Writer, ArmError> {
    let name = path.segment(1).filter(|_| path.is(0, "systemTopics")).unwrap_or_default();
    let id = format!("{}/providers/{NAMESPACE}/systemTopics/{name}", path.scope);
    let topic = world.arm.resources.get(&key(&id));
    let own = topic.and_then(|topic| body_json::member(topic, "identity"));
    let text = |name: &str| identity.and_then(|identity| body_json::text(identity, &[name]));
    let found = match text("type").unwrap_or_default() {
        "SystemAssigned" => own.and_then(|own| body_json::text(own, &["principalId"])),
        "UserAssigned" => {
            let wanted = text("userAssignedIdentity").unwrap_or_default();
            let assigned = own.and_then(|own| body_json::member(own, "userAssignedIdentities")?.as_object());
            let is_own = assigned.is_some_and(|all| all.keys().any(|one| one.eq_ignore_ascii_case(wanted)));
            let identity = world.arm.resources.get(&key(wanted)).filter(|_| is_own);
            identity.and_then(|identity| body_json::text(identity, &["properties", "principalId"]))
        }
        _ => None,
    };
    let is_topics_own = text("type") == Some("SystemAssigned");
    found.map(|principal| Writer { principal: principal.to_owned(), is_topics_own }).ok_or_else(|| {
        invalid("The identity of the delivery is not one of the topic's; give it to the topic first.")
    })
}

fn invalid(message: &str) -> ArmError {
    ArmError::bad_request("InvalidRequest", message)
}

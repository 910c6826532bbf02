//! Event Grid events, in both schemas, read as one thing: this resource changed.
//!
//! Shapes by the official schemas `Microsoft.Resources` and `Microsoft.ResourceNotifications`, 2018-01-01.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::{ResourceId, ResourceIdError};

/// A resource was written or deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The resource: of a change to its tags, the resource that carries them.
    pub resource: ResourceId,
    /// The event's id.
    pub event_id: String,
    /// When it happened.
    pub at: Timestamp,
    /// Who did it, if the event says so.
    pub by: Option<Principal>,
    /// The resource's tags, where the schema tells them.
    pub tags: Option<BTreeMap<String, String>>,
}

/// Somebody known to Entra.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Principal {
    /// Object id.
    pub id: String,
    /// `User`, `ServicePrincipal`, …; absent when the event does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// What an event means to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    /// Look at this resource.
    Changed(Box<Change>),
    /// A well-formed event that tells of no change, such as a failed write.
    Nothing,
}

/// An event that can never be worked on, however often it is sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadEvent {
    /// Neither schema.
    #[error("the event is in neither the Event Grid nor the CloudEvents 1.0 schema: {0}")]
    Schema(String),
    /// Of a kind that no subscription of ours asks for.
    #[error(
        "events of type `{0}` are not ours; let the event subscription include only Microsoft.Resources and Microsoft.ResourceNotifications.Resources types"
    )]
    Type(String),
    /// It names no resource.
    #[error("the event's subject names no resource: {0}")]
    Subject(#[from] ResourceIdError),
    /// Larger than Event Grid delivers.
    #[error("the event has {0} bytes; Event Grid delivers at most 1 MiB")]
    Oversized(usize),
}

/// Event Grid's own limit for an event.
pub const LARGEST: usize = 1024 * 1024;

/// Only what matters is read: `data` may be anything.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    id: Option<String>,
    subject: Option<String>,
    // Event Grid schema
    event_type: Option<String>,
    event_time: Option<String>,
    // CloudEvents 1.0
    specversion: Option<String>,
    #[serde(rename = "type")]
    cloud_type: Option<String>,
    time: Option<String>,
    data: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    resource_uri: Option<String>,
    resource_info: Option<ResourceInfo>,
    #[serde(default, deserialize_with = "or_none")]
    authorization: Option<Authorization>,
}

#[derive(Deserialize)]
struct Authorization {
    evidence: Option<Evidence>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Evidence {
    principal_id: Option<String>,
    principal_type: Option<String>,
}

#[derive(Deserialize)]
struct ResourceInfo {
    id: Option<String>,
    #[serde(default, deserialize_with = "or_none")]
    tags: Option<BTreeMap<String, String>>,
}

/// Reads one event.
pub fn parse(raw: &str) -> Result<Parsed, BadEvent> {
    if raw.len() > LARGEST {
        return Err(BadEvent::Oversized(raw.len()));
    }
    let wire: Wire = serde_json::from_str(raw).map_err(|error| BadEvent::Schema(error.to_string()))?;
    let (kind, time) = match (&wire.event_type, &wire.cloud_type, wire.specversion.as_deref()) {
        (Some(kind), _, None) => (kind, &wire.event_time),
        (_, Some(kind), Some("1.0")) => (kind, &wire.time),
        (_, _, Some(version)) if version != "1.0" => {
            return Err(BadEvent::Schema(format!("its specversion is `{version}`")));
        }
        _ => {
            return Err(BadEvent::Schema(
                "it has neither `eventType` nor `type` and `specversion`".to_owned(),
            ));
        }
    };
    let missing = |what: &str| BadEvent::Schema(format!("it has no `{what}`"));
    let event_id = wire.id.clone().ok_or_else(|| missing("id"))?;
    if !tells_of_a_change(kind)? {
        return Ok(Parsed::Nothing);
    }
    let time = time.as_deref().ok_or_else(|| missing("time"))?;
    let at = time.parse().map_err(|error| BadEvent::Schema(format!("`{time}` is not a time: {error}")))?;
    let data: Option<Data> = wire.data.as_ref().and_then(|data| serde_json::from_str(data.get()).ok());
    let by = data.as_ref().and_then(principal);
    let tags = data.as_ref().and_then(|data| data.resource_info.as_ref()?.tags.clone());
    let resource = subject(data, &wire).ok_or_else(|| missing("subject"))?.parse()?;
    Ok(Parsed::Changed(Box::new(Change { resource: bearer(resource), event_id, at, by, tags })))
}

/// Whether events of this type tell of a change. The outcome is in the type: `status` says `Succeeded` even for failures.
fn tells_of_a_change(kind: &str) -> Result<bool, BadEvent> {
    const CHANGES: [&str; 4] = [
        "Microsoft.Resources.ResourceWriteSuccess",
        "Microsoft.Resources.ResourceDeleteSuccess",
        "Microsoft.ResourceNotifications.Resources.CreatedOrUpdated",
        "Microsoft.ResourceNotifications.Resources.Deleted",
    ];
    const SILENT: [&str; 2] = ["Microsoft.Resources.Resource", "Microsoft.ResourceNotifications."];
    let starts =
        |prefix: &str| kind.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    if CHANGES.iter().any(|change| change.eq_ignore_ascii_case(kind)) {
        Ok(true)
    } else if SILENT.iter().any(|prefix| starts(prefix)) {
        Ok(false)
    } else {
        Err(BadEvent::Type(kind.to_owned()))
    }
}

/// Who made the call, as ARM found it while it authorised the call.
fn principal(data: &Data) -> Option<Principal> {
    /// An object id is a GUID; a queue message has no room for whatever a sender writes there.
    const LONGEST: usize = 64;
    let evidence = data.authorization.as_ref()?.evidence.as_ref()?;
    let short = |text: &String| !text.is_empty() && text.len() <= LONGEST;
    let id = evidence.principal_id.clone().filter(short)?;
    Some(Principal { id, kind: evidence.principal_type.clone().filter(short) })
}

/// Other senders put anything here; only Azure's own shape tells something.
fn or_none<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    let raw = Option::<Box<RawValue>>::deserialize(deserializer)?;
    Ok(raw.and_then(|raw| serde_json::from_str(raw.get()).ok()))
}

fn subject(data: Option<Data>, wire: &Wire) -> Option<String> {
    let (info, uri) = data.map_or((None, None), |data| (data.resource_info, data.resource_uri));
    info.and_then(|info| info.id).or(uri).or_else(|| wire.subject.clone())
}

/// Tags are written as an extension of the resource that carries them.
fn bearer(resource: ResourceId) -> ResourceId {
    if resource.resource_type().eq_ignore_ascii_case("Microsoft.Resources/tags") {
        resource.parent().unwrap_or(resource)
    } else {
        resource
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const DISK: &str = "/subscriptions/s/resourcegroups/g/providers/Microsoft.Compute/disks/d";

    fn grid(kind: &str, subject: &str) -> String {
        json!({ "id": "e", "topic": "/subscriptions/s", "subject": subject, "eventType": kind,
            "eventTime": "2026-01-14T09:26:53.5897932Z", "dataVersion": "2", "metadataVersion": "1",
            "data": { "resourceUri": subject, "status": "Succeeded" } })
        .to_string()
    }

    fn changed(raw: &str) -> Change {
        match parse(raw).unwrap() {
            Parsed::Changed(change) => *change,
            Parsed::Nothing => panic!("nothing heard"),
        }
    }

    #[test]
    fn both_schemas_tell_the_same() {
        let cloud = json!({ "id": "e", "source": "/subscriptions/s", "subject": DISK, "specversion": "1.0",
            "type": "Microsoft.Resources.ResourceWriteSuccess", "time": "2026-01-14T09:26:53.5897932Z",
            "data": { "resourceUri": DISK } });
        assert_eq!(
            changed(&grid("Microsoft.Resources.ResourceWriteSuccess", DISK)),
            changed(&cloud.to_string())
        );
    }

    #[test]
    fn the_event_tells_who_did_it() {
        let read = |evidence: serde_json::Value| {
            let event = json!({ "id": "e", "subject": DISK, "eventTime": "2026-01-14T09:26:53Z",
                "eventType": "Microsoft.Resources.ResourceWriteSuccess",
                "data": { "resourceUri": DISK, "authorization": evidence } });
            changed(&event.to_string()).by
        };
        let by = read(json!({ "evidence": { "principalId": "p-1", "principalType": "User" } }));
        assert_eq!(by, Some(Principal { id: "p-1".into(), kind: Some("User".into()) }));
        for silent in [json!(null), json!("text"), json!({}), json!({ "evidence": { "principalId": "" } })] {
            assert_eq!(read(silent.clone()), None, "{silent}");
        }
    }

    #[test]
    fn a_resource_notification_tells_the_tags() {
        let read = |tags: serde_json::Value| {
            let event = json!({ "id": "e", "subject": DISK, "eventTime": "2026-01-14T09:26:53Z",
                "eventType": "Microsoft.ResourceNotifications.Resources.CreatedOrUpdated",
                "data": { "resourceInfo": { "id": DISK, "tags": tags } } });
            changed(&event.to_string()).tags
        };
        assert_eq!(read(json!({ "tier": "gold" })), Some(BTreeMap::from([("tier".into(), "gold".into())])));
        for silent in [json!(null), json!("text"), json!({ "tier": 1 })] {
            assert_eq!(read(silent.clone()), None, "{silent}");
        }
    }

    #[test]
    fn a_change_of_tags_is_a_change_of_the_resource() {
        let tags = format!("{DISK}/providers/Microsoft.Resources/tags/default");
        assert_eq!(changed(&grid("Microsoft.Resources.ResourceWriteSuccess", &tags)).resource.as_str(), DISK);
    }

    #[test]
    fn failures_and_actions_tell_of_no_change() {
        for kind in
            ["ResourceWriteFailure", "ResourceWriteCancel", "ResourceActionSuccess", "ResourceDeleteFailure"]
        {
            assert_eq!(
                parse(&grid(&format!("Microsoft.Resources.{kind}"), DISK)).unwrap(),
                Parsed::Nothing,
                "{kind}"
            );
        }
    }

    #[test]
    fn what_can_never_work_says_why() {
        let huge = "x".repeat(LARGEST + 1);
        for (raw, word) in [
            ("not json", "neither"),
            ("[]", "neither"),
            ("{}", "neither"),
            (&grid("Contoso.Items.ItemReceived", DISK), "are not ours"),
            (&grid("Microsoft.Resources.ResourceWriteSuccess", "disk"), "not an ARM id"),
            (&grid("Microsoft.Resources.ResourceWriteSuccess", DISK).replace("2026-01", "2026-99"), "time"),
            (&huge, "1 MiB"),
        ] {
            let problem = parse(raw).unwrap_err().to_string();
            assert!(problem.contains(word), "{problem}");
        }
    }
}

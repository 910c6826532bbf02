//! Recovery points and restorable time ranges, here and in the paired region.

use holdfast_protection::points::{
    PointCopy, PointState, RecoveryPoint, Rehydration, RehydrationStatus, TimeRange,
};
use holdfast_protection::ports::IsMeant;
use holdfast_protection::tier::DataStore;
use holdfast_protection::{AzureError, Location, ResourceId};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::restores::in_region;
use crate::arm::absence::or_absent;
use crate::arm::api_version::DATA_PROTECTION;
use crate::arm::transport::ArmClient;
use crate::arm::wire::{or_default, read};

#[derive(Deserialize)]
struct PointWire {
    #[serde(default, deserialize_with = "or_default")]
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    properties: PropertiesWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PropertiesWire {
    recovery_point_id: Option<String>,
    #[serde(deserialize_with = "or_default")]
    recovery_point_time: String,
    #[serde(deserialize_with = "or_default")]
    recovery_point_type: String,
    recovery_point_state: Option<String>,
    #[serde(rename = "isPartialRP", deserialize_with = "or_default")]
    is_partial: bool,
    retention_tag_name: Option<String>,
    policy_name: Option<String>,
    expiry_time: Option<String>,
    #[serde(deserialize_with = "or_default")]
    recovery_point_data_stores_details: Vec<StoreWire>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct StoreWire {
    #[serde(rename = "type", deserialize_with = "or_default")]
    kind: String,
    creation_time: Option<String>,
    expiry_time: Option<String>,
    rehydration_expiry_time: Option<String>,
    rehydration_status: Option<String>,
}

/// Every recovery point of an instance.
pub(super) async fn list(arm: &ArmClient, instance: &ResourceId) -> Result<Vec<RecoveryPoint>, AzureError> {
    let action = format!("list the recovery points of instance `{}`", instance.name());
    let url = arm.url_of(instance, "/recoveryPoints", DATA_PROTECTION);
    arm.list(&action, url, point).await
}

/// Whether any recovery point of an instance is one that is meant; pages after the first such point are not read.
pub(super) async fn has(
    arm: &ArmClient,
    instance: &ResourceId,
    is_meant: &IsMeant<'_>,
) -> Result<bool, AzureError> {
    let action = format!("look for a recovery point of instance `{}`", instance.name());
    let url = arm.url_of(instance, "/recoveryPoints", DATA_PROTECTION);
    arm.has(&action, url, |wire: PointWire| point(wire).map(|point| is_meant(&point))).await
}

/// One recovery point, or `None`.
pub(super) async fn get(
    arm: &ArmClient,
    instance: &ResourceId,
    id: &str,
) -> Result<Option<RecoveryPoint>, AzureError> {
    let action = format!("read recovery point `{id}` of instance `{}`", instance.name());
    let unreadable = |detail: String| AzureError::Unreadable { action: action.clone(), detail };
    // A caller's text: what cannot be a segment of an id names no recovery point.
    let Ok(path) = instance.child("recoveryPoints", id) else { return Ok(None) };
    let answer = or_absent(arm.get(&action, arm.url_of(&path, "", DATA_PROTECTION)).await)?;
    let Some(answer) = answer else { return Ok(None) };
    point(read(&action, &answer)?).map(Some).map_err(unreadable)
}

/// Recovery points of an instance that the paired region has.
pub(super) async fn secondary(
    arm: &ArmClient,
    instance: &ResourceId,
    secondary: &Location,
    source: &Location,
) -> Result<Vec<RecoveryPoint>, AzureError> {
    let action = format!("list the recovery points of instance `{}` in {secondary}", instance.name());
    let url = in_region(arm, &action, instance, secondary, "fetchSecondaryRecoveryPoints")?;
    let body = json!({ "sourceRegion": source, "sourceBackupInstanceId": instance });
    arm.list_posted(&action, url, &body, point).await
}

#[derive(Deserialize)]
struct RangesWire {
    #[serde(default, deserialize_with = "or_default")]
    properties: RangesPropertiesWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RangesPropertiesWire {
    #[serde(deserialize_with = "or_default")]
    restorable_time_ranges: Vec<RangeWire>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RangeWire {
    start_time: String,
    end_time: String,
}

/// Spans of time to any moment of which continuous backup can go back.
pub(super) async fn ranges(
    arm: &ArmClient,
    instance: &ResourceId,
    store: DataStore,
    within: Option<TimeRange>,
) -> Result<Vec<TimeRange>, AzureError> {
    let action = format!("find the restorable time ranges of instance `{}`", instance.name());
    let url = arm.url_of(instance, "/findRestorableTimeRanges", DATA_PROTECTION);
    let mut body = json!({ "sourceDataStoreType": store.as_str() });
    if let (Some(TimeRange { start, end }), Some(body)) = (within, body.as_object_mut()) {
        body.insert("startTime".to_owned(), json!(moment(start)));
        body.insert("endTime".to_owned(), json!(moment(end)));
    }
    let wire: RangesWire = read(&action, &arm.post(&action, url, &body).await?)?;
    Ok(wire.properties.restorable_time_ranges.into_iter().filter_map(range).collect())
}

/// A range of Azure's, unless it is upside down: so Azure answers for a span of which it keeps nothing (recorded).
fn range(wire: RangeWire) -> Option<TimeRange> {
    let range = TimeRange { start: time(&wire.start_time)?, end: time(&wire.end_time)? };
    (range.start <= range.end).then_some(range)
}

/// A moment with the seven digits that Azure's own tools write.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%7fZ").to_string()
}

/// A time of Azure: with or without a zone, and year 1 for "not yet".
fn time(text: &str) -> Option<Timestamp> {
    let at: Timestamp = text.parse().or_else(|_| format!("{text}Z").parse()).ok()?;
    (at > Timestamp::UNIX_EPOCH).then_some(at)
}

fn point(wire: PointWire) -> Result<RecoveryPoint, String> {
    let properties = wire.properties;
    let Some(at) = time(&properties.recovery_point_time) else {
        return Err(format!("its `recoveryPointTime` `{}` is not a time", properties.recovery_point_time));
    };
    let copies: Vec<PointCopy> =
        properties.recovery_point_data_stores_details.into_iter().filter_map(copy).collect();
    let partial = properties.is_partial
        || properties.recovery_point_state.is_some_and(|state| state.eq_ignore_ascii_case("Partial"));
    // Where Azure names no end for the point, it is that of its last copy; a copy without one never goes.
    let last_copy = copies.iter().map(|copy| copy.expires).collect::<Option<Vec<Timestamp>>>();
    let stated = properties.expiry_time.as_deref().and_then(time);
    Ok(RecoveryPoint {
        id: properties.recovery_point_id.filter(|id| !id.is_empty()).unwrap_or(wire.name),
        time: at,
        kind: properties.recovery_point_type,
        state: if partial { PointState::Partial } else { PointState::Completed },
        expires: stated.or_else(|| last_copy?.into_iter().max()),
        tag: properties.retention_tag_name.filter(|tag| !tag.is_empty()),
        policy: properties.policy_name.filter(|name| !name.is_empty()),
        threat: None,
        files_open: false,
        copies,
    })
}

/// A copy in a tier that we know; an unknown tier costs only itself.
fn copy(wire: StoreWire) -> Option<PointCopy> {
    let store = match wire.kind.to_ascii_lowercase().as_str() {
        "operationalstore" | "snapshotstore" | "snapshot" => DataStore::OperationalStore,
        "vaultstore" | "backupstorage" => DataStore::VaultStore,
        "archivestore" => DataStore::ArchiveStore,
        _ => return None,
    };
    let status = match wire.rehydration_status.unwrap_or_default().to_ascii_uppercase().as_str() {
        "CREATE_IN_PROGRESS" => Some(RehydrationStatus::Running),
        "COMPLETED" => Some(RehydrationStatus::Completed),
        "DELETE_IN_PROGRESS" | "DELETED" => Some(RehydrationStatus::Over),
        "FAILED" => Some(RehydrationStatus::Failed),
        _ => None,
    };
    let moment = |text: Option<String>| text.as_deref().and_then(time);
    let expires = moment(wire.rehydration_expiry_time);
    Some(PointCopy {
        store,
        created: moment(wire.creation_time),
        expires: moment(wire.expiry_time),
        rehydration: status.map(|status| Rehydration { status, expires }),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn read(properties: &Value) -> RecoveryPoint {
        point(serde_json::from_value(json!({ "name": "n", "properties": properties })).unwrap()).unwrap()
    }

    #[test]
    fn a_point_tells_its_tiers_and_whether_it_is_back_from_the_archive() {
        let seen =
            read(&json!({ "recoveryPointId": "p", "recoveryPointTime": "2024-05-07T12:02:21.8831308Z",
            "recoveryPointType": "Full", "recoveryPointState": "Partial", "expiryTime": null,
            "recoveryPointDataStoresDetails": [
                { "type": "VaultStore", "expiryTime": "2024-06-07T12:02:21Z", "rehydrationStatus": null },
                { "type": "ArchiveStore", "expiryTime": "2025-05-07T12:02:21Z",
                  "rehydrationStatus": "COMPLETED", "rehydrationExpiryTime": "2024-05-20T00:00:00Z" },
                { "type": "MoonStore" } ] }));
        assert_eq!((seen.id.as_str(), seen.state, seen.copies.len()), ("p", PointState::Partial, 2));
        assert_eq!(seen.expires, Some("2025-05-07T12:02:21Z".parse().unwrap()));
        let rehydration = seen.copies[1].rehydration.as_ref().unwrap();
        assert_eq!(rehydration.status, RehydrationStatus::Completed);
    }

    #[test]
    fn a_point_without_an_end_is_kept_for_ever_and_one_without_a_time_is_none() {
        let seen = read(&json!({ "recoveryPointTime": "2024-05-07T12:02:21Z", "isPartialRP": false,
            "recoveryPointDataStoresDetails": [{ "type": "VaultStore", "expiryTime": null }] }));
        assert_eq!((seen.id.as_str(), seen.expires, seen.state), ("n", None, PointState::Completed));
        assert!(point(serde_json::from_value(json!({ "name": "n" })).unwrap()).is_err());
    }

    #[test]
    fn a_range_that_is_upside_down_is_none() {
        let read = |start: &str, end: &str| {
            range(serde_json::from_value(json!({ "startTime": start, "endTime": end })).unwrap())
        };
        let (early, late) = ("2024-05-07T12:02:21.8831308Z", "2024-05-08T12:02:21.8831308Z");
        let whole = TimeRange { start: early.parse().unwrap(), end: late.parse().unwrap() };
        assert_eq!(read(early, late), Some(whole));
        assert_eq!(read(late, early), None);
        assert_eq!(read(early, "0001-01-01T00:00:00Z"), None);
    }

    #[test]
    fn a_moment_has_seven_digits() {
        assert_eq!(moment("2024-06-11T07:58:54Z".parse().unwrap()), "2024-06-11T07:58:54.0000000Z");
    }
}

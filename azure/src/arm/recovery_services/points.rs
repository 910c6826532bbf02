//! Recovery points of machines, shares and databases.

use azure_core::http::Url;
use holdfast_protection::operation::Started;
use holdfast_protection::points::{
    PointCopy, PointState, RecoveryPoint, Rehydration, RehydrationStatus, Threat, TimeRange,
};
use holdfast_protection::ports::IsMeant;
use holdfast_protection::tier::DataStore;
use holdfast_protection::{AzureError, ResourceId};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::version::{BACKUP, POINTS, SECONDARY};
use crate::arm::absence::or_absent;
use crate::arm::operation;
use crate::arm::transport::ArmClient;
use crate::arm::wire::{or_default, read};

#[derive(Deserialize)]
struct PointWire {
    name: String,
    properties: PropertiesWire,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PropertiesWire {
    #[serde(default, deserialize_with = "or_default")]
    recovery_point_time: String,
    /// Of a database.
    #[serde(default, rename = "recoveryPointTimeInUTC", deserialize_with = "or_default")]
    recovery_point_time_in_utc: String,
    /// `Full`, `Differential`, … of a database.
    #[serde(default, rename = "type", deserialize_with = "or_default")]
    kind: String,
    #[serde(default, deserialize_with = "or_default")]
    time_ranges: Vec<RangeWire>,
    #[serde(default, deserialize_with = "or_default")]
    recovery_point_type: String,
    #[serde(default, deserialize_with = "or_default")]
    recovery_point_tier_details: Vec<TierWire>,
    #[serde(default, deserialize_with = "or_default")]
    recovery_point_properties: ExpiryWire,
    #[serde(default, deserialize_with = "or_default")]
    file_share_snapshot_uri: String,
    #[serde(default, deserialize_with = "or_default")]
    threat_status: String,
    /// Of a machine.
    #[serde(default, deserialize_with = "or_default")]
    is_instant_ilr_session_active: bool,
}

/// A span of time that backups of the log cover.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RangeWire {
    start_time: String,
    end_time: String,
}

/// Numbers in older versions, words in newer ones (recorded).
#[derive(Deserialize)]
struct TierWire {
    #[serde(rename = "type")]
    kind: Value,
    status: Value,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ExpiryWire {
    #[serde(deserialize_with = "or_default")]
    expiry_time: String,
    #[serde(deserialize_with = "or_default")]
    rule_name: String,
}

/// Every recovery point of an item.
pub(super) async fn list(arm: &ArmClient, item: &ResourceId) -> Result<Vec<RecoveryPoint>, AzureError> {
    let action = format!("list the recovery points of protected item `{}`", item.name());
    let listed = |wire: PointWire| if wire.is_of_log() { Ok(None) } else { point(wire).map(Some) };
    let points = arm.list(&action, arm.url_of(item, "/recoveryPoints", POINTS), listed).await?;
    Ok(points.into_iter().flatten().collect())
}

/// Whether any recovery point of an item is one that is meant; pages after the first such point are not read.
pub(super) async fn has(
    arm: &ArmClient,
    item: &ResourceId,
    is_meant: &IsMeant<'_>,
) -> Result<bool, AzureError> {
    let action = format!("look for a recovery point of protected item `{}`", item.name());
    let meant = |wire: PointWire| {
        if wire.is_of_log() { Ok(false) } else { point(wire).map(|point| is_meant(&point)) }
    };
    arm.has(&action, arm.url_of(item, "/recoveryPoints", POINTS), meant).await
}

/// Recovery points that the paired region has. The slash at the end and the version ask there, not here (official).
pub(super) async fn secondary(arm: &ArmClient, item: &ResourceId) -> Result<Vec<RecoveryPoint>, AzureError> {
    let action = format!("list the recovery points of protected item `{}` in the paired region", item.name());
    let listed = |wire: PointWire| if wire.is_of_log() { Ok(None) } else { point(wire).map(Some) };
    let points = arm.list(&action, arm.url_of(item, "/recoveryPoints/", SECONDARY), listed).await?;
    Ok(points.into_iter().flatten().collect())
}

/// Spans of time to any moment of which a database can go back: Azure shows them as one point of the log.
pub(super) async fn ranges(arm: &ArmClient, item: &ResourceId) -> Result<Vec<TimeRange>, AzureError> {
    let action = format!("list the log ranges of protected item `{}`", item.name());
    spans(arm, &action, arm.url_of(item, "/recoveryPoints", BACKUP)).await
}

/// The same of the paired region.
pub(super) async fn secondary_ranges(
    arm: &ArmClient,
    item: &ResourceId,
) -> Result<Vec<TimeRange>, AzureError> {
    let action = format!("list the log ranges of protected item `{}` in the paired region", item.name());
    spans(arm, &action, arm.url_of(item, "/recoveryPoints/", SECONDARY)).await
}

async fn spans(arm: &ArmClient, action: &str, mut url: Url) -> Result<Vec<TimeRange>, AzureError> {
    url.query_pairs_mut().append_pair("$filter", "restorePointQueryType eq 'Log'");
    let spans = |wire: PointWire| {
        wire.properties.time_ranges.iter().map(RangeWire::range).collect::<Result<Vec<TimeRange>, String>>()
    };
    let found = arm.list(action, url, spans).await?;
    let mut ranges: Vec<TimeRange> = found.into_iter().flatten().collect();
    ranges.sort_by_key(|range| (range.start, range.end));
    ranges.dedup();
    Ok(ranges)
}

impl PointWire {
    fn is_of_log(&self) -> bool {
        let is_range = self.name.eq_ignore_ascii_case(LOG_POINT) || !self.properties.time_ranges.is_empty();
        is_range || self.properties.kind.eq_ignore_ascii_case("Log")
    }
}

impl RangeWire {
    fn range(&self) -> Result<TimeRange, String> {
        Ok(TimeRange { start: time(&self.start_time)?, end: time(&self.end_time)? })
    }
}

/// The point that stands for all of the log.
pub(super) const LOG_POINT: &str = "DefaultRangeRecoveryPoint";

/// A time; without a zone, it is UTC.
fn time(text: &str) -> Result<Timestamp, String> {
    let zoned = text.parse().or_else(|_| format!("{text}Z").parse());
    zoned.map_err(|_| format!("`{text}` is not a time"))
}

/// One recovery point, or `None`.
pub(super) async fn get(
    arm: &ArmClient,
    item: &ResourceId,
    id: &str,
) -> Result<Option<RecoveryPoint>, AzureError> {
    let action = format!("read recovery point `{id}` of protected item `{}`", item.name());
    let unreadable = |detail: String| AzureError::Unreadable { action: action.clone(), detail };
    // A caller's text: what cannot be a segment of an id names no recovery point.
    let Ok(path) = item.child("recoveryPoints", id) else { return Ok(None) };
    let answer = or_absent(arm.get(&action, arm.url_of(&path, "", POINTS)).await)?;
    let Some(answer) = answer else { return Ok(None) };
    point(read(&action, &answer)?).map(Some).map_err(unreadable)
}

/// Moves a recovery point from the vault into the archive.
pub(super) async fn archive(arm: &ArmClient, item: &ResourceId, id: &str) -> Result<Started, AzureError> {
    let action = format!("move recovery point `{id}` of protected item `{}` to the archive", item.name());
    let point = item
        .child("recoveryPoints", id)
        .map_err(|error| AzureError::Unsendable { action: action.clone(), detail: error.to_string() })?;
    let body = json!({
        "objectType": "MoveRPAcrossTiersRequest",
        "sourceTierType": "HardenedRP",
        "targetTierType": "ArchivedRP",
    });
    operation::started(&action, &arm.post(&action, arm.url_of(&point, "/move", BACKUP), &body).await?)
}

fn point(wire: PointWire) -> Result<RecoveryPoint, String> {
    let properties = wire.properties;
    let text = [&properties.recovery_point_time, &properties.recovery_point_time_in_utc];
    let time = time(text.into_iter().find(|text| !text.is_empty()).map_or("", String::as_str))?;
    let expires = properties.recovery_point_properties.expiry_time.parse().ok();
    let mut copies = copies(&properties.recovery_point_tier_details, expires);
    // Older versions do not say that points of databases lie in the vault.
    if copies.is_empty() && !properties.recovery_point_time_in_utc.is_empty() {
        copies.push(copy(DataStore::VaultStore, expires));
    }
    // Older versions show of a share's point only its snapshot (recorded).
    if copies.is_empty() && !properties.file_share_snapshot_uri.is_empty() {
        copies.push(copy(DataStore::OperationalStore, expires));
    }
    Ok(RecoveryPoint {
        id: wire.name,
        time,
        kind: [properties.recovery_point_type, properties.kind].concat(),
        state: PointState::Completed,
        expires,
        tag: Some(properties.recovery_point_properties.rule_name).filter(|name| !name.is_empty()),
        policy: None,
        threat: threat(&properties.threat_status),
        files_open: properties.is_instant_ilr_session_active,
        copies,
    })
}

/// What Azure found in the machine at that time. It looks only where Defender for Servers does.
fn threat(status: &str) -> Option<Threat> {
    match status.to_ascii_lowercase().as_str() {
        "healthy" => Some(Threat::Healthy),
        "warning" => Some(Threat::Warning),
        "unhealthy" => Some(Threat::Unhealthy),
        _ => None,
    }
}

/// Where a point lies. One that was brought back from the archive lies in the archive and, for a while, in the vault.
fn copies(tiers: &[TierWire], expires: Option<Timestamp>) -> Vec<PointCopy> {
    let has = |store, status| tiers.iter().any(|tier| tier.is(store, status));
    let (valid, rehydrated) = (1, 4);
    let mut copies = Vec::new();
    if has(DataStore::OperationalStore, valid) {
        copies.push(copy(DataStore::OperationalStore, expires));
    }
    let archived = has(DataStore::ArchiveStore, valid) || has(DataStore::ArchiveStore, rehydrated);
    if has(DataStore::VaultStore, valid) && !archived {
        copies.push(copy(DataStore::VaultStore, expires));
    }
    if archived {
        let back = has(DataStore::ArchiveStore, rehydrated) || has(DataStore::VaultStore, valid);
        let rehydration = back.then_some(Rehydration { status: RehydrationStatus::Completed, expires: None });
        copies.push(PointCopy { rehydration, ..copy(DataStore::ArchiveStore, expires) });
    }
    copies
}

fn copy(store: DataStore, expires: Option<Timestamp>) -> PointCopy {
    PointCopy { store, created: None, expires, rehydration: None }
}

impl TierWire {
    fn is(&self, store: DataStore, status: u64) -> bool {
        const STATUS: [&str; 5] = ["Invalid", "Valid", "Disabled", "Deleted", "Rehydrated"];
        let (number, word) = match store {
            DataStore::OperationalStore => (1, "InstantRP"),
            DataStore::VaultStore => (2, "HardenedRP"),
            DataStore::ArchiveStore => (3, "ArchivedRP"),
        };
        let is = |value: &Value, number: u64, word: &str| match value {
            Value::Number(found) => found.as_u64() == Some(number),
            Value::String(found) => found.eq_ignore_ascii_case(word),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
        };
        let status_word =
            usize::try_from(status).ok().and_then(|at| STATUS.get(at)).copied().unwrap_or_default();
        is(&self.kind, number, word) && is(&self.status, status, status_word)
    }
}

#[test]
fn a_point_says_whether_its_files_are_open() {
    for (shown, open) in [(json!(true), true), (json!(false), false), (Value::Null, false)] {
        let wire = json!({ "name": "p", "properties": { "objectType": "IaasVMRecoveryPoint",
            "recoveryPointTime": "2026-01-01T00:00:00Z", "isInstantIlrSessionActive": shown } });
        assert_eq!(point(serde_json::from_value(wire).unwrap()).unwrap().files_open, open);
    }
}

//! The recovery points of databases: each full, differential and incremental backup is one, the logs are one together.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Address, BackupType, guest};
use crate::clock::whole_seconds;
use crate::recovery_services::item::Item;
use crate::recovery_services::kind::{Form, Kind};
use crate::recovery_services::point::{Point, TYPE};
use crate::world::World;

/// The name of the point that all logs are (documentation).
pub(in crate::recovery_services) const LOGS: &str = "DefaultRangeRecoveryPoint";

/// What points of an item's kind are called in the middle of their type.
fn word(item: &Item) -> &'static str {
    match item.kind {
        Kind::Database(Form::Sql) => "SQL",
        _ => "SAPHana",
    }
}

/// An instant as points of this kind write it: HANA counts milliseconds (recorded).
pub(super) fn instant(item: &Item, at: Timestamp) -> String {
    match item.kind {
        Kind::Database(Form::Sql) => whole_seconds(at),
        _ => format!("{}.{:03}Z", at.strftime("%Y-%m-%dT%H:%M:%S"), at.subsec_millisecond()),
    }
}

/// The members of a point that are particular to databases (recorded of SQL, official of HANA).
pub(in crate::recovery_services) fn own(point: &Point, item: &Item) -> Value {
    json!({
        "objectType": format!("AzureWorkload{}RecoveryPoint", word(item)),
        "recoveryPointTimeInUTC": instant(item, point.time),
        "type": point.backup.map_or("Full", BackupType::point_word),
    })
}

/// `extendedInfo` of a point of SQL Server: where its files lay (recorded: a single read shows it).
pub(in crate::recovery_services) fn extended(point: &Point) -> Option<Value> {
    point.source.is_object().then(|| point.source.clone())
}

/// The files of the database at `address` at `time`.
pub(in crate::recovery_services) fn directories(
    world: &World,
    item: &Item,
    address: &Address,
    time: Timestamp,
) -> Value {
    let Kind::Database(Form::Sql) = item.kind else { return Value::Null };
    let name = &address.database;
    let guest = guest::of(world, &item.source);
    let instance = guest.instance(super::Engine::Sql, &address.parent).or_else(|| guest.instances.first());
    let (data, log) = instance.map_or(("F:\\Data", "F:\\Log"), |one| (one.data.as_str(), one.log.as_str()));
    json!({
        "dataDirectoryTimeInUTC": whole_seconds(time),
        "dataDirectoryPaths": [
            { "type": "Data", "path": format!("{data}\\{name}.mdf"), "logicalName": name },
            { "type": "Log", "path": format!("{log}\\{name}_log.ldf"), "logicalName": format!("{name}_log") },
        ],
    })
}

/// The point that the log backups of `item` are together, if there are any (official; documentation: the name).
pub(in crate::recovery_services) fn logs(item: &Item, now: Timestamp) -> Option<Value> {
    let ranges = item.chain.ranges(now);
    if ranges.is_empty() {
        return None;
    }
    let range = |(from, to): &(Timestamp, Timestamp)| json!({ "startTime": whole_seconds(*from), "endTime": whole_seconds(*to) });
    Some(json!({
        "id": format!("{}/recoveryPoints/{LOGS}", item.id),
        "name": LOGS,
        "type": TYPE,
        "properties": {
            "objectType": format!("AzureWorkload{}PointInTimeRecoveryPoint", word(item)),
            "timeRanges": ranges.iter().map(range).collect::<Vec<_>>(),
            "type": "Log",
        },
    }))
}

/// Whether a query of this kind asks for a point; `None` stands for the logs (official: the words).
pub(in crate::recovery_services) fn is_asked(query: Option<&str>, backup: Option<BackupType>) -> bool {
    let full = || matches!(backup, Some(BackupType::Full | BackupType::CopyOnlyFull));
    match query {
        None | Some("All") => true,
        Some("Full") => full(),
        Some("Differential") => backup == Some(BackupType::Differential),
        Some("FullAndDifferential") => full() || backup == Some(BackupType::Differential),
        Some("Incremental") => backup == Some(BackupType::Incremental),
        Some("Log") => backup.is_none(),
        Some("SnapshotFull") => backup == Some(BackupType::SnapshotFull),
        Some(_) => false,
    }
}

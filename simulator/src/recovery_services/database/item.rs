//! The properties of an item that protects a database (recorded).

use serde_json::{Value, json};

use super::{group, readiness};
use crate::clock::precise;
use crate::recovery_services::item::{Item, Protection};
use crate::recovery_services::kind::{Form, Kind};
use crate::recovery_services::machine::item::{deletion, health};
use crate::recovery_services::policy;
use crate::recovery_services::trouble::Trouble;
use crate::wire::json as body_json;
use crate::world::World;

/// The properties as the older api-versions show them.
pub(in crate::recovery_services) fn properties(world: &World, item: &Item) -> Value {
    let last = item.last_backup.as_ref();
    let trouble = last.and_then(|last| last.trouble.as_ref());
    let first = item.points.is_empty() && trouble.is_none();
    let word = match (first, trouble) {
        (true, _) => "IRPending",
        (false, None) => "Healthy",
        (false, Some(_)) => "Unhealthy",
    };
    let address = item.address.as_ref();
    let mut properties = json!({
        "kpisHealths": health(item),
        "friendlyName": item.friendly_name,
        "serverName": address.map(|address| address.host.as_str()),
        "parentName": address.map(|address| address.parent.as_str()),
        "parentType": readiness::parent_type(item),
        "protectionStatus": if trouble.is_some() { "Unhealthy" } else { "Healthy" },
        "protectionState": item.state.word(),
        "lastBackupStatus": word,
        "protectedItemDataSourceId": item.data_id.to_string(),
        "protectedItemHealthStatus": reach(world, item).unwrap_or(word),
        "protectedItemType": item.kind.item_type(),
        "backupManagementType": item.kind.management(),
        "workloadType": item.kind.workload(),
        "containerName": item.container_shown(),
        "isArchiveEnabled": policy::archives(world, item),
    });
    let members = [
        ("sourceResourceId", (!item.source_resource.is_empty()).then(|| json!(item.source_resource))),
        ("policyId", item.policy.as_ref().map(|policy| json!(policy))),
        ("lastBackupTime", last.map(|last| json!(precise(last.began)))),
        ("lastRecoveryPoint", newest(item).map(|at| json!(at))),
        ("lastBackupErrorDetail", error(first, trouble)),
        ("nodesList", nodes(world, item)),
    ];
    for (name, value) in members {
        if let Some(value) = value {
            body_json::set(&mut properties, &[name], value);
        }
    }
    deletion(world, item, &mut properties);
    properties
}

/// `lastBackupErrorDetail`: of a failure, or that nothing was backed up yet; nothing after a success (recorded).
fn error(first: bool, trouble: Option<&Trouble>) -> Option<Value> {
    match trouble {
        Some(trouble) => Some(trouble.in_status()),
        None => first.then(|| json!({ "code": "Success", "message": "" })),
    }
}

/// What is known of the server while its machine is off or gone.
fn reach(world: &World, item: &Item) -> Option<&'static str> {
    let address = item.address.as_ref()?;
    let Kind::Database(form) = item.kind else { return None };
    if address.in_group || item.state == Protection::Stopped {
        return None;
    }
    readiness::unreachable(world, &item.source, form.engine(), &address.parent).map(|_| "NotReachable")
}

fn nodes(world: &World, item: &Item) -> Option<Value> {
    group::of_container(world, item.container()).map(|found| json!(group::nodes(world, found)))
}

/// The time of the newest point.
fn newest(item: &Item) -> Option<String> {
    item.points.iter().map(|point| point.time).max().map(|at| super::point::instant(item, at))
}

/// `extendedInfo`.
pub(in crate::recovery_services) fn extended(item: &Item, world: &World) -> Value {
    let mut info = json!({ "recoveryPointCount": item.points.len(), "policyState": "Consistent" });
    if let Some(oldest) = item.points.iter().map(|point| point.time).min() {
        let shown = super::point::instant(item, oldest);
        body_json::set(&mut info, &["oldestRecoveryPoint"], json!(shown));
    }
    if item.kind == Kind::Database(Form::Sql) {
        let model = readiness::database_now(world, item).map(|database| database.model);
        body_json::set(&mut info, &["recoveryModel"], json!(model.unwrap_or_else(|| "FULL".to_owned())));
    }
    info
}

//! Recovery points and restorable time ranges.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::clock::{days_after, precise};
use crate::data_protection::State;
use crate::data_protection::instance::{self, Instance};
use crate::data_protection::job::Job;
use crate::data_protection::user_error::generic_not_found;
use crate::data_protection::{page, policy, vault};
use crate::wire::path::{group_of, name_of, subscription_of};
use crate::wire::{Answer, Call, Position, Reply, json as body_json};
use crate::world::World;

/// The recovery point that `job` leaves behind.
pub(crate) fn made(world: &mut World, vault: &str, instance: &Instance, job: &Job, at: Timestamp) -> Value {
    let name = world.random.guid().simple().to_string();
    let store = world.guid();
    let policy_name = name_of(instance.policy_id());
    let policy = State::of(world)
        .vaults
        .get(vault)
        .and_then(|vault| vault.policies.get(&policy_name.to_ascii_lowercase()));
    let vaulted = policy.is_some_and(policy::backs_up_to_vault);
    // On-demand points in the vault were recorded without an expiry time.
    let expires = !vaulted || job.by_schedule;
    let retention = policy.and_then(|policy| policy::retention_days(policy, &job.tag)).filter(|_| expires);
    let expiry = retention.map(|days| precise(days_after(at, days)));
    let meta = (!vaulted).then(|| snapshot_note(instance, &name));
    json!({
        "properties": {
            "objectType": "AzureBackupDiscreteRecoveryPoint",
            "recoveryPointId": name,
            "recoveryPointTime": precise(at),
            "recoveryPointType": job.backup_type,
            "friendlyName": name,
            "recoveryPointDataStoresDetails": [{
                "id": store,
                "type": if vaulted { "VaultStore" } else { "OperationalStore" },
                "creationTime": precise(job.started),
                "expiryTime": expiry,
                "metaData": meta,
                "visible": true,
                "state": "COMMITTED",
                "rehydrationExpiryTime": null,
                "rehydrationStatus": null,
            }],
            "retentionTagName": job.tag,
            "retentionTagVersion": at.as_nanosecond().to_string(),
            "policyName": policy_name,
            "policyVersion": null,
            "expiryTime": expiry,
            "recoveryPointState": if vaulted { Some("Completed") } else { None },
        },
        "id": format!("{}/recoveryPoints/{name}", instance.id),
        "name": name,
        "type": "Microsoft.DataProtection/backupVaults/backupInstances/recoveryPoints",
    })
}

fn snapshot_note(instance: &Instance, name: &str) -> String {
    let source = body_json::text(&instance.described, &["dataSourceInfo", "resourceID"]).unwrap_or_default();
    let parameters =
        body_json::list(&instance.described, &["policyInfo", "policyParameters", "dataStoreParametersList"]);
    let group = parameters
        .iter()
        .find_map(|parameter| body_json::text(parameter, &["resourceGroupId"]))
        .unwrap_or_default();
    json!([{
        "diskName": name_of(source),
        "subscriptionId": subscription_of(source),
        "resourceGroupName": group_of(source),
        "snapshotSubscriptionId": subscription_of(group),
        "snapshotRGName": group_of(group),
        "snapshotName": format!("AzureBackup_{name}"),
    }])
    .to_string()
}

/// `GET {instance}/recoveryPoints[/{point}]`.
pub(crate) fn read(world: &World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let instance = instance::find(world, &vault, call.path.segment(3).unwrap_or_default())?;
    if let Some(wanted) = call.path.segment(5) {
        let point = instance.points.iter().find(|point| body_json::text(point, &["name"]) == Some(wanted));
        return Ok(Reply::ok(seen_in(point.ok_or_else(generic_not_found)?.clone(), call.api_version())));
    }
    let window = Window::read(call.parameter("$filter").unwrap_or_default());
    let points = instance.points.iter().filter(|point| window.holds(point));
    let points = points.map(|point| (position(point), point));
    Ok(page::asked(call)?.sorted(points, |point| seen_in(listed(point), call.api_version())))
}

/// Where a point stands in a list, the newest first.
pub(crate) fn position(point: &Value) -> Position {
    let made =
        body_json::text(point, &["properties", "recoveryPointTime"]).and_then(|time| time.parse().ok());
    let name = body_json::text(point, &["name"]).unwrap_or_default();
    Position::newest_first(made.unwrap_or(Timestamp::MIN), name)
}

/// From this api-version on a point has a state; before, it said whether it is partial (both recorded).
const STATE_SINCE: &str = "2023-11-01";

/// A point as callers of an api-version see it.
fn seen_in(mut point: Value, api_version: &str) -> Value {
    if api_version >= STATE_SINCE {
        return point;
    }
    if let Some(properties) = point.get_mut("properties").and_then(Value::as_object_mut) {
        properties.remove("recoveryPointState");
        properties.insert("isPartialRP".into(), json!(false));
    }
    let stores =
        point.pointer_mut("/properties/recoveryPointDataStoresDetails").and_then(Value::as_array_mut);
    for store in stores.into_iter().flatten() {
        body_json::set(store, &["isPartialRP"], json!(false));
    }
    point
}

/// A list leaves out what only a single read shows.
pub(crate) fn listed(point: &Value) -> Value {
    let mut point = point.clone();
    if let Some(stores) =
        point.pointer_mut("/properties/recoveryPointDataStoresDetails").and_then(Value::as_array_mut)
    {
        for store in stores {
            body_json::set(store, &["metaData"], Value::Null);
        }
    }
    point
}

/// The span of time that a filter asks for: `startDate eq '..' and endDate eq '..'`; anything else asks for everything.
struct Window {
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

impl Window {
    fn read(filter: &str) -> Self {
        let bound = |name: &str| {
            let clause = filter.split(" and ").find(|clause| clause.trim().starts_with(name))?;
            clause.split('\'').nth(1)?.parse().ok()
        };
        Self { start: bound("startDate"), end: bound("endDate") }
    }

    fn holds(&self, point: &Value) -> bool {
        let time = body_json::text(point, &["properties", "recoveryPointTime"])
            .and_then(|time| time.parse::<Timestamp>().ok());
        time.is_some_and(|time| {
            self.start.is_none_or(|start| time >= start) && self.end.is_none_or(|end| time <= end)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_bounds_the_points() {
        let point = json!({"properties": {"recoveryPointTime": "2024-05-07T12:02:21.8831308Z"}});
        let holds = |filter: &str| Window::read(filter).holds(&point);
        assert!(holds(""));
        assert!(holds(
            "startDate eq '2023-06-16T00:00:00.0000000Z' and endDate eq '2033-06-16T00:00:00.0000000Z'"
        ));
        assert!(!holds(
            "startDate eq '2033-06-16T00:00:00.0000000Z' and endDate eq '2023-06-16T00:00:00.0000000Z'"
        ));
    }
}

//! Bringing archived recovery points back to the vault store for a while.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Tier;
use crate::clock::{days_after, precise};
use crate::data_protection::operation::{self, Action, Headers};
use crate::data_protection::user_error::UserError;
use crate::data_protection::{Effect, State};
use crate::data_protection::{instance, point, policy, vault};
use crate::wire::{Answer, Call, Reply, json as body_json};
use crate::world::World;

/// Azure states up to 15 hours, or one with high priority.
const STANDARD_SECONDS: f64 = 15.0 * 3600.0;
const HIGH_SECONDS: f64 = 3600.0;
/// The operation only starts it.
const START_SECONDS: f64 = 5.0;

/// How long a rehydration takes.
pub(crate) fn seconds(priority: &str) -> f64 {
    if priority.eq_ignore_ascii_case("High") { HIGH_SECONDS } else { STANDARD_SECONDS }
}

/// Refuses a priority or a duration that does not exist; otherwise the duration in days.
pub(crate) fn acceptable(request: &Value) -> Result<i64, UserError> {
    let priority = body_json::text(request, &["rehydrationPriority"]).unwrap_or("Standard");
    if !["Standard", "High"].contains(&priority) {
        return Err(UserError::invalid_input(format!("rehydrationPriority '{priority}' is unknown")));
    }
    let duration = body_json::text(request, &["rehydrationRetentionDuration"]).unwrap_or_default();
    let days = policy::rule::days(duration).filter(|days| (10..=30).contains(days));
    days.ok_or_else(|| {
        UserError::invalid_input(format!(
            "rehydrationRetentionDuration '{duration}' must lie between P10D and P30D"
        ))
    })
}

/// `POST {instance}/rehydrate`.
pub(crate) fn start(world: &mut World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let name = call.path.segment(3).unwrap_or_default().to_ascii_lowercase();
    let instance = instance::find(world, &vault, &name)?;
    let request = call.object()?;
    let wanted = body_json::text(request, &["recoveryPointId"]).unwrap_or_default().to_owned();
    let found = instance.points.iter().find(|point| body_json::text(point, &["name"]) == Some(&wanted));
    let checked = acceptable(request).and_then(|days| match found {
        None => Err(point::not_found(&wanted)),
        Some(point) if point::tiers(point) != [Tier::Archive] => {
            Err(UserError::invalid_input(format!("the recovery point '{wanted}' is not archived")))
        }
        Some(_) => Ok(days),
    });
    let activity = world.guid();
    let days = checked.map_err(|error| error.refusal(&activity))?;
    let priority = body_json::text(request, &["rehydrationPriority"]).unwrap_or("Standard");
    let done = world.after(seconds(priority));
    let over = days_after(done, days);
    mark(world, &vault, &name, &wanted, "CREATE_IN_PROGRESS", None);
    let at_end = |word, expires| Effect::Rehydration {
        vault: vault.clone(),
        instance: name.clone(),
        point: wanted.clone(),
        word,
        expires,
    };
    world.schedule(done, at_end("COMPLETED", Some(over)));
    world.schedule(over, at_end("DELETED", None));
    let operation = operation::begin(world, &vault, START_SECONDS, 10.0, Action::Announce);
    let reply = Reply::empty(StatusCode::ACCEPTED);
    Ok(operation::announced(world, call, &operation, Headers::StatusAndResult, reply))
}

/// Writes how the rehydration of a point stands.
pub(crate) fn mark(
    world: &mut World,
    vault: &str,
    instance: &str,
    point: &str,
    word: &str,
    expires: Option<Timestamp>,
) {
    let found =
        State::of_mut(world).vaults.get_mut(vault).and_then(|vault| vault.instances.get_mut(instance));
    let Some(instance) = found else { return };
    let of_name = |one: &&mut Value| body_json::text(one, &["name"]) == Some(point);
    let Some(point) = instance.points.iter_mut().find(of_name) else { return };
    let stores =
        point.pointer_mut("/properties/recoveryPointDataStoresDetails").and_then(Value::as_array_mut);
    for store in stores.into_iter().flatten() {
        body_json::set(store, &["rehydrationStatus"], json!(word));
        body_json::set(
            store,
            &["rehydrationExpiryTime"],
            expires.map_or(Value::Null, |at| json!(precise(at))),
        );
    }
}

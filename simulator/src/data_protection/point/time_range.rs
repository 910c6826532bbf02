//! Restorable time ranges of continuous backup.
//!
//! What is refused, and how a span is answered that nothing is kept of, follows recorded traffic.

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::clock::precise;
use crate::data_protection::instance::{self, Instance};
use crate::data_protection::user_error::UserError;
use crate::data_protection::vault;
use crate::wire::path::name_of;
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// `POST {instance}/findRestorableTimeRanges`.
pub(crate) fn find(world: &mut World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let instance = instance::find(world, &vault, call.path.segment(3).unwrap_or_default())?.clone();
    let request = call.object()?;
    let store = body_json::text(request, &["sourceDataStoreType"]).unwrap_or_default();
    let activity = world.guid();
    if !["OperationalStore", "VaultStore", "ArchiveStore"].contains(&store) {
        let detail =
            format!("sourceDataStoreType '{store}' is none of OperationalStore, VaultStore, ArchiveStore");
        return Err(UserError::invalid_input(detail).refusal(&activity));
    }
    let span = Span::read(request, &activity)?;
    let blob =
        instance.datasource_type().eq_ignore_ascii_case("Microsoft.Storage/storageAccounts/blobServices");
    let continuous =
        blob && store == "OperationalStore" && instance::operational_days(world, &vault, &instance).is_some();
    let range = continuous.then(|| restorable(world, &instance, &span)).flatten();
    let ranges: Vec<Value> = range.into_iter().collect();
    Ok(Reply::ok(json!({
        "properties": { "restorableTimeRanges": ranges, "objectType": "AzureBackupFindRestorableTimeRangesResponse" },
        "id": name_of(&instance.id),
        "type": "Microsoft.DataProtection/backupVaults/backupInstances/findRestorableTimeRanges",
    })))
}

/// The span that is asked for.
struct Span {
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

impl Span {
    fn read(request: &Value, activity: &str) -> Result<Self, ArmError> {
        let text = |name: &str| body_json::text(request, &[name]);
        let time = |text: Option<&str>| match text.map(str::parse::<Timestamp>) {
            Some(Err(_)) => Err(unreadable(activity)),
            Some(Ok(time)) => Ok(Some(time)),
            None => Ok(None),
        };
        let span = Self { start: time(text("startTime"))?, end: time(text("endTime"))? };
        match (span.start, span.end) {
            // Recorded each time, like this.
            (None, Some(_)) => Err(internal(activity)),
            (Some(_), None) if !text("startTime").is_some_and(has_seven_decimals) => {
                Err(unreadable(activity))
            }
            (Some(start), Some(end)) if start > end => {
                let message = "The start of the restorable time range lies after its end.";
                let action = "Ask for a time range whose start lies before its end.";
                Err(UserError::new("UserErrorInvalidRestorableTimeRange", message, action).refusal(activity))
            }
            _ => Ok(span),
        }
    }
}

fn has_seven_decimals(time: &str) -> bool {
    let decimals =
        time.split_once('.').map(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).count());
    decimals == Some(7)
}

fn unreadable(activity: &str) -> ArmError {
    let message = "The parameters of the request are invalid.";
    let action = "Write times with seven decimals.";
    UserError::new("DppPluginInvalidInputParameters", message, action).refusal(activity)
}

fn internal(activity: &str) -> ArmError {
    let message = "Microsoft Azure Backup encountered an internal error.";
    let error = UserError::new("CloudInternalError", message, "Wait for a few minutes and try again.");
    let mut refusal = error.retryable().refusal(activity);
    refusal.status = StatusCode::INTERNAL_SERVER_ERROR;
    refusal
}

/// What of the asked span the account keeps: at most the days of its restore policy. Of a span that lies outside, the range
/// is upside down.
fn restorable(world: &World, instance: &Instance, span: &Span) -> Option<Value> {
    let now = world.now();
    let service = world.arm.resources.get(&format!("{}/blobservices/default", instance.datasource()))?;
    let policy = body_json::reach(service, &["properties", "restorePolicy"])?;
    let kept = oldest(policy, now);
    let start = span.start.map_or(kept, |start| start.max(kept));
    let end = span.end.map_or(now, |end| end.min(now));
    Some(json!({ "startTime": precise(start), "endTime": precise(end), "objectType": "RestorableTimeRange" }))
}

/// The first moment to which an account can go back.
pub(in crate::data_protection) fn oldest(restore_policy: &Value, now: Timestamp) -> Timestamp {
    let days = body_json::member(restore_policy, "days").and_then(Value::as_i64).unwrap_or(30);
    now.saturating_sub(SignedDuration::from_hours(24 * days)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::has_seven_decimals;

    #[test]
    fn decimals_are_counted() {
        assert!(has_seven_decimals("2024-06-11T07:58:54.0000000Z"));
        for short in ["2024-06-11T07:58:54Z", "2024-06-11T07:58:54.000Z", "2024-06-11T07:58:54.00000000Z"] {
            assert!(!has_seven_decimals(short), "{short}");
        }
    }
}

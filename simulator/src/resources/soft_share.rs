//! File shares that the soft delete of their account keeps (Azure Files' REST reference): a deleted share is not found any more, but can
//! be restored for some days under the version that the list of deleted ones shows.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::wire::path::{key, name_of};
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::{SoftShare, World};

/// The service of an account that its shares belong to, by the id of one of them.
fn service(share: &str) -> Option<&str> {
    let at = share.to_ascii_lowercase().find("/fileservices/default/shares/")?;
    share.get(..at + "/fileServices/default".len())
}

/// For how many days the account of a share keeps what is deleted.
fn days(world: &World, share: &str) -> Option<f64> {
    let body = world.arm.resources.get(&key(service(share)?))?;
    let policy = body_json::reach(body, &["properties", "shareDeleteRetentionPolicy"])?;
    let on = body_json::member(policy, "enabled").and_then(Value::as_bool) == Some(true);
    on.then(|| body_json::member(policy, "days").and_then(Value::as_f64).unwrap_or(7.0))
}

/// Keeps the share `id`, which is about to be deleted, if its account keeps shares.
pub(super) fn kept(world: &mut World, id: &str) {
    let (Some(days), Some(body)) = (days(world, id), world.arm.resources.get(&key(id)).cloned()) else {
        return;
    };
    let (since, until) = (world.now(), world.after(days * 86_400.0));
    let version = format!("{:016X}", world.random.next());
    world.arm.soft_shares.insert(key(id), SoftShare { body, version, since, until });
}

/// Whether the share with this id is deleted and can be restored.
pub(crate) fn is_soft_deleted(world: &World, id: &str) -> bool {
    world.arm.soft_shares.get(&key(id)).is_some_and(|share| share.until > world.now())
}

/// The deleted shares of the list that `call` asks for, if it asks for them.
pub(super) fn listed(world: &World, call: &Call) -> Vec<Value> {
    let wanted = call.parameter("$expand").is_some_and(|word| word.eq_ignore_ascii_case("deleted"));
    let below = format!("{}/", key(&call.path.id()));
    let here = world
        .arm
        .soft_shares
        .iter()
        .filter(|(id, share)| wanted && id.starts_with(&below) && share.until > world.now());
    let shown = |share: &SoftShare| {
        let mut body = share.body.clone();
        let left = share.until.duration_since(world.now()).as_secs_f64() * world.clock.speed() / 86_400.0;
        let more = json!({ "properties": {
            "deleted": true,
            "version": share.version,
            "deletedTime": crate::clock::whole_seconds(share.since),
            "remainingRetentionDays": left.floor() as u64,
        } });
        body_json::merge(&mut body, &more);
        body
    };
    here.map(|(_, share)| shown(share)).collect()
}

/// `POST {share}/restore`.
pub(super) fn restore(world: &mut World, call: &Call, id: &str) -> Answer {
    let request = call.object()?;
    let text = |name: &str| body_json::text(request, &[name]).unwrap_or_default();
    let found = world.arm.soft_shares.get(&key(id)).filter(|share| share.until > world.now());
    let own = found.filter(|share| {
        share.version == text("deletedShareVersion")
            && text("deletedShareName").eq_ignore_ascii_case(name_of(id))
    });
    let Some(body) = own.map(|share| share.body.clone()) else {
        return Err(ArmError::not_found("ShareNotFound", "The specified share does not exist.".to_owned()));
    };
    world.arm.soft_shares.remove(&key(id));
    world.arm.resources.insert(key(id), body);
    world.touch(id);
    Ok(Reply::empty(StatusCode::OK))
}

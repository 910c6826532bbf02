//! From a call that was let in to the provider that answers it, and to the event about it.

use axum::http::{Method, StatusCode};

use super::gate;
use crate::event_grid::{self, Change};
use crate::wire::{Answer, ArmError, ArmPath, Call, Reply, Verb, action, version as known_versions};
use crate::world::{Provider, Quota, World};

/// Carries a call out that nobody sent by itself, such as one of a deployment, and publishes the event about it.
pub(crate) fn carried_out(world: &mut World, call: &Call, correlation: &str) -> Answer {
    version(world, call)?;
    known_subscription(world, call)?;
    gate::check(world, call)?;
    let reply = dispatch(world, call)?;
    publish(world, call, &reply, correlation);
    Ok(reply)
}

/// The provider whose namespace the path names, whoever serves it.
fn namesake(world: &World, path: &ArmPath) -> Option<&'static dyn Provider> {
    world.providers().iter().copied().find(|provider| path.namespace_is(provider.namespace()))
}

/// Refuses an api-version that the provider does not have.
pub(super) fn version(world: &World, call: &Call) -> Result<(), ArmError> {
    let known = namesake(world, &call.path).and_then(|provider| provider.versions());
    known_versions::check(call, known)
}

/// How the call counts.
pub(super) fn quota(world: &World, call: &Call) -> Quota {
    namesake(world, &call.path).map_or(Quota::Arm, |provider| provider.quota(call))
}

pub(super) fn known_subscription(world: &World, call: &Call) -> Result<(), ArmError> {
    match call.path.subscription() {
        Some(subscription) if !world.has_subscription(subscription) => Err(ArmError::not_found(
            "SubscriptionNotFound",
            format!("The subscription '{subscription}' could not be found."),
        )),
        _ => Ok(()),
    }
}

pub(super) fn dispatch(world: &mut World, call: &Call) -> Answer {
    match world.providers().iter().find(|provider| provider.serves(&call.path)) {
        Some(provider) => provider.handle(world, call),
        None => Err(ArmError::unknown_type(call.path.namespace.as_deref().unwrap_or_default(), "")),
    }
}

/// Publishes the event about a call that changed something.
pub(super) fn publish(world: &mut World, call: &Call, reply: &Reply, correlation: &str) {
    let verb = match call.method {
        Method::PUT | Method::PATCH => Verb::Write,
        Method::DELETE if reply.status != StatusCode::NO_CONTENT => Verb::Delete,
        Method::POST => Verb::Action,
        _ => return,
    };
    let Some((id, operation)) = action::subject(&call.path, verb) else { return };
    let request = (verb != Verb::Write).then(|| {
        let url = format!("{}{}?api-version={}", call.base, call.raw_path, call.api_version());
        (call.method.to_string(), url)
    });
    let change = Change {
        verb,
        id,
        operation,
        caller: call.caller.clone(),
        correlation: correlation.to_owned(),
        request,
    };
    event_grid::publish(world, change);
}

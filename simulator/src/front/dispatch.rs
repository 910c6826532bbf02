//! From a call that was let in to the provider that answers it, and to the event that tells of it.

use axum::http::{Method, StatusCode};

use super::gate;
use crate::event_grid::{self, Change};
use crate::wire::{Answer, ArmError, Call, Reply, Verb, action, version as known_versions};
use crate::world::World;
use crate::{authorization, data_protection, deployments, resource_graph, resources};

/// Carries a call out that nobody sent by itself, such as one of a deployment, and tells of it.
pub(crate) fn carried_out(world: &mut World, call: &Call, correlation: &str) -> Answer {
    version(call)?;
    known_subscription(world, call)?;
    gate::check(world, call)?;
    let reply = dispatch(world, call)?;
    told(world, call, &reply, correlation);
    Ok(reply)
}

/// Refuses an api-version that the provider does not have.
pub(super) fn version(call: &Call) -> Result<(), ArmError> {
    let known = call.path.namespace_is(data_protection::NAMESPACE).then_some(&data_protection::VERSIONS[..]);
    known_versions::check(call, known)
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
    let path = &call.path;
    if path.namespace.is_none() {
        return resources::without_provider(world, call);
    }
    let registration = path.rest.is_empty() || (path.rest.len() == 1 && path.is(0, "register"));
    if registration && path.group().is_none() {
        return resources::registration(call);
    }
    if path.namespace_is(data_protection::NAMESPACE) {
        return data_protection::handle(world, call);
    }
    if path.namespace_is(authorization::NAMESPACE) && !authorization::is_lock(path) {
        return authorization::handle(world, call);
    }
    if path.namespace_is(resource_graph::NAMESPACE) {
        return resource_graph::handle(world, call);
    }
    if event_grid::is_subscription(path) {
        return event_grid::handle(world, call);
    }
    if deployments::is_deployment(path) {
        return deployments::handle(world, call);
    }
    if path.namespace_is("Microsoft.Resources") && path.is(0, "tags") {
        return resources::tags(world, call);
    }
    resources::handle(world, call)
}

/// Tells Event Grid of a call that changed something.
pub(super) fn told(world: &mut World, call: &Call, reply: &Reply, correlation: &str) {
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
    event_grid::tell(world, change);
}

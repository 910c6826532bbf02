//! The pipeline that every ARM call passes: fault, authentication, api-version, throttling, provider, headers, journal, events.

use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, body};

use super::harm::harmed;
use super::noted::Noted;
use super::throttle::Kind;
use super::{Answer, ArmError, ArmPath, Call, Reply, action, casing, gate, version};
use crate::control::{Fate, Fault};
use crate::event_grid::{self, Change, Verb};
use crate::server::{App, Connection, Scheme};
use crate::world::World;
use crate::{authorization, data_protection, deployments, identity, resource_graph, resources};

/// ARM refuses longer request bodies.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// Where a call came in.
#[derive(Debug)]
pub(super) struct Front<'a> {
    pub(super) app: &'a App,
    scheme: Scheme,
}

/// Answers any path that belongs to nobody else.
pub(crate) async fn serve(
    State(app): State<Arc<App>>,
    Extension(scheme): Extension<Scheme>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
) -> Response {
    let begun = Instant::now();
    let (parts, body) = request.into_parts();
    let (number, fault) = arrived(&mut app.world(), &parts);
    let front = Front { app: &app, scheme };
    let response = match fault {
        None => answer(&front, &parts, body, None).await,
        Some(fault) => harmed(&front, &connection, number, &parts, body, fault).await,
    };
    app.world().journal.ended(number, response.status().as_u16(), begun.elapsed());
    response
}

/// Enters a call into the journal, and finds the fault that strikes it.
fn arrived(world: &mut World, parts: &Parts) -> (u64, Option<Fault>) {
    let wanted = world.faults.strike(&parts.method, parts.uri.path());
    let fault = wanted.or_else(|| world.chaos.as_mut().and_then(crate::control::Chaos::strike));
    let now = world.now();
    let caller = identity::caller(&parts.headers, world).ok();
    let number = world.journal.begun(parts, caller, now, fault.as_ref().map(Fault::word));
    (number, fault)
}

/// Answers a call; `fate` is what becomes of the operation that it starts, where that is not the usual end.
pub(super) async fn answer(front: &Front<'_>, parts: &Parts, body: Body, fate: Option<Fate>) -> Response {
    let Ok(bytes) = body::to_bytes(body, MAX_BODY).await else {
        let message = format!("The request content size exceeds the maximum size of {MAX_BODY} bytes.");
        return ArmError::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestContentTooLarge", message)
            .into_reply()
            .into_response();
    };
    let mut noted = {
        let mut world = front.app.world();
        world.advance();
        Noted::begun(&mut world, parts)
    };
    let reply = handled(front, parts, &bytes, &mut noted, fate).await.unwrap_or_else(ArmError::into_reply);
    let mut response =
        if parts.method == Method::HEAD { reply_without_body(reply) } else { reply.into_response() };
    noted.write(parts, response.headers_mut());
    response
}

fn reply_without_body(mut reply: Reply) -> Response {
    reply.body = None;
    reply.into_response()
}

async fn handled(
    front: &Front<'_>,
    parts: &Parts,
    bytes: &Bytes,
    noted: &mut Noted,
    fate: Option<Fate>,
) -> Answer {
    let app = front.app;
    let caller = identity::caller(&parts.headers, &app.world())?;
    let call = read(front.scheme, parts, bytes, caller)?;
    version::check(&call)?;
    {
        let mut world = app.world();
        known_subscription(&world, &call)?;
        throttled(&mut world, &call, noted)?;
        admitted(&world, &call)?;
    }
    let mut reply = if event_grid::is_subscription(&call.path) && call.method == Method::PUT {
        event_grid::subscribe(app, &call).await?
    } else {
        let mut world = app.world();
        world.coming_fate = fate;
        let answered = dispatch(&mut world, &call);
        world.coming_fate = None;
        answered?
    };
    let mut world = app.world();
    told(&mut world, &call, &reply, &noted.correlation);
    if world.settings.odd_casing {
        casing::respell(&mut reply, &mut world.random);
    }
    Ok(reply)
}

/// Carries a call out that nobody sent by itself, such as one of a deployment, and tells of it.
pub(crate) fn carried_out(world: &mut World, call: &Call, correlation: &str) -> Answer {
    version::check(call)?;
    known_subscription(world, call)?;
    admitted(world, call)?;
    let reply = dispatch(world, call)?;
    told(world, call, &reply, correlation);
    Ok(reply)
}

fn read(scheme: Scheme, parts: &Parts, bytes: &Bytes, caller: String) -> Result<Call, ArmError> {
    let raw_path = parts.uri.path().to_owned();
    let path = ArmPath::parse(&raw_path).ok_or_else(|| {
        ArmError::bad_request("InvalidRequestUri", format!("The request uri '{raw_path}' is invalid."))
    })?;
    let query = parts.uri.query().unwrap_or_default();
    let query = url::form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let body = if bytes.is_empty() {
        None
    } else {
        Some(serde_json::from_slice(bytes).map_err(|error| {
            let message =
                format!("The request content was invalid and could not be deserialized: '{error}'.");
            ArmError::bad_request("InvalidRequestContent", message)
        })?)
    };
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    Ok(Call {
        method: parts.method.clone(),
        path,
        raw_path,
        query,
        body,
        base: format!("{}://{host}", scheme.0),
        headers: parts.headers.clone(),
        caller,
    })
}

fn known_subscription(world: &World, call: &Call) -> Result<(), ArmError> {
    match call.path.subscription() {
        Some(subscription) if !world.has_subscription(subscription) => Err(ArmError::not_found(
            "SubscriptionNotFound",
            format!("The subscription '{subscription}' could not be found."),
        )),
        _ => Ok(()),
    }
}

fn throttled(world: &mut World, call: &Call, noted: &mut Noted) -> Result<(), ArmError> {
    if call.path.namespace_is(resource_graph::NAMESPACE) {
        // Resource Graph has a quota of its own.
        return Ok(());
    }
    let kind = Kind::of(&call.method);
    let clock = world.clock.clone();
    let subscription = call.path.subscription();
    let left = world.throttle.take(&clock, subscription.unwrap_or("tenant"), &call.caller, kind)?;
    let own_count = call.method != Method::POST || call.path.is(2, "deletedBackupInstances");
    let provider_counts = call.path.namespace_is(data_protection::NAMESPACE) && own_count;
    noted.left(subscription.is_some(), provider_counts, kind, left);
    Ok(())
}

/// Refuses what rights, locks or policies forbid.
fn admitted(world: &World, call: &Call) -> Result<(), ArmError> {
    match action::subject(&call.path, action::verb(&call.method)) {
        Some((_, action)) => gate::check(world, call, &action),
        None => Ok(()),
    }
}

fn dispatch(world: &mut World, call: &Call) -> Answer {
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
    if path.namespace_is(authorization::NAMESPACE) {
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
fn told(world: &mut World, call: &Call, reply: &Reply, correlation: &str) {
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

//! The pipeline that every ARM call passes: fault, authentication, api-version, throttling, provider, headers, journal, events.

use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, body};

use super::dispatch::{dispatch, known_subscription, publish, quota, version};
use super::gate;
use super::harm::harmed;
use super::noted::Noted;
use crate::app::{App, Connection, Scheme};
use crate::traffic::{Chaos, Fate, Fault, Kind};
use crate::wire::{Answer, ArmError, ArmPath, Call, Reply, casing};
use crate::world::{Quota, World};
use crate::{delivery, event_grid, identity};

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
    let (era, (number, fault)) = {
        let mut world = app.world();
        (world.era, arrived(&mut world, &parts))
    };
    let front = Front { app: &app, scheme };
    let response = match fault {
        None => answer(&front, &parts, body, None).await,
        Some(fault) => harmed(&front, &connection, number, &parts, body, fault).await,
    };
    let mut world = app.world();
    if world.era == era {
        world.traffic.journal.ended(number, response.status().as_u16(), begun.elapsed());
    }
    drop(world);
    response
}

/// Enters a call into the journal, and finds the fault that strikes it.
fn arrived(world: &mut World, parts: &Parts) -> (u64, Option<Fault>) {
    let wanted = world.traffic.faults.strike(&parts.method, parts.uri.path());
    let fault = wanted.or_else(|| world.traffic.chaos.as_mut().and_then(Chaos::strike));
    let now = world.now();
    let caller = identity::caller(&parts.headers, world.traffic.token_issue, now).ok();
    let number = world.traffic.journal.begun(parts, caller, now, fault.as_ref().map(Fault::word));
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
    let caller = {
        let world = app.world();
        identity::caller(&parts.headers, world.traffic.token_issue, world.now())?
    };
    let call = read(front.scheme, parts, bytes, caller)?;
    {
        let mut world = app.world();
        version(&world, &call)?;
        known_subscription(&world, &call)?;
        throttled(&mut world, &call, noted)?;
        gate::check(&world, &call)?;
    }
    let mut reply = if event_grid::is_subscription(&call.path) && call.method == Method::PUT {
        delivery::subscribe(app, &call).await?
    } else {
        let mut world = app.world();
        world.traffic.coming_fate = fate;
        let answered = dispatch(&mut world, &call);
        world.traffic.coming_fate = None;
        answered?
    };
    let mut world = app.world();
    publish(&mut world, &call, &reply, &noted.correlation);
    if world.settings.odd_casing {
        let spellings = world.providers().iter().flat_map(|provider| provider.spellings());
        casing::respell(&mut reply, spellings.copied(), &mut world.random);
    }
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

fn throttled(world: &mut World, call: &Call, noted: &mut Noted) -> Result<(), ArmError> {
    let quota = quota(world, call);
    if quota == Quota::OwnInstead {
        return Ok(());
    }
    let kind = Kind::of(&call.method);
    let clock = world.clock.clone();
    let subscription = call.path.subscription();
    let left = world.traffic.throttle.take(&clock, subscription.unwrap_or("tenant"), &call.caller, kind)?;
    noted.left(subscription.is_some(), quota == Quota::ArmAndOwn, kind, left);
    Ok(())
}

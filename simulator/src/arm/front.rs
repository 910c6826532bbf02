//! The pipeline that every ARM call passes: fault, authentication, api-version, throttling, provider, headers, journal, events.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, body};

use super::throttle::Kind;
use super::{Answer, ArmError, ArmPath, Call, Reply, version};
use crate::control::{Entry, Fault, Harm};
use crate::event_grid::{self, Change, Verb};
use crate::server::{App, Connection, Scheme};
use crate::world::World;
use crate::{authorization, data_protection, deployments, identity, resource_graph, resources};

/// ARM refuses longer request bodies.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// Answers any path that belongs to nobody else.
pub(crate) async fn serve(
    State(app): State<Arc<App>>,
    Extension(scheme): Extension<Scheme>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
) -> Response {
    let begun = Instant::now();
    let (parts, body) = request.into_parts();
    let entry = Entry::begun(&parts);
    let fault = app.world().faults.strike(&parts.method, parts.uri.path());
    let response = match fault {
        None => answer(&app, scheme, &parts, body).await,
        Some(fault) => harmed(&app, scheme, &connection, &parts, body, fault).await,
    };
    app.world().journal.add(entry.ended(response.status().as_u16(), begun.elapsed()));
    response
}

async fn answer(app: &App, scheme: Scheme, parts: &Parts, body: Body) -> Response {
    let Ok(bytes) = body::to_bytes(body, MAX_BODY).await else {
        let message = format!("The request content size exceeds the maximum size of {MAX_BODY} bytes.");
        return ArmError::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestContentTooLarge", message)
            .into_reply()
            .into_response();
    };
    let mut noted = Noted::default();
    let reply = handled(app, scheme, parts, &bytes, &mut noted).await.unwrap_or_else(ArmError::into_reply);
    let mut response =
        if parts.method == Method::HEAD { reply_without_body(reply) } else { reply.into_response() };
    noted.write(parts, response.headers_mut());
    response
}

fn reply_without_body(mut reply: Reply) -> Response {
    reply.body = None;
    reply.into_response()
}

/// What the headers of the answer say besides the provider's own.
#[derive(Debug, Default)]
struct Noted {
    request: String,
    correlation: String,
    remaining: Vec<(&'static str, u64)>,
}

impl Noted {
    fn write(&self, parts: &Parts, headers: &mut HeaderMap) {
        let mut put = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        put("x-ms-request-id", &self.request);
        put("x-ms-correlation-request-id", &self.correlation);
        put(
            "x-ms-routing-request-id",
            &format!("WESTEUROPE:{}:{}", jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ"), self.request),
        );
        put("cache-control", "no-cache");
        for (name, left) in &self.remaining {
            put(name, &left.to_string());
        }
        let client = parts.headers.get("x-ms-client-request-id").and_then(|value| value.to_str().ok());
        if let Some(client) = client {
            put("x-ms-client-request-id", client);
        }
        if !headers.contains_key(header::CONTENT_LENGTH) && headers.get(header::CONTENT_TYPE).is_none() {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
    }
}

async fn handled(app: &App, scheme: Scheme, parts: &Parts, bytes: &Bytes, noted: &mut Noted) -> Answer {
    {
        let mut world = app.world();
        world.advance();
        noted.request = world.guid();
        let given = parts.headers.get("x-ms-correlation-request-id").and_then(|value| value.to_str().ok());
        noted.correlation = given.map_or_else(|| noted.request.clone(), str::to_owned);
    }
    let caller = identity::caller(&parts.headers)?;
    let call = read(scheme, parts, bytes, caller)?;
    version::check(&call)?;
    {
        let mut world = app.world();
        known_subscription(&world, &call)?;
        throttled(&mut world, &call, noted)?;
    }
    let reply = if event_grid::is_subscription(&call.path) && call.method == Method::PUT {
        event_grid::subscribe(app, &call).await?
    } else {
        dispatch(&mut app.world(), &call)?
    };
    told(&mut app.world(), &call, &reply, &noted.correlation);
    Ok(reply)
}

/// Carries a call out that nobody sent by itself, such as one of a deployment, and tells of it.
pub(crate) fn carried_out(world: &mut World, call: &Call, correlation: &str) -> Answer {
    version::check(call)?;
    known_subscription(world, call)?;
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
    let clock = world.clock;
    let subscription = call.path.subscription();
    let left = world.throttle.take(clock, subscription.unwrap_or("tenant"), &call.caller, kind)?;
    let own_count = call.method != Method::POST || call.path.is(2, "deletedBackupInstances");
    let provider_counts = call.path.namespace_is(data_protection::NAMESPACE) && own_count;
    let name = match (provider_counts, subscription, kind) {
        (true, _, _) => "x-ms-ratelimit-remaining-subscription-resource-requests",
        (_, None, Kind::Reads) => "x-ms-ratelimit-remaining-tenant-reads",
        (_, None, _) => "x-ms-ratelimit-remaining-tenant-writes",
        (_, Some(_), Kind::Reads) => "x-ms-ratelimit-remaining-subscription-reads",
        (_, Some(_), Kind::Writes) => "x-ms-ratelimit-remaining-subscription-writes",
        (_, Some(_), Kind::Deletes) => "x-ms-ratelimit-remaining-subscription-deletes",
    };
    noted.remaining.push((name, left));
    Ok(())
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
    let Some((id, operation)) = subject(call, verb) else { return };
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

/// The resource that a call changed, and the name of the operation.
fn subject(call: &Call, verb: Verb) -> Option<(String, String)> {
    let path = &call.path;
    path.subscription()?;
    let word = match verb {
        Verb::Write => "write",
        Verb::Delete => "delete",
        Verb::Action => "action",
    };
    if path.namespace.is_none() {
        let group = path.group().is_some() && path.rest.is_empty();
        return group
            .then(|| (path.id(), format!("Microsoft.Resources/subscriptions/resourceGroups/{word}")));
    }
    match verb {
        Verb::Action => {
            let id = path.id();
            let target = id.rsplit_once('/')?.0.to_owned();
            Some((target, format!("{}/action", path.resource_type())))
        }
        Verb::Write | Verb::Delete => Some((path.id(), format!("{}/{word}", path.resource_type()))),
    }
}

/// Answers a call that a fault strikes.
async fn harmed(
    app: &App,
    scheme: Scheme,
    connection: &Connection,
    parts: &Parts,
    body: Body,
    fault: Fault,
) -> Response {
    if fault.apply {
        // The call takes effect and only its answer is lost.
        answer(app, scheme, parts, body).await;
    }
    match fault.harm {
        Harm::Answer { status, headers, body } => injected(status, headers, body),
        Harm::Reset => {
            connection.break_off();
            StatusCode::BAD_GATEWAY.into_response()
        }
        Harm::Hang(seconds) => {
            tokio::time::sleep(Duration::from_secs_f64(seconds.clamp(0.0, 3600.0))).await;
            connection.break_off();
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
    }
}

fn injected(status: u16, headers: Vec<(String, String)>, body: Option<String>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match body {
        Some(raw) => Response::new(Body::from(raw)),
        None => {
            let message = "A fault was injected through the simulator's control surface.";
            ArmError::new(status, "InjectedFault", message).into_reply().into_response()
        }
    };
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

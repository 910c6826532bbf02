//! Faults, chaos, throttling and expired tokens, as the control surface takes them.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{parsed, refused};
use crate::app::App;
use crate::config::Throttling;
use crate::traffic::{Chaos, Faults};
use crate::wire::Reply;

fn done(outcome: Result<(), String>) -> Reply {
    match outcome {
        Ok(()) => Reply::empty(StatusCode::NO_CONTENT),
        Err(problem) => refused(&problem),
    }
}

pub(super) async fn faults(State(app): State<Arc<App>>) -> Json<Value> {
    Json(app.world().traffic.faults.shown())
}

pub(super) async fn add_fault(State(app): State<Arc<App>>, body: Bytes) -> Reply {
    done(parsed(&body).and_then(|wanted| app.world().traffic.faults.add(wanted)))
}

/// Takes every fault back; calls that are held go on.
pub(super) async fn clear_faults(State(app): State<Arc<App>>) -> StatusCode {
    app.world().traffic.faults = Faults::default();
    StatusCode::NO_CONTENT
}

/// Which held calls go on: those under one name, or all.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Release {
    hold: Option<String>,
}

pub(super) async fn release(State(app): State<Arc<App>>, body: Bytes) -> Reply {
    match parsed::<Release>(&body) {
        Ok(wanted) => {
            let released = app.world().traffic.faults.holds.release(wanted.hold.as_deref());
            Reply::ok(json!({ "released": released }))
        }
        Err(problem) => refused(&problem),
    }
}

pub(super) async fn chaos(State(app): State<Arc<App>>) -> Json<Value> {
    let world = app.world();
    Json(match &world.traffic.chaos {
        Some(chaos) => json!({ "wanted": chaos.wanted, "struck": chaos.struck }),
        None => json!({ "wanted": null, "struck": 0 }),
    })
}

pub(super) async fn set_chaos(State(app): State<Arc<App>>, body: Bytes) -> Reply {
    done(parsed(&body).and_then(Chaos::new).map(|chaos| app.world().traffic.chaos = Some(chaos)))
}

pub(super) async fn end_chaos(State(app): State<Arc<App>>) -> StatusCode {
    app.world().traffic.chaos = None;
    StatusCode::NO_CONTENT
}

/// How calls are limited from now on, and by which region they enter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Throttle {
    on: Option<bool>,
    scale: Option<f64>,
    region: Option<String>,
}

pub(super) async fn throttle(State(app): State<Arc<App>>, body: Bytes) -> Reply {
    let wanted: Throttle = match parsed(&body) {
        Ok(wanted) => wanted,
        Err(problem) => return refused(&problem),
    };
    let mut world = app.world();
    match (wanted.on, wanted.scale) {
        (Some(false), _) => world.traffic.throttle.limit(Throttling::Off),
        (_, Some(scale)) if scale > 0.0 => world.traffic.throttle.limit(Throttling::Scaled(scale)),
        (_, Some(scale)) => return refused(&format!("'scale' is {scale}, but must be above zero")),
        (Some(true), None) => world.traffic.throttle.limit(Throttling::Azure),
        (None, None) => {}
    }
    if let Some(region) = wanted.region {
        world.traffic.throttle.region = region.to_ascii_uppercase();
    }
    Reply::empty(StatusCode::NO_CONTENT)
}

/// Every token issued so far is refused from now on.
pub(super) async fn expire_tokens(State(app): State<Arc<App>>) -> StatusCode {
    app.world().traffic.token_issue += 1;
    StatusCode::NO_CONTENT
}

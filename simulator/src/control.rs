//! The control surface under `/_simulator`, which is no part of Azure: inspection, faults, events, reset.

mod clock;
mod settings;
mod trouble;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::app::App;
use crate::estate::DeliveryKnobs;
use crate::event_grid::{self, EventGrid, Redelivery};
use crate::wire::Reply;

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/state", get(state))
        .route("/instances", get(instances))
        .route("/instances/break", post(settings::break_instance))
        .route("/backups/fail", post(settings::fail_next_backup))
        .route("/shares/files", post(settings::set_files))
        .route("/points/age", post(settings::age_point))
        .route("/points/threat", post(settings::threaten_point))
        .route("/settings", post(settings::change))
        .route("/calls", get(calls).delete(forget_calls))
        .route("/reset", post(reset))
        .route("/clock", get(clock::show).post(clock::set))
        .route("/faults", get(trouble::faults).post(trouble::add_fault).delete(trouble::clear_faults))
        .route("/faults/release", post(trouble::release))
        .route("/chaos", get(trouble::chaos).post(trouble::set_chaos).delete(trouble::end_chaos))
        .route("/throttle", post(trouble::throttle))
        .route("/tokens/expire", post(trouble::expire_tokens))
        .route("/events", get(events).post(knobs))
        .route("/events/again", post(redeliver))
        .route("/blobs", get(blobs))
}

async fn state(State(app): State<Arc<App>>) -> Json<Value> {
    let mut world = app.world();
    world.advance();
    Json(world.inspect())
}

async fn instances(State(app): State<Arc<App>>) -> Json<Value> {
    let mut world = app.world();
    world.advance();
    Json(json!({ "instances": world.instances() }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CallsQuery {
    /// Leaves out what happened before this number.
    since: Option<u64>,
}

async fn calls(State(app): State<Arc<App>>, Query(query): Query<CallsQuery>) -> Json<Value> {
    Json(app.world().traffic.journal.shown(query.since.unwrap_or(0)))
}

async fn forget_calls(State(app): State<Arc<App>>) -> StatusCode {
    app.world().traffic.journal.clear();
    StatusCode::NO_CONTENT
}

async fn reset(State(app): State<Arc<App>>) -> Reply {
    match app.reset() {
        Ok(()) => Reply::empty(StatusCode::NO_CONTENT),
        Err(error) => refused(&format!("{error:#}")),
    }
}

async fn events(State(app): State<Arc<App>>) -> Json<Value> {
    let world = app.world();
    let grid = EventGrid::of(&world);
    let published: Vec<Value> = grid.history().map(|event| event.event_grid("")).collect();
    Json(json!({ "published": published, "summary": grid.summary() }))
}

async fn redeliver(State(app): State<Arc<App>>, body: Bytes) -> Reply {
    match parsed::<Redelivery>(&body) {
        Ok(wanted) => {
            let queued = event_grid::redeliver(&mut app.world(), &wanted);
            Reply::new(StatusCode::ACCEPTED, json!({ "queued": queued }))
        }
        Err(problem) => refused(&problem),
    }
}

/// How events are delivered from now on; what is absent stays as it is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct KnobsWanted {
    copies: Option<u32>,
    /// Short for a `reorderSeconds` of half a minute, or of nothing.
    shuffle: Option<bool>,
    duplicate_probability: Option<f64>,
    reorder_seconds: Option<f64>,
    delay_seconds: Option<f64>,
}

async fn knobs(State(app): State<Arc<App>>, body: Bytes) -> Reply {
    let wanted: KnobsWanted = match parsed(&body) {
        Ok(wanted) => wanted,
        Err(problem) => return refused(&problem),
    };
    let shuffled = wanted.shuffle.map(|shuffle| if shuffle { 30.0 } else { 0.0 });
    let mut world = app.world();
    let now = EventGrid::of(&world).knobs;
    let knobs = DeliveryKnobs {
        copies: wanted.copies.unwrap_or(now.copies).max(1),
        duplicate_probability: wanted.duplicate_probability.unwrap_or(now.duplicate_probability),
        reorder_seconds: wanted.reorder_seconds.or(shuffled).unwrap_or(now.reorder_seconds),
        delay_seconds: wanted.delay_seconds.unwrap_or(now.delay_seconds),
    };
    EventGrid::of_mut(&mut world).knobs = knobs;
    Reply::ok(json!(knobs))
}

#[derive(Debug, Deserialize)]
struct BlobsQuery {
    container: String,
}

async fn blobs(State(app): State<Arc<App>>, Query(query): Query<BlobsQuery>) -> Json<Value> {
    let storage = &app.storage;
    let names = storage.blob_names(&query.container);
    let text = |name: &String| {
        storage.blob(&query.container, name).map(|blob| String::from_utf8_lossy(&blob.content).into_owned())
    };
    let blobs: BTreeMap<String, String> =
        names.into_iter().filter_map(|name| Some((name.clone(), text(&name)?))).collect();
    Json(json!(blobs))
}

fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| format!("the body does not fit: {error}"))
}

fn refused(problem: &str) -> Reply {
    Reply::new(
        StatusCode::BAD_REQUEST,
        json!({ "error": { "code": "SimulatorControl", "message": problem } }),
    )
}

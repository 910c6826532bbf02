//! The clock as the control surface shows and moves it.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{parsed, refused};
use crate::app::App;
use crate::clock::precise;
use crate::wire::Reply;

/// How the clock is to go on. Spans are seconds of Azure's time.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wanted {
    /// Whether it stands still from now on.
    frozen: Option<bool>,
    /// How far it is moved.
    advance_seconds: Option<f64>,
    /// Whether it is moved to the next instant at which something is due.
    #[serde(default)]
    advance_to_next: bool,
    /// How much the dates in the headers of ARM's answers are ahead of the clock.
    skew_seconds: Option<f64>,
}

pub(super) async fn show(State(app): State<Arc<App>>) -> Json<Value> {
    Json(shown(&app))
}

pub(super) async fn set(State(app): State<Arc<App>>, body: Bytes) -> Reply {
    let wanted: Wanted = match parsed(&body) {
        Ok(wanted) => wanted,
        Err(problem) => return refused(&problem),
    };
    if let Some(seconds) = wanted.advance_seconds.filter(|seconds| !(0.0..=1e9).contains(seconds)) {
        return refused(&format!("'advanceSeconds' is {seconds}, but the clock moves only forward"));
    }
    if let Some(frozen) = wanted.frozen {
        app.world().clock.freeze(frozen);
    }
    if let Some(seconds) = wanted.skew_seconds {
        app.world().traffic.skew_seconds = seconds;
    }
    if let Some(seconds) = wanted.advance_seconds {
        app.advance(seconds);
    }
    if wanted.advance_to_next {
        app.advance_to_next();
    }
    Reply::ok(shown(&app))
}

fn shown(app: &App) -> Value {
    let next = app.next_due();
    let world = app.world();
    json!({
        "now": precise(world.now()),
        "frozen": world.clock.is_frozen(),
        "speed": world.clock.speed(),
        "skewSeconds": world.traffic.skew_seconds,
        "next": next.map(precise),
    })
}

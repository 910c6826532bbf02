//! Every route of the handler.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::trace::TraceLayer;

use crate::rules::api as rules;
use crate::setup::Setup;
use crate::{backup, decide, jobs, protect, resource_changed, sweep};

/// An Event Grid event is at most 1 MiB; the envelope repeats it in its metadata.
const LARGEST_BODY: usize = 8 * 1024 * 1024;

/// The handler.
pub fn router(setup: Setup) -> Router {
    Router::new()
        .route("/", get(|| async { "Holdfast" }))
        .route("/ResourceChanged", post(resource_changed::resource_changed))
        .route("/Protect", post(protect::protect))
        .route("/Sweep", post(sweep::sweep))
        .route("/api/decide", get(decide::decide))
        .route("/api/what-if", get(decide::what_if))
        .route("/api/backup", post(backup::backup))
        .route("/api/jobs", get(jobs::jobs))
        .route("/api/rules", get(rules::show))
        .route("/api/rules/refresh", post(rules::refresh))
        .route("/api/rules/rollback", post(rules::rollback))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(CatchPanicLayer::new())
        .layer(TraceLayer::new_for_http().make_span_with(crate::telemetry::span))
        .with_state(setup)
}

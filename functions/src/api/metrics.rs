//! `Metrics`: what this instance counts, for Prometheus.

use axum::http::header;
use axum::response::IntoResponse;

use crate::api::refusals::Refusals;
use crate::callers::Role;
use crate::metrics;
use crate::problem::Problem;
use crate::setup::{Ready, Who};

/// The text format of Prometheus.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What the instance that answers has counted since it began, for a Prometheus beside it.
#[utoipa::path(get, path = "/api/metrics", operation_id = "getMetrics", tag = "operations",
    responses((status = 200, description = "Metrics in the text format", body = String, content_type = "text/plain"),
        Refusals))]
pub(crate) async fn show(Ready(_app): Ready, Who(caller): Who) -> Result<impl IntoResponse, Problem> {
    caller.must_be(Role::Reader)?;
    Ok(([(header::CONTENT_TYPE, TEXT)], metrics::text(metrics::numbers())))
}

//! Every route of the handler.

use std::any::Any;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{Method, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::trace::TraceLayer;

use crate::callers::Front;
use crate::problem::Problem;
use crate::setup::{Setup, front_page};
use crate::{
    api, digest, export, forwarded, notify, open_operations, protect, resource_changed, retry, sweep, ui,
    undelivered,
};

/// An Event Grid event is at most 1 MiB; the envelope repeats it in its metadata.
const LARGEST_INVOCATION: usize = 8 * 1024 * 1024;

/// The handler. The Functions host alone invokes what is not HTTP; nobody else may.
pub fn router(setup: Setup, front: Front) -> Router {
    let invoked = match front {
        Front::FunctionsHost => invoked(),
        Front::Lambda => Router::new(),
    };
    invoked
        .merge(api::router())
        .merge(ui::router())
        .fallback(nothing_there)
        .method_not_allowed_fallback(another_method)
        .layer(middleware::from_fn(as_asked))
        .layer(CatchPanicLayer::custom(panicked))
        // A failure is logged where it is known what failed.
        .layer(TraceLayer::new_for_http().make_span_with(crate::telemetry::span).on_failure(()))
        .with_state(setup)
}

/// Events, work and the timers, as the Functions host hands them over.
fn invoked() -> Router<Setup> {
    Router::new()
        .route("/", get(front_page))
        .route("/ResourceChanged", post(resource_changed::resource_changed))
        .route("/QueuedEvent", post(resource_changed::resource_changed))
        .route("/Protect", post(protect::protect))
        .route("/Sweep", post(sweep::sweep))
        .route("/SweepPage", post(sweep::sweep_page))
        .route("/Notify", post(notify::notify))
        .route("/Undelivered", post(undelivered::undelivered))
        .route("/OpenOperations", post(open_operations::open_operations))
        .route("/Retry", post(retry::retry))
        .route("/Export", post(export::export))
        .route("/Digest", post(digest::digest))
        .layer(DefaultBodyLimit::max(LARGEST_INVOCATION))
        .layer(middleware::from_fn(by_the_host))
}

/// Lets nobody in by a path that fits the route of another function, and so needs another key or none.
async fn as_asked(request: Request, next: Next) -> Response {
    if forwarded::may_be_another(request.headers()) {
        return nothing_there(request.uri().clone()).await.into_response();
    }
    next.run(request).await
}

/// Lets the host in, and nobody whose call it forwards.
async fn by_the_host(request: Request, next: Next) -> Response {
    if forwarded::is_forwarded(request.headers()) {
        return nothing_there(request.uri().clone()).await.into_response();
    }
    next.run(request).await
}

async fn nothing_there(uri: Uri) -> Problem {
    let message = format!("nothing is at `{}`; {} lists what there is", uri.path(), api::DOCUMENT_PATH);
    Problem::not_found("NotFound", message)
}

async fn another_method(method: Method, uri: Uri) -> Problem {
    let message =
        format!("`{}` does not take {method}; {} says what it takes", uri.path(), api::DOCUMENT_PATH);
    Problem::method_not_allowed(message)
}

/// The panic's own words go to the log only.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no words");
    tracing::error!(
        "a function panicked, and its input is tried again; report this with the lines before it: {text}"
    );
    Problem::internal("the function failed; the log of the function app says why").into_response()
}

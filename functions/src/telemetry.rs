//! Logs: to stdout, because the host takes every line on stderr for an error.

use axum::body::Body;
use axum::http::Request;
use holdfast_evaluator::VisibleLines;
use tracing::Span;
use tracing_subscriber::EnvFilter;

/// Starts logging, filtered by `HOLDFAST_LOG`.
pub fn start(filter: &str) {
    let parsed = EnvFilter::try_new(filter);
    let problem = parsed.as_ref().err().map(ToString::to_string);
    let parsed = parsed.unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(parsed)
        .with_ansi(false)
        .with_target(false)
        .with_writer(|| VisibleLines(std::io::stdout()))
        .init();
    if let Some(problem) = problem {
        tracing::warn!(
            "app setting HOLDFAST_LOG is `{filter}`, which is not a log filter ({problem}); `info` is used"
        );
    }
}

/// A span per invocation: the host does not tie console lines to invocations.
pub(crate) fn span(request: &Request<Body>) -> Span {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("-");
    tracing::info_span!(
        "invocation",
        id = header("x-azure-functions-invocationid"),
        path = request.uri().path()
    )
}

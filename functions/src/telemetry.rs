//! Logs, to stdout, because the host takes every line on stderr for an error; and traces and metrics by OTLP, where a
//! setting says where to.

#[cfg(feature = "otlp")]
mod otlp;
#[cfg(feature = "otlp")]
mod trace;

use axum::body::Body;
use axum::http::Request;
use holdfast_evaluator::VisibleLines;
use holdfast_protection::work::WorkItem;
use tracing::Span;
use tracing_subscriber::EnvFilter;

/// What has to be finished before the process ends.
#[must_use]
#[derive(Default)]
pub struct Telemetry {
    #[cfg(feature = "otlp")]
    exporters: Option<otlp::Exporters>,
}

impl Telemetry {
    /// Sends what is left of traces and metrics.
    pub async fn finish(self) {
        #[cfg(feature = "otlp")]
        if let Some(exporters) = self.exporters {
            // It waits for the runtime, which may have no other thread.
            let _ = tokio::task::spawn_blocking(move || exporters.finish()).await;
        }
    }
}

/// Starts logging, filtered by `HOLDFAST_LOG`, and sending where OTEL_EXPORTER_OTLP_ENDPOINT says where to.
pub fn start(filter: &str) -> Telemetry {
    let parsed = EnvFilter::try_new(filter);
    let problem = parsed.as_ref().err().map(ToString::to_string);
    let telemetry = subscribe(parsed.unwrap_or_else(|_| EnvFilter::new("info")));
    if let Some(problem) = problem {
        tracing::warn!(
            "app setting HOLDFAST_LOG is `{filter}`, which is not a log filter ({problem}); `info` is used"
        );
    }
    telemetry
}

#[cfg(feature = "otlp")]
fn subscribe(filter: EnvFilter) -> Telemetry {
    match otlp::Exporters::begin() {
        Ok(Some(exporters)) => {
            logged_and_traced(filter, &exporters);
            Telemetry { exporters: Some(exporters) }
        }
        Ok(None) => {
            logged(filter);
            Telemetry::default()
        }
        Err(error) => {
            logged(filter);
            tracing::error!("no traces and no metrics are sent: {error:#}");
            Telemetry::default()
        }
    }
}

#[cfg(not(feature = "otlp"))]
fn subscribe(filter: EnvFilter) -> Telemetry {
    logged(filter);
    Telemetry::default()
}

fn logged(filter: EnvFilter) {
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_target(false)
        .with_writer(|| VisibleLines(std::io::stdout()))
        .init();
}

/// Spans of ours alone are sent: those of the HTTP client that sends them would be sent in turn.
#[cfg(feature = "otlp")]
fn logged_and_traced(filter: EnvFilter, exporters: &otlp::Exporters) {
    use tracing_subscriber::Layer as _;
    use tracing_subscriber::filter::{LevelFilter, Targets};
    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::util::SubscriberInitExt as _;

    let logs = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_target(false)
        .with_writer(|| VisibleLines(std::io::stdout()))
        .with_filter(filter);
    let traces = tracing_opentelemetry::layer()
        .with_tracer(exporters.tracer())
        .with_filter(Targets::new().with_target("holdfast", LevelFilter::DEBUG));
    tracing_subscriber::registry().with(logs).with(traces).init();
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

/// The span of a pass, in the trace of whatever made the work.
pub(crate) fn pass(item: &WorkItem) -> Span {
    let span = tracing::debug_span!("pass", resource = %item.resource, passes = item.passes);
    #[cfg(feature = "otlp")]
    trace::continue_in(&span, item.trace.as_deref());
    span
}

/// The trace of a span, as messages carry it; none where no traces are made.
pub(crate) fn trace(span: &Span) -> Option<String> {
    #[cfg(feature = "otlp")]
    return trace::of(span);
    #[cfg(not(feature = "otlp"))]
    {
        let _ = span;
        None
    }
}

//! Logs, to stdout, because the host takes every line on stderr for an error; and traces and metrics by OTLP, where a
//! setting says where to.

mod json;
#[cfg(feature = "otlp")]
mod otlp;
#[cfg(feature = "otlp")]
mod trace;

use axum::body::Body;
use axum::http::Request;
use holdfast_evaluator::VisibleLines;
use holdfast_protection::work::WorkItem;
use tracing::{Span, Subscriber};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer};

/// How a line of the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// A JSON object.
    Json,
}

impl Format {
    /// What the app setting HOLDFAST_LOG_FORMAT says, if it is one of the two.
    pub fn read(setting: &str) -> Option<Self> {
        match setting {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// What libraries say of calls that we log ourselves, unless the setting asks for it.
const LIBRARIES: &str = "azure_core=warn,azure_identity=warn,typespec_client_core=warn";

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
pub fn start(filter: &str, format: Format) -> Telemetry {
    let parsed = EnvFilter::try_new(format!("{LIBRARIES},{filter}"));
    let problem = parsed.as_ref().err().map(ToString::to_string);
    let telemetry = subscribe(parsed.unwrap_or_else(|_| EnvFilter::new("info")), format);
    if let Some(problem) = problem {
        tracing::warn!(
            "app setting HOLDFAST_LOG is `{filter}`, which is not a log filter ({problem}); `info` is used"
        );
    }
    telemetry
}

#[cfg(feature = "otlp")]
fn subscribe(filter: EnvFilter, format: Format) -> Telemetry {
    match otlp::Exporters::begin() {
        Ok(exporters) => {
            logged(filter, format, exporters.as_ref());
            Telemetry { exporters }
        }
        Err(error) => {
            logged(filter, format, None);
            tracing::error!(
                "no traces and no metrics are sent; correct the settings that begin with OTEL_EXPORTER_OTLP: {error:#}"
            );
            Telemetry::default()
        }
    }
}

#[cfg(not(feature = "otlp"))]
fn subscribe(filter: EnvFilter, format: Format) -> Telemetry {
    tracing_subscriber::registry().with(lines(format).with_filter(filter)).init();
    Telemetry::default()
}

/// Spans of ours alone are sent: those of the HTTP client that sends them would be sent in turn.
#[cfg(feature = "otlp")]
fn logged(filter: EnvFilter, format: Format, exporters: Option<&otlp::Exporters>) {
    use tracing_subscriber::filter::{LevelFilter, Targets};

    let traces = exporters.map(|exporters| {
        tracing_opentelemetry::layer()
            .with_tracer(exporters.tracer())
            .with_filter(Targets::new().with_target("holdfast", LevelFilter::DEBUG))
    });
    tracing_subscriber::registry().with(lines(format).with_filter(filter)).with(traces).init();
}

fn lines<S>(format: Format) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_target(false);
    match format {
        Format::Text => layer.with_writer(|| VisibleLines(std::io::stdout())).boxed(),
        Format::Json => {
            layer.fmt_fields(json::Fields).event_format(json::Lines).with_writer(std::io::stdout).boxed()
        }
    }
}

/// A span per invocation: the host does not tie console lines to invocations.
pub(crate) fn span(request: &Request<Body>) -> Span {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("-");
    tracing::info_span!(
        "invocation",
        id = header("x-azure-functions-invocationid"),
        trace = header("traceparent"),
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

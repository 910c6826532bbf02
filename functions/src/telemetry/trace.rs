//! The trace that a work item belongs to, as messages carry it: the `traceparent` of W3C Trace Context.

use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use std::collections::HashMap;

const HEADER: &str = "traceparent";

/// The trace of a span; none where no traces are made.
pub(crate) fn of(span: &Span) -> Option<String> {
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&span.context(), &mut carrier);
    carrier.remove(HEADER)
}

/// Has a span that has not begun continue a trace. What is not one is passed over.
pub(crate) fn continue_in(span: &Span, trace: Option<&str>) {
    let Some(trace) = trace else { return };
    let carrier = HashMap::from([(HEADER.to_owned(), trace.to_owned())]);
    // Without traces, there is nothing to continue it in.
    let _ = span.set_parent(TraceContextPropagator::new().extract(&carrier));
}

//! Traces and metrics by OTLP over HTTP, where `OTEL_EXPORTER_OTLP_ENDPOINT` is set.
//!
//! The exporters have threads of their own. They send over the runtime of the handler, with its connections and the
//! certificates that it trusts.

use std::fmt;

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{AsyncInstrument, Meter, MeterProvider as _};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{
    MetricExporter, Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tokio::runtime::Handle;

use crate::metrics::{self, Behaviour, Metric};

/// The setting that turns it on (specification of the OTLP exporter).
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
/// The setting that names the service instead of us.
const SERVICE: &str = "OTEL_SERVICE_NAME";
const NAME: &str = "holdfast";

/// What sends traces and metrics.
pub(super) struct Exporters {
    traces: SdkTracerProvider,
    metrics: SdkMeterProvider,
}

impl Exporters {
    /// Begins to send, if a setting says where to.
    pub(super) fn begin() -> Result<Option<Self>> {
        if std::env::var(ENDPOINT).unwrap_or_default().is_empty() {
            return Ok(None);
        }
        let client = OnRuntime { client: holdfast_azure::web::client()?, runtime: Handle::current() };
        let spans = SpanExporter::builder()
            .with_http()
            .with_http_client(client.clone())
            .with_protocol(Protocol::HttpBinary)
            .build()
            .with_context(|| format!("app setting {ENDPOINT}"))?;
        let numbers = MetricExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_protocol(Protocol::HttpBinary)
            .build()
            .with_context(|| format!("app setting {ENDPOINT}"))?;
        let traces =
            SdkTracerProvider::builder().with_batch_exporter(spans).with_resource(resource()).build();
        let metrics =
            SdkMeterProvider::builder().with_periodic_exporter(numbers).with_resource(resource()).build();
        observe(&metrics.meter(NAME));
        Ok(Some(Self { traces, metrics }))
    }

    /// What makes spans.
    pub(super) fn tracer(&self) -> SdkTracer {
        self.traces.tracer(NAME)
    }

    /// Sends what is left. It waits, so it may not be called on a thread of the runtime.
    pub(super) fn finish(&self) {
        for ended in [self.traces.shutdown(), self.metrics.shutdown()] {
            if let Err(error) = ended {
                tracing::warn!(%error, "the last traces or metrics could not be sent and are lost; see that OTEL_EXPORTER_OTLP_ENDPOINT can be reached");
            }
        }
    }
}

fn resource() -> Resource {
    let builder = Resource::builder();
    match std::env::var_os(SERVICE) {
        Some(_) => builder.build(),
        None => builder.with_service_name(NAME).build(),
    }
}

/// Has every metric read when the exporter wants its numbers.
fn observe(meter: &Meter) {
    for metric in Metric::ALL {
        let about = metric.description();
        let read = move |instrument: &dyn AsyncInstrument<f64>| {
            for (labels, number) in metrics::numbers().of(metric) {
                let attributes: Vec<KeyValue> = about
                    .labels
                    .iter()
                    .zip(labels)
                    .map(|(name, value)| KeyValue::new(*name, value))
                    .collect();
                instrument.observe(number, &attributes);
            }
        };
        match about.behaviour {
            Behaviour::Counter => drop(
                meter
                    .f64_observable_counter(about.name)
                    .with_unit(about.unit)
                    .with_description(about.meaning)
                    .with_callback(read)
                    .build(),
            ),
            Behaviour::Gauge => drop(
                meter
                    .f64_observable_gauge(about.name)
                    .with_unit(about.unit)
                    .with_description(about.meaning)
                    .with_callback(read)
                    .build(),
            ),
        }
    }
}

/// Sends from any thread over the runtime: an exporter's own thread has none.
#[derive(Clone)]
struct OnRuntime {
    client: reqwest::Client,
    runtime: Handle,
}

impl fmt::Debug for OnRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnRuntime")
    }
}

#[async_trait]
impl HttpClient for OnRuntime {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (client, request) = (self.client.clone(), reqwest::Request::try_from(request)?);
        let sent = self.runtime.spawn(async move {
            let answer: reqwest::Response = client.execute(request).await?;
            let (status, body) = (answer.status(), answer.bytes().await?);
            Ok::<_, reqwest::Error>((status, body))
        });
        let (status, body) = sent.await??;
        Ok(Response::builder().status(status).body(body)?)
    }
}

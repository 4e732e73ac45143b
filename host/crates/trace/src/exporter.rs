use opentelemetry::{KeyValue, trace::TracerProvider as _};
use opentelemetry_otlp::{ExporterBuildError, Protocol, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkError,
    trace::{BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracer, SdkTracerProvider},
};
use std::{sync::OnceLock, time::Duration};

/// Spans that wait to be sent; beyond it they are dropped.
const QUEUE: usize = 8192;
/// Spans of one request, and how long the first of them waits.
const BATCH: usize = 512;
const EVERY: Duration = Duration::from_secs(1);
/// The longest that one request to the collector takes.
const SEND_WITHIN: Duration = Duration::from_secs(5);
/// The longest that a node that stops waits for its last spans.
const STOP_WITHIN: Duration = Duration::from_secs(2);

/// One per process, like the recorder of `metrics`: whoever begins a span has not been handed a tracer through ten layers.
static TRACER: OnceLock<SdkTracer> = OnceLock::new();

pub(crate) fn tracer() -> Option<&'static SdkTracer> {
    TRACER.get()
}

/// Why no traces are sent.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("no exporter for this address")]
    Exporter(#[from] ExporterBuildError),
    #[error("traces are exported already")]
    Twice,
}

/// Sends spans to a collector until it is stopped.
#[derive(Debug)]
pub struct Exporter(SdkTracerProvider);

impl Exporter {
    /// To the collector at `url` (`http://HOST:PORT`, where `/v1/traces` is), of each message with the chance `ratio` from 0 to 1.
    /// `node` is how this process is called. Never waits for the collector.
    pub fn start(url: &str, ratio: f64, node: [(&'static str, String); 2]) -> Result<Self, StartError> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", url.trim_end_matches('/')))
            .with_timeout(SEND_WITHIN)
            .build()?;
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE)
            .with_max_export_batch_size(BATCH)
            .with_scheduled_delay(EVERY);
        let resource = Resource::builder_empty()
            .with_service_name("weft")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .with_attributes(node.map(|(key, value)| KeyValue::new(key, value)));
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(ratio))))
            .with_span_processor(BatchSpanProcessor::builder(exporter).with_batch_config(batches.build()).build())
            .with_resource(resource.build())
            .build();
        TRACER.set(provider.tracer("weft")).map_err(|_| StartError::Twice)?;
        Ok(Self(provider))
    }

    /// Sends what waits. Blocks for at most two seconds; spans that begin later are lost.
    pub fn stop(&self) -> Result<(), OTelSdkError> {
        self.0.shutdown_with_timeout(STOP_WITHIN)
    }
}

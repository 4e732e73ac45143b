//! An OpenTelemetry collector that keeps what it gets: OTLP over HTTP, in protobuf.

use axum::{Router, body::Bytes, extract::State, http::StatusCode, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse},
    common::v1::{KeyValue, any_value::Value},
};
use parking_lot::Mutex;
use prost::Message;
use std::{fmt::Write as _, sync::Arc};
use tokio::{net::TcpListener, task::JoinHandle};

/// A span as it came.
#[derive(Clone, Debug)]
pub struct Span {
    /// Which process it is from.
    pub node: String,
    pub name: String,
    pub trace: String,
    pub id: String,
    /// The span that it goes on from; empty for the first.
    pub parent: String,
    pub attributes: Vec<(String, String)>,
}

type Kept = Arc<Mutex<Vec<Span>>>;

/// Listens until it is dropped.
pub struct Collector {
    pub url: String,
    kept: Kept,
    task: JoinHandle<()>,
}

impl Collector {
    pub async fn start() -> Self {
        let kept = Kept::default();
        let router = Router::new().route("/v1/traces", post(keep)).with_state(kept.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, kept, task }
    }

    /// All spans so far.
    pub fn spans(&self) -> Vec<Span> {
        self.kept.lock().clone()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Span {
    pub fn attribute(&self, key: &str) -> Option<&str> {
        self.attributes.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str())
    }
}

async fn keep(State(kept): State<Kept>, body: Bytes) -> (StatusCode, Vec<u8>) {
    let Ok(request) = ExportTraceServiceRequest::decode(body) else {
        return (StatusCode::BAD_REQUEST, Vec::new());
    };
    for resource in request.resource_spans {
        let of_process = resource.resource.map_or_else(Vec::new, |resource| texts(resource.attributes));
        let node =
            of_process.into_iter().find(|(key, _)| key == "host.name").map_or_else(String::new, |(_, name)| name);
        let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans).map(|span| Span {
            node: node.clone(),
            name: span.name,
            trace: hex(&span.trace_id),
            id: hex(&span.span_id),
            parent: hex(&span.parent_span_id),
            attributes: texts(span.attributes),
        });
        kept.lock().extend(spans);
    }
    (StatusCode::OK, ExportTraceServiceResponse::default().encode_to_vec())
}

fn texts(attributes: Vec<KeyValue>) -> Vec<(String, String)> {
    let text = |attribute: KeyValue| match attribute.value?.value? {
        Value::StringValue(text) => Some((attribute.key, text)),
        _ => None,
    };
    attributes.into_iter().filter_map(text).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

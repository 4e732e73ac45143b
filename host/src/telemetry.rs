//! Logs, metrics and traces of the process. Set once.

use crate::config::{Log, LogFormat, Otlp};
use anyhow::Context;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use model::NodeId;
use secrecy::ExposeSecret;
use trace::Exporter;
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Writes log lines to standard error: standard output is for answers.
pub fn logs(log: &Log) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&log.filter)?;
    let registry = tracing_subscriber::registry().with(filter);
    match log.format {
        LogFormat::Human => registry.with(fmt::layer().with_writer(std::io::stderr).with_target(false)).try_init()?,
        LogFormat::Json => {
            let json = fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
            registry.with(json.with_writer(std::io::stderr)).try_init()?;
        }
    }
    Ok(())
}

/// The recorder behind `/actuator/metrics` and `/actuator/prometheus`.
pub fn metrics() -> anyhow::Result<PrometheusHandle> {
    Ok(PrometheusBuilder::new().install_recorder()?)
}

/// Traces, when there is a collector to send them to. The exporter has a thread and a client of its own.
pub fn traces(otlp: &Otlp, name: &str, id: NodeId) -> anyhow::Result<Option<Exporter>> {
    let url = otlp.url.expose_secret();
    if url.is_empty() {
        return Ok(None);
    }
    let node = [("host.name", name.to_owned()), ("service.instance.id", id.to_string())];
    Exporter::start(url, otlp.ratio, node).map(Some).context("no traces can be sent [telemetry.otlp]")
}

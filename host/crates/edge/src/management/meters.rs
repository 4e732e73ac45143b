//! What the node counts: as Prometheus reads it, and one by one.

use crate::{edge::App, extract::Path, problem::Problem};
use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use model::Refusal;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Measurement {
    labels: BTreeMap<String, String>,
    value: f64,
}

pub(crate) async fn prometheus(State(app): State<App>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], rendered(&app)).into_response()
}

pub(crate) async fn names(State(app): State<App>) -> Json<serde_json::Value> {
    let text = rendered(&app);
    let names: BTreeSet<_> = text.lines().filter_map(|line| parse(line).map(|(name, _)| name)).collect();
    Json(serde_json::json!({ "names": names }))
}

pub(crate) async fn one(State(app): State<App>, Path(name): Path<String>) -> Result<Json<serde_json::Value>, Problem> {
    let text = rendered(&app);
    let of_name = text.lines().filter_map(parse).filter(|(found, _)| *found == name);
    let measurements: Vec<_> = of_name.map(|(_, measurement)| measurement).collect();
    if measurements.is_empty() {
        return Err(Refusal::not_found("metric").into());
    }
    Ok(Json(serde_json::json!({ "name": name, "measurements": measurements })))
}

fn rendered(app: &App) -> String {
    app.parts.metrics.as_ref().map(metrics_exporter_prometheus::PrometheusHandle::render).unwrap_or_default()
}

/// `name{label="value"} 1` as name and measurement.
fn parse(line: &str) -> Option<(&str, Measurement)> {
    if line.starts_with('#') {
        return None;
    }
    let (head, value) = line.rsplit_once(' ')?;
    let (name, labels) = head.split_once('{').unwrap_or((head, ""));
    let labels = labels.trim_end_matches('}').split("\",").filter_map(|label| {
        let (key, value) = label.split_once("=\"")?;
        Some((key.to_owned(), value.trim_end_matches('"').to_owned()))
    });
    Some((name, Measurement { labels: labels.collect(), value: value.parse().ok()? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_measurements() {
        let (name, found) = parse(r#"weft_commands_total{type="send",done="yes"} 12"#).unwrap();
        assert_eq!(
            (name, found.value, found.labels["type"].as_str(), found.labels.len()),
            ("weft_commands_total", 12.0, "send", 2)
        );
        assert_eq!(parse("weft_sockets 3").unwrap().1, Measurement { labels: BTreeMap::new(), value: 3.0 });
        assert!(parse("# TYPE weft_sockets gauge").is_none());
    }
}

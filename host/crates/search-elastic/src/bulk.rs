//! Writes in bounded batches. Each document of a batch has an answer of its own: taken, later, or never.

use crate::{ElasticConfig, ElasticError, document::Document, error::passes, index::Index, link::Link};
use elasticsearch::http::Method;
use rand::Rng;
use serde::Deserialize;
use std::time::Duration;

/// How often a batch is offered, and the pauses between: doubled each time, the half of it by chance.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(100);
/// Refused entries that are named in the log, for each batch.
const NAMED: usize = 3;

#[derive(Deserialize)]
struct Answer {
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    index: Outcome,
}

#[derive(Deserialize)]
struct Outcome {
    status: u16,
    error: Option<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "type")]
    name: String,
}

enum Fate {
    Taken,
    Later,
    Never,
}

/// Returns when all documents are taken, those aside that the server will never take: they are reported, so that one of them does not
/// hold up the others for ever.
pub(crate) async fn write(
    link: &Link,
    index: &Index,
    config: &ElasticConfig,
    documents: Vec<Document>,
) -> Result<(), ElasticError> {
    let mut batch = Vec::new();
    let mut bytes = 0;
    for document in documents {
        let full = batch.len() >= config.batch_entries || bytes + document.lines.len() > config.batch_bytes;
        if full && !batch.is_empty() {
            write_batch(link, index, config.refresh, std::mem::take(&mut batch)).await?;
            bytes = 0;
        }
        bytes += document.lines.len();
        batch.push(document);
    }
    write_batch(link, index, config.refresh, batch).await
}

async fn write_batch(link: &Link, index: &Index, refresh: bool, mut batch: Vec<Document>) -> Result<(), ElasticError> {
    let mut last = ElasticError::Late;
    for attempt in 0..TRIES {
        if batch.is_empty() {
            return Ok(());
        }
        if attempt > 0 {
            tokio::time::sleep(pause(attempt)).await;
        }
        match offer(link, index, refresh, &mut batch).await {
            Ok(None) => return Ok(()),
            Ok(Some((status, kind))) => {
                last = ElasticError::Busy { waiting: batch.len(), tries: attempt + 1, status, kind };
            }
            Err(error @ ElasticError::Status { .. }) if error.is_transient() || error.is_missing() => last = error,
            Err(error) => return Err(error),
        }
    }
    link.gauge.failed(&last);
    Err(last)
}

/// Offers what is left of a batch and keeps of it what is to be offered again; with the last answer that said so.
async fn offer(
    link: &Link,
    index: &Index,
    refresh: bool,
    batch: &mut Vec<Document>,
) -> Result<Option<(u16, String)>, ElasticError> {
    index.ensure(link).await?;
    // With `require_alias`, a server that came back empty refuses instead of making an index without our mapping.
    let path = format!(
        "{}/_bulk?require_alias=true&refresh={refresh}&filter_path=items.*.status,items.*.error.type",
        index.alias
    );
    let body: String = batch.iter().map(|document| document.lines.as_str()).collect();
    let answer: Answer = serde_json::from_value(link.ask(Method::Post, &path, Some(body.into())).await?)?;
    if answer.items.len() != batch.len() {
        return Err(ElasticError::Missing("outcome for each entry"));
    }
    let mut later = None;
    let mut refused = Vec::new();
    let mut outcomes = answer.items.into_iter().map(|item| item.index);
    batch.retain(|document| {
        let Some(Outcome { status, error }) = outcomes.next() else { return true };
        let kind = error.map(|kind| kind.name).unwrap_or_default();
        match fate(status, &kind) {
            Fate::Taken => false,
            Fate::Later => {
                later = Some((status, kind));
                true
            }
            Fate::Never => {
                refused.push((document.id.clone(), kind));
                false
            }
        }
    });
    if matches!(later, Some((404, _))) {
        index.lost().await;
    }
    if !refused.is_empty() {
        link.gauge.refused(refused.len());
        let named = &refused[..refused.len().min(NAMED)];
        tracing::error!(count = refused.len(), ?named, "entries that Elasticsearch will never take are not searchable");
    }
    Ok(later)
}

fn fate(status: u16, kind: &str) -> Fate {
    match status {
        // A conflict: what is there is newer.
        200..300 | 409 => Fate::Taken,
        404 => Fate::Later,
        _ if passes(status, kind) => Fate::Later,
        _ => Fate::Never,
    }
}

fn pause(attempt: u32) -> Duration {
    let whole = PAUSE * 2u32.saturating_pow(attempt.saturating_sub(1));
    whole.mul_f64(rand::rng().random_range(0.5..1.0))
}

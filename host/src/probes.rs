//! What the management port says of the servers that the nodes share.

use async_trait::async_trait;
use bus_artemis::Artemis;
use edge::{Component, Probe};
use presence_redis::RedisDirectory;
use search_elastic::ElasticSearch;
use serde_json::json;
use std::sync::Arc;

/// The broker as this node sees it, and its queues as it says itself.
pub struct BrokerProbe(pub Arc<Artemis>);

#[async_trait]
impl Probe for BrokerProbe {
    async fn probe(&self) -> Component {
        let figures = self.0.figures();
        let mut details = json!({
            "connected": figures.connected, "url": figures.url, "reconnects": figures.reconnects,
            "in_flight": figures.in_flight, "sent": figures.sent, "refused": figures.refused, "resent": figures.resent,
            "received": figures.received, "overflowed": figures.overflowed,
            "jobs": { "held": figures.held, "consumers": figures.consumers, "done": figures.done,
                "again": figures.again, "dead": figures.dead },
        });
        if !figures.connected {
            details["error"] = "not connected: entries of other nodes come by the sweep".into();
            return Component::down(details);
        }
        match self.0.broker().await {
            Ok(queues) => {
                let queue = |q: &bus_artemis::QueueFigures| {
                    json!({ "address": q.address, "queue": q.queue, "depth": q.depth, "consumers": q.consumers,
                        "delivering": q.delivering, "scheduled": q.scheduled, "dead_lettered": q.dead })
                };
                details["queues"] = queues.iter().map(queue).collect();
                Component::up(details)
            }
            Err(error) => {
                details["error"] = error.to_string().into();
                Component::degraded(details)
            }
        }
    }
}

/// Redis as this node sees it.
pub struct DirectoryProbe(pub Arc<RedisDirectory>);

#[async_trait]
impl Probe for DirectoryProbe {
    async fn probe(&self) -> Component {
        let figures = self.0.figures();
        let details = json!({
            "connected": figures.connected, "ping_us": figures.latency.map(|l| l.as_micros() as u64),
            "errors": figures.errors, "connections": figures.connections,
        });
        if figures.connected { Component::up(details) } else { Component::down(details) }
    }
}

/// Elasticsearch as the last call found it.
pub struct SearchProbe(pub Arc<ElasticSearch>);

#[async_trait]
impl Probe for SearchProbe {
    async fn probe(&self) -> Component {
        let figures = self.0.figures();
        let details =
            json!({ "reachable": figures.reachable, "error": figures.last_error, "refused": figures.refused });
        match figures.reachable {
            Some(false) => Component::down(details),
            Some(true) | None => Component::up(details),
        }
    }
}

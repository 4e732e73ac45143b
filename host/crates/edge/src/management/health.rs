//! Is the node well, and may it be sent clients?

use crate::edge::{App, Edge};
use async_trait::async_trait;
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use futures_util::future::join_all;
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc, sync::atomic::Ordering, time::Duration};

/// A component that does not answer within this is down.
const PROBE: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    Up,
    /// Works, but slower or with less than it should.
    Degraded,
    Down,
}

#[derive(Clone, Debug, Serialize)]
pub struct Component {
    pub status: Status,
    pub details: serde_json::Value,
}

impl Component {
    pub const fn up(details: serde_json::Value) -> Self {
        Self { status: Status::Up, details }
    }
    pub const fn degraded(details: serde_json::Value) -> Self {
        Self { status: Status::Degraded, details }
    }
    pub const fn down(details: serde_json::Value) -> Self {
        Self { status: Status::Down, details }
    }
}

/// Looks at one component. Quick, and changes nothing.
#[async_trait]
pub trait Probe: Send + Sync {
    async fn probe(&self) -> Component;
}

/// The component that a node cannot do without.
const STORE: &str = "store";

/// Named components besides those that the edge knows, or in the place of one: what looks at a broker says more of it than the
/// edge's `bus`, which asks only whether it is connected.
#[derive(Clone, Default)]
pub struct Health(BTreeMap<&'static str, Arc<dyn Probe>>);

impl Health {
    #[must_use]
    pub fn with(mut self, name: &'static str, probe: Arc<dyn Probe>) -> Self {
        self.0.insert(name, probe);
        self
    }
}

/// Without the store there is no chat; without anything else there is, only slower or with less.
pub(crate) async fn health(State(app): State<App>) -> Response {
    let components = app.components().await;
    let status = overall(&components);
    answer(status, serde_json::json!({ "status": status, "components": components }))
}

fn overall(components: &BTreeMap<&'static str, Component>) -> Status {
    let worst = |(name, component): (&&str, &Component)| match component.status {
        Status::Down if *name != STORE => Status::Degraded,
        status => status,
    };
    components.iter().map(worst).max().unwrap_or(Status::Up)
}

/// The process answers: nothing else is asked, so that a store that is away does not restart every node.
pub(crate) async fn liveness() -> Response {
    answer(Status::Up, serde_json::json!({ "status": Status::Up }))
}

/// Started, not draining, and the store answers.
pub(crate) async fn readiness(State(app): State<App>) -> Response {
    let ready = app.ready.load(Ordering::Acquire) && !app.draining.is_cancelled();
    let up = ready && app.store().await.status == Status::Up;
    let status = if up { Status::Up } else { Status::Down };
    answer(status, serde_json::json!({ "status": status }))
}

fn answer(status: Status, body: serde_json::Value) -> Response {
    let code = if status == Status::Down { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    (code, Json(body)).into_response()
}

impl Edge {
    async fn components(&self) -> BTreeMap<&'static str, Component> {
        let mut all = BTreeMap::from([
            (STORE, self.store().await),
            ("bus", self.bus()),
            ("sessions", self.sessions()),
            ("plugins", self.plugins()),
        ]);
        let probes = self.parts.health.0.iter().map(|(name, probe)| async move {
            let found = tokio::time::timeout(PROBE, probe.probe()).await;
            (*name, found.unwrap_or_else(|_| Component::down(serde_json::json!({ "error": "no answer" }))))
        });
        all.extend(join_all(probes).await);
        all
    }

    async fn store(&self) -> Component {
        let started = self.parts.clock.now();
        match tokio::time::timeout(PROBE, self.parts.store.info()).await {
            Ok(Ok(info)) => {
                let ms = self.parts.clock.now().since(started).as_millis() as u64;
                Component::up(serde_json::json!({ "kind": info.kind, "epoch": info.epoch, "ms": ms }))
            }
            Ok(Err(error)) => Component::down(serde_json::json!({ "error": error.to_string() })),
            Err(_) => Component::down(serde_json::json!({ "error": "no answer" })),
        }
    }

    fn bus(&self) -> Component {
        if self.parts.bus.connected() {
            Component::up(serde_json::json!({}))
        } else {
            Component::degraded(
                serde_json::json!({ "error": "not connected: entries of other nodes come by the sweep" }),
            )
        }
    }

    /// A set that cannot run here is fenced: its tenants are served by the rungs below.
    fn plugins(&self) -> Component {
        let fenced = self.parts.rollout.fenced().into_iter().map(|(tenant, why)| (tenant.to_string(), why));
        let fenced: BTreeMap<_, _> = fenced.collect();
        if fenced.is_empty() {
            Component::up(serde_json::json!({}))
        } else {
            Component::degraded(serde_json::json!({ "fenced": fenced }))
        }
    }

    fn sessions(&self) -> Component {
        Component::up(serde_json::json!({
            "sessions": self.parts.sessions.hub().len(),
            "sockets": self.sockets.len(),
            "draining": self.draining.is_cancelled(),
        }))
    }
}

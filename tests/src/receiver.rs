//! The other side of a webhook: keeps what it gets and answers as a test wants.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use parking_lot::Mutex;
use serde_json::Value;
use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;

/// One request.
#[derive(Clone, Debug)]
pub struct Hook {
    /// `webhook-id`
    pub id: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// How it was answered.
    pub status: StatusCode,
}

impl Hook {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {:?}", self.body))
    }
}

#[derive(Clone)]
pub struct Receiver {
    address: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    status: Mutex<StatusCode>,
    hooks: Mutex<Vec<Hook>>,
}

impl Receiver {
    pub async fn start() -> Self {
        let inner = Arc::new(Inner { status: Mutex::new(StatusCode::OK), hooks: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(take).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, inner }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// From now on.
    pub fn answers(&self, status: StatusCode) {
        *self.inner.status.lock() = status;
    }

    /// All requests so far, in order.
    pub fn hooks(&self) -> Vec<Hook> {
        self.inner.hooks.lock().clone()
    }

    /// Those that were taken, by id: the first of each, as a receiver that de-duplicates has them.
    pub fn distinct(&self) -> BTreeMap<String, Hook> {
        let mut distinct = BTreeMap::new();
        for hook in self.inner.hooks.lock().iter().filter(|hook| hook.status.is_success()) {
            distinct.entry(hook.id.clone()).or_insert_with(|| hook.clone());
        }
        distinct
    }
}

async fn take(State(inner): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let status = *inner.status.lock();
    let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    inner.hooks.lock().push(Hook { id, headers, body, status });
    status
}

//! The edge: its parts and its routers.

use crate::{Config, Health, docs, live_tokens::LiveTokens, management, pace::Paces, pages, request, rest, socket};
use axum::{Router, middleware};
use conversation::Conversations;
use delivery::Delivery;
use metrics_exporter_prometheus::PrometheusHandle;
use model::{Clock, IdSource};
use notification::Notifications;
use ports::{Blobs, Bus, Directory, Search, Store};
use rollout::Rollout;
use session::{RestSessions, Sessions};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tenancy::Tenancy;
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower_http::catch_panic::CatchPanicLayer;

/// What the edge is made of.
pub struct Parts {
    pub conversations: Arc<Conversations>,
    pub sessions: Arc<Sessions>,
    pub delivery: Arc<Delivery>,
    pub rollout: Arc<Rollout>,
    pub notifications: Arc<Notifications>,
    pub tenancy: Arc<Tenancy>,
    pub store: Arc<dyn Store>,
    pub bus: Arc<dyn Bus>,
    pub directory: Arc<dyn Directory>,
    pub search: Arc<dyn Search>,
    pub blobs: Arc<dyn Blobs>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn IdSource>,
    pub config: Config,
    /// Components of `/actuator/health` besides the edge's own (store, bus, sessions).
    pub health: Health,
    /// `None`: no recorder is installed, `/actuator/metrics` and `/actuator/prometheus` are empty.
    pub metrics: Option<PrometheusHandle>,
}

/// Files and components that are received at once: each is held in memory.
const UPLOADS: usize = 8;

/// Everything HTTP of a node.
pub struct Edge {
    pub(crate) parts: Parts,
    pub(crate) rest_sessions: Arc<RestSessions>,
    /// Requests of callers and of addresses.
    pub(crate) paces: Paces,
    /// What sockets and streams of agents were opened with.
    pub(crate) tokens: Arc<LiveTokens>,
    pub(crate) lag: Arc<management::Lag>,
    /// Places for sockets that have not said hello.
    pub(crate) silent: Arc<Semaphore>,
    /// Turns to hold a whole file in memory.
    pub(crate) uploads: Semaphore,
    /// Cancelled when the node drains: every socket says goodbye.
    pub(crate) draining: CancellationToken,
    /// Holds a token for each live socket.
    pub(crate) sockets: TaskTracker,
    pub(crate) ready: AtomicBool,
    /// Whether the demo's shops and its sign-in page are shown.
    pub(crate) demo: AtomicBool,
}

pub(crate) type App = Arc<Edge>;

impl Edge {
    pub fn new(parts: Parts) -> Arc<Self> {
        let rest_sessions = RestSessions::new(parts.sessions.clone(), parts.clock.clone());
        let sockets = TaskTracker::new();
        sockets.close();
        Arc::new(Self {
            rest_sessions,
            paces: Paces::new(parts.config.requests_per_second, parts.config.request_burst),
            tokens: Arc::default(),
            lag: Arc::default(),
            silent: Arc::new(Semaphore::new(parts.config.silent_sockets)),
            uploads: Semaphore::new(UPLOADS),
            draining: CancellationToken::new(),
            sockets,
            ready: AtomicBool::new(false),
            demo: AtomicBool::new(false),
            parts,
        })
    }

    /// Starts the tasks; they end when `stop` is cancelled.
    pub fn run(self: &Arc<Self>, tasks: &TaskTracker, stop: CancellationToken) {
        tasks.spawn(stop.clone().run_until_cancelled_owned(self.clone().end_access()));
        let (lag, ends) = (self.lag.clone(), stop.clone());
        tasks.spawn(async move { ends.run_until_cancelled(lag.measure()).await });
        self.rest_sessions.run(tasks, stop);
    }

    /// From now on (or no more) a load balancer may send clients here.
    pub fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Release);
    }

    /// From now on `/` and `/demo/` show the demo. Without it `/` leads to the console.
    pub fn show_demo(&self) {
        self.demo.store(true, Ordering::Release);
    }

    /// REST, pages and the socket: all that a small site needs on one port.
    pub fn rest_router(self: &Arc<Self>) -> Router {
        let (resources, openapi) = rest::router();
        let v1 = resources.merge(socket::router()).method_not_allowed_fallback(request::no_such_method);
        let v1 = v1.layer(request::cors());
        let all = v1.merge(docs::router(openapi)).merge(pages::router());
        self.finish(all)
    }

    /// The socket alone.
    pub fn socket_router(self: &Arc<Self>) -> Router {
        self.finish(socket::router())
    }

    /// `/actuator/…`.
    pub fn management_router(self: &Arc<Self>) -> Router {
        let guarded = management::router().layer(middleware::from_fn_with_state(self.clone(), management::guard));
        self.finish(guarded)
    }

    fn finish(self: &Arc<Self>, router: Router<App>) -> Router {
        router
            .fallback(request::no_such_path)
            .method_not_allowed_fallback(request::no_such_method)
            .layer(CatchPanicLayer::custom(request::panicked))
            .layer(middleware::from_fn_with_state(self.clone(), request::around))
            .with_state(self.clone())
    }
}

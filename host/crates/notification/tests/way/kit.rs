//! A node's notification service on SQLite, a receiver that answers as a test wants, and time in the test's hands.

use async_trait::async_trait;
use embedded::EmbeddedWork;
use model::{
    Clock, ManualClock, NotificationId, TenantId, Timestamp,
    notification::{Failed, Fault, NotificationState, Verdict},
    plugin::Rung,
    retry_builtin::builtin_exponential,
};
use parking_lot::Mutex;
use ports::{
    Called, Failure, Handlers, Handling, Hint, Hints as _, Notifier, Parcel, Sent, SystemClock, TargetRefusal,
    conformance::store::{StoreUnderTest, World},
    plugins::Handled,
    store::{NotificationFilter, Page, Resource, ResourceKind},
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use store_sql::{SqlStore, StoreConfig};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use weft_notification::{Config, Notifications, Parts};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(30);

type Answers = Box<dyn Fn(&Parcel, Timestamp) -> Result<(), (Fault, u16)> + Send + Sync>;

/// The other side of every target.
pub struct Receiver {
    clock: Arc<ManualClock>,
    answers: Mutex<Answers>,
    /// What it took, in order.
    taken: Mutex<Vec<Parcel>>,
    refused: Mutex<u32>,
}

impl Receiver {
    pub fn answers(&self, answers: impl Fn(&Parcel, Timestamp) -> Result<(), (Fault, u16)> + Send + Sync + 'static) {
        *self.answers.lock() = Box::new(answers);
    }
    pub fn taken(&self) -> Vec<Parcel> {
        self.taken.lock().clone()
    }
    pub fn refused(&self) -> u32 {
        *self.refused.lock()
    }
    /// How often each id was taken.
    pub fn by_id(&self) -> BTreeMap<String, u32> {
        let mut count = BTreeMap::new();
        for parcel in self.taken.lock().iter() {
            *count.entry(parcel.id.clone()).or_default() += 1;
        }
        count
    }
}

struct Channel(Arc<Receiver>);

#[async_trait]
impl Notifier for Channel {
    fn channel(&self) -> &'static str {
        "webhook"
    }
    fn check(&self, _: &serde_json::Value) -> Result<(), TargetRefusal> {
        Ok(())
    }
    async fn send(&self, parcel: &Parcel) -> Result<Sent, Failure> {
        let answer = (self.0.answers.lock())(parcel, self.0.clock.now());
        match answer {
            Ok(()) => {
                self.0.taken.lock().push(parcel.clone());
                Ok(Sent { status: 200, took_ms: 1, answer: b"ok".to_vec() })
            }
            Err((fault, status)) => {
                *self.0.refused.lock() += 1;
                let message = "it did not work".into();
                Err(Failure { fault, status, took_ms: 1, retry_after_ms: None, answer: Vec::new(), message })
            }
        }
    }
}

type Handle = Box<dyn Fn(&Handling) -> Option<Handled> + Send + Sync>;

/// The plugins of every tenant.
pub struct Plugins {
    handle: Mutex<Handle>,
}

impl Plugins {
    pub fn handle(&self, handle: impl Fn(&Handling) -> Option<Handled> + Send + Sync + 'static) {
        *self.handle.lock() = Box::new(handle);
    }
}

fn called<T>(output: T) -> Called<T> {
    Called {
        output,
        epoch: 0,
        rung: Rung::Active,
        release: None,
        snapshot: None,
        plugin: "announce".into(),
        version: "1.0.0".into(),
        fuel: 1,
        faults: Vec::new(),
        logs: Vec::new(),
    }
}

impl Handlers for Plugins {
    fn handler(&self, _: TenantId) -> Option<String> {
        Some("announce".into())
    }
    fn handle(&self, _: TenantId, handling: &Handling) -> Called<Option<Handled>> {
        called((self.handle.lock())(handling))
    }
    fn judge(&self, _: TenantId, failed: &Failed) -> Called<Verdict> {
        called(builtin_exponential(failed))
    }
}

pub struct Kit {
    pub world: World,
    pub clock: Arc<ManualClock>,
    pub receiver: Arc<Receiver>,
    pub plugins: Arc<Plugins>,
    parts: Box<dyn Fn() -> Parts>,
    nodes: Vec<(Arc<Notifications>, TaskTracker, CancellationToken)>,
    _directory: tempfile::TempDir,
}

impl Kit {
    /// One node runs.
    pub async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp::from_ms(1_795_519_000_000)));
        let url = format!("sqlite://{}/weft.db", directory.path().display());
        let store =
            SqlStore::open(&StoreConfig { url, connections: 4 }, Arc::<ManualClock>::clone(&clock)).await.unwrap();
        let store = Arc::new(store);
        let under_test = StoreUnderTest { store: store.clone(), clock: Some(clock.clone()) };
        let world = World::new(under_test, 1, 1000).await;
        let receiver = Arc::new(Receiver {
            clock: clock.clone(),
            answers: Mutex::new(Box::new(|_, _| Ok(()))),
            taken: Mutex::default(),
            refused: Mutex::default(),
        });
        let plugins = Arc::new(Plugins { handle: Mutex::new(Box::new(|_| None)) });
        let work = Arc::new(EmbeddedWork::new(clock.clone()));
        let parts = {
            let (receiver, plugins, clock) = (receiver.clone(), plugins.clone(), clock.clone());
            move || Parts {
                store: store.clone(),
                work: work.clone(),
                handlers: plugins.clone(),
                notifiers: vec![Arc::new(Channel(receiver.clone()))],
                ids: Arc::new(SystemClock),
                clock: clock.clone(),
                config: Config {
                    sweep_every: Duration::from_millis(10),
                    targets_for: Duration::from_millis(10),
                    ..Config::default()
                },
            }
        };
        let (parts, nodes) = (Box::new(parts), Vec::new());
        let mut kit = Self { world, clock, receiver, plugins, parts, nodes, _directory: directory };
        kit.start_node();
        kit
    }

    pub fn start_node(&mut self) {
        let (service, tasks, stop) = (Notifications::new((self.parts)()), TaskTracker::new(), CancellationToken::new());
        service.run(&tasks, stop.clone());
        self.nodes.push((service, tasks, stop));
    }

    /// The newest node ends with all that it has under way.
    pub async fn kill_node(&mut self) {
        let (_, tasks, stop) = self.nodes.pop().unwrap();
        stop.cancel();
        tasks.close();
        tasks.wait().await;
    }

    pub async fn add_target(&self, name: &str, more: serde_json::Value) {
        let mut body = serde_json::json!({"name": name, "channel": "webhook", "address": {}, "rate": 1000});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let id = (&SystemClock as &dyn model::IdSource).resource();
        let target = Resource { id, kind: ResourceKind::Target, name: name.into(), body, version: 1 };
        assert!(self.world.store.add_resource(self.world.tenant, &target).await.unwrap());
    }

    /// As after a commit.
    pub fn hint(&self) {
        for (service, ..) in &self.nodes {
            service.hint(Hint::PluginsChanged { tenant: self.world.tenant });
        }
    }

    pub async fn count(&self, state: NotificationState) -> usize {
        let filter = NotificationFilter { state: Some(state), ..NotificationFilter::default() };
        let page = Page::<NotificationId> { after: None, limit: 10_000 };
        self.world.store.notifications(self.world.tenant, &filter, page).await.unwrap().len()
    }

    /// Waits until `count` notifications are in `state`; time goes on.
    pub async fn until(&self, state: NotificationState, count: usize) {
        let wait = async {
            while self.count(state).await != count {
                self.clock.advance(Duration::from_millis(10));
                // waits: the service works by itself.
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, wait).await;
        let now = self.count(state).await;
        assert!(found.is_ok(), "{now} of {count} are {state:?}");
    }

    /// Lets virtual time go on in `steps`, with a breath for the service after each.
    pub async fn pass(&self, steps: u32, each: Duration) {
        for _ in 0..steps {
            self.clock.advance(each);
            // waits: for the sweep to see the new time.
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }
}

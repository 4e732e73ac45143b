use model::NodeId;
use ports::{Bus, SystemClock};
use std::{
    sync::{Arc, Mutex, Weak},
    time::Duration,
};
use tokio::{
    sync::{Mutex as AsyncMutex, MutexGuard},
    time::{Instant, sleep},
};
use weft_bus_artemis::{Artemis, ArtemisConfig, Listener, Reconnect};
use weft_services::Server;

/// The broker that all unharmful tests share, one at a time: its addresses are the same for all. The server ends with the last of those
/// that wait for it.
pub async fn shared() -> (Arc<Server>, MutexGuard<'static, ()>) {
    static TURN: AsyncMutex<()> = AsyncMutex::const_new(());
    static BROKER: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    let broker = tokio::task::spawn_blocking(|| {
        let mut shared = BROKER.lock().unwrap();
        shared.upgrade().unwrap_or_else(|| {
            let server = Arc::new(Server::artemis().unwrap());
            *shared = Arc::downgrade(&server);
            server
        })
    });
    (broker.await.unwrap(), TURN.lock().await)
}

/// A broker of one's own, to harm it.
pub async fn own() -> Server {
    tokio::task::spawn_blocking(|| Server::artemis().unwrap()).await.unwrap()
}

/// Does what blocks with a server of one's own.
pub async fn with<T: Send + 'static>(
    mut server: Server,
    act: impl FnOnce(&mut Server) -> T + Send + 'static,
) -> Server {
    tokio::task::spawn_blocking(move || {
        act(&mut server);
        server
    })
    .await
    .unwrap()
}

pub fn node(number: u64) -> NodeId {
    NodeId::from_parts(number, u128::from(number))
}

/// Small and quick.
pub fn config(urls: &[&str], number: u64) -> ArtemisConfig {
    let urls = urls.iter().map(|url| url.parse().unwrap()).collect();
    let mut config = ArtemisConfig::new(urls, node(number));
    config.listener = Listener { concurrency: 1, max_concurrency: 1, credit: 8, redelivery: 3 };
    config.reconnect = Reconnect { first: Duration::from_millis(20), most: Duration::from_millis(500) };
    config.idle_timeout = Duration::from_secs(2);
    config
}

pub async fn start(config: ArtemisConfig) -> Arc<Artemis> {
    let artemis = Artemis::start(config, Arc::new(SystemClock));
    until(Duration::from_secs(20), "connected", async || artemis.connected()).await;
    artemis
}

/// Waits until `holds`.
pub async fn until(limit: Duration, what: &str, holds: impl AsyncFn() -> bool) -> Duration {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < limit, "{what}: not within {limit:?}");
        // waits: what is on the broker is asked for, it tells nobody.
        sleep(Duration::from_millis(20)).await;
    }
    began.elapsed()
}

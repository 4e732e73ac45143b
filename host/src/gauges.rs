//! What a node holds and whether it has its servers, as numbers that an alert can be set on.

use bus_artemis::Artemis;
use metrics::gauge;
use presence_redis::RedisDirectory;
use std::{sync::Arc, time::Duration};
use store_sql::SqlStore;

const EVERY: Duration = Duration::from_secs(1);
/// The broker is asked of its queues once in so many looks.
const QUEUES_EVERY: u32 = 10;

/// What is looked at. A server that is not configured has no gauge.
pub struct Gauges {
    pub store: Arc<SqlStore>,
    pub broker: Option<Arc<Artemis>>,
    pub directory: Option<Arc<RedisDirectory>>,
}

impl Gauges {
    /// Shows them for ever.
    pub async fn show(self) {
        for look in (0..QUEUES_EVERY).cycle() {
            self.connections();
            if let Some(broker) = self.broker.as_ref().filter(|_| look == 0) {
                queues(broker).await;
            }
            // waits: a connection tells nobody that it is lost; who scrapes looks much more seldom
            tokio::time::sleep(EVERY).await;
        }
    }

    fn connections(&self) {
        let connected = |is: bool| f64::from(u8::from(is));
        if let Some(broker) = &self.broker {
            gauge!("weft_broker_connected").set(connected(broker.figures().connected));
        }
        if let Some(directory) = &self.directory {
            gauge!("weft_directory_connected").set(connected(directory.figures().connected));
        }
        let pool = self.store.pool();
        gauge!("weft_store_connections", "state" => "open").set(f64::from(pool.open));
        gauge!("weft_store_connections", "state" => "idle").set(f64::from(pool.idle));
        gauge!("weft_store_connections", "state" => "most").set(f64::from(pool.most));
    }
}

/// The broker's own figures: every node shows the same. One that does not answer keeps the last.
async fn queues(broker: &Artemis) {
    let Ok(queues) = broker.broker().await else { return };
    for queue in queues {
        // A node's own queue goes away with it, and its name would stay here for ever.
        if queue.address.starts_with("weft.node.") {
            continue;
        }
        let labels = [("address", queue.address)];
        gauge!("weft_broker_queue_messages", &labels).set(queue.depth as f64);
        gauge!("weft_broker_queue_consumers", &labels).set(queue.consumers as f64);
        gauge!("weft_broker_queue_dead", &labels).set(queue.dead as f64);
    }
}

//! Whether this node has its servers, as numbers that an alert can be set on.

use bus_artemis::Artemis;
use presence_redis::RedisDirectory;
use std::{sync::Arc, time::Duration};

const EVERY: Duration = Duration::from_secs(1);

/// Servers that this node is connected to, or would be. A server that is not configured has no gauge.
pub struct Connections {
    pub broker: Option<Arc<Artemis>>,
    pub directory: Option<Arc<RedisDirectory>>,
}

impl Connections {
    /// `weft_broker_connected` and `weft_directory_connected`: 1 or 0, for ever.
    pub async fn show(self) {
        let broker = self.broker.map(|broker| (broker, metrics::gauge!("weft_broker_connected")));
        let directory = self.directory.map(|directory| (directory, metrics::gauge!("weft_directory_connected")));
        loop {
            if let Some((broker, gauge)) = &broker {
                gauge.set(f64::from(u8::from(broker.figures().connected)));
            }
            if let Some((directory, gauge)) = &directory {
                gauge.set(f64::from(u8::from(directory.figures().connected)));
            }
            // waits: a connection tells nobody that it is lost; who scrapes looks much more seldom
            tokio::time::sleep(EVERY).await;
        }
    }
}

//! What the nodes of a cluster share: a server each, or what stands in for it in one process.

use crate::{
    config::{Artemis as ArtemisKeys, BrokerMode, Config, Elasticsearch, Place},
    gauges::Gauges,
    probes::{BrokerProbe, DirectoryProbe, SearchProbe},
};
use anyhow::{Context, Result};
use bus_artemis::{Artemis, ArtemisConfig, BrokerUrl, Listener, Reconnect};
use edge::Health;
use embedded::{EmbeddedBus, EmbeddedDirectory, EmbeddedWork, FileBlobs};
use model::{Clock, NodeId};
use ports::{Blobs, Bus, Directory, Search, SystemClock, Work};
use presence_redis::{RedisConfig, RedisDirectory};
use search_elastic::{ElasticConfig, ElasticSearch};
use std::{num::NonZero, sync::Arc, time::Duration};
use store_sql::{SqlStore, StoreConfig};

/// Consumers that a node grows to, for each core.
const CONSUMERS_PER_CORE: usize = 4;

pub struct Servers {
    pub bus: Arc<dyn Bus>,
    pub work: Arc<dyn Work>,
    pub directory: Arc<dyn Directory>,
    pub search: Arc<dyn Search>,
    pub blobs: Arc<dyn Blobs>,
    /// What the management port asks each server.
    pub health: Health,
    /// Consumers of each kind of shared work to start with.
    pub consumers: usize,
    broker: Option<Arc<Artemis>>,
    redis: Option<Arc<RedisDirectory>>,
}

impl Servers {
    /// Wrong addresses are errors; a server that is away is not: the node starts, says so in its health, and waits for it.
    pub async fn open(config: &Config, store: &SqlStore, node: NodeId) -> Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let health = Health::default();
        let listener = listener(&config.artemis);
        let (broker, bus, work, health) = match config.artemis.mode {
            BrokerMode::Embedded => {
                let (bus, work) = (Arc::new(EmbeddedBus::new()), Arc::new(EmbeddedWork::new(clock.clone())));
                (None, bus as Arc<dyn Bus>, work as Arc<dyn Work>, health)
            }
            BrokerMode::Native => {
                let broker = Artemis::start(broker_config(config, listener, node)?, clock.clone());
                let health = health.with("broker", Arc::new(BrokerProbe(broker.clone())));
                (Some(broker.clone()), broker.clone() as Arc<dyn Bus>, broker as Arc<dyn Work>, health)
            }
        };
        let redis = open_redis(config)?;
        let (directory, health): (Arc<dyn Directory>, _) = match &redis {
            Some(redis) => (redis.clone(), health.with("directory", Arc::new(DirectoryProbe(redis.clone())))),
            None => (Arc::new(EmbeddedDirectory::new(clock.clone())), health),
        };
        let (search, health) = open_search(config, store, clock, health).await?;
        let blobs = open_blobs(config, store).await?;
        Ok(Self { bus, work, directory, search, blobs, health, consumers: listener.concurrency, broker, redis })
    }

    /// What is shown of them.
    pub fn gauges(&self, store: Arc<SqlStore>) -> Gauges {
        Gauges { store, broker: self.broker.clone(), directory: self.redis.clone() }
    }

    /// After the tasks that use them have ended.
    pub async fn close(&self) {
        if let Some(broker) = &self.broker {
            broker.close().await;
        }
    }
}

fn listener(keys: &ArtemisKeys) -> Listener {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let or = |configured: u32, default: usize| if configured == 0 { default } else { configured as usize };
    let concurrency = or(keys.listener.concurrency, cores);
    Listener {
        concurrency,
        max_concurrency: or(keys.listener.max_concurrency, cores * CONSUMERS_PER_CORE).max(concurrency),
        credit: keys.listener.credit,
        redelivery: keys.listener.redelivery,
    }
}

fn broker_config(config: &Config, listener: Listener, node: NodeId) -> Result<ArtemisConfig> {
    let keys = &config.artemis;
    let urls: Result<Vec<_>, _> = keys.urls.iter().map(BrokerUrl::from_secret).collect();
    let ms = |n: u32| Duration::from_millis(n.into());
    let (first, most) = (ms(keys.reconnect.first_ms), ms(keys.reconnect.most_ms));
    Ok(ArtemisConfig {
        listener,
        reconnect: Reconnect { first, most: most.max(first) },
        authorities: config.tls.file(),
        ..ArtemisConfig::new(urls.context("a broker's address [artemis.urls]")?, node)
    })
}

fn open_redis(config: &Config) -> Result<Option<Arc<RedisDirectory>>> {
    if config.redis.urls.is_empty() {
        return Ok(None);
    }
    let redis = RedisConfig { authorities: config.tls.file(), ..RedisConfig::new(config.redis.urls.clone()) };
    RedisDirectory::open(redis).map(Some).context("[redis.urls]")
}

/// Elasticsearch; or SQLite's full text beside the log; or a file of this node beside a MySQL store.
async fn open_search(
    config: &Config,
    store: &SqlStore,
    clock: Arc<dyn Clock>,
    health: Health,
) -> Result<(Arc<dyn Search>, Health)> {
    if let Some(elastic) = elastic(&config.elasticsearch, clock)? {
        let health = health.with("search", Arc::new(SearchProbe(elastic.clone())));
        return Ok((elastic, health));
    }
    if let Some(search) = store.search() {
        return Ok((Arc::new(search), health));
    }
    let url = format!("sqlite://{}", config.node.data.join("search.db").display());
    let file =
        SqlStore::open(&StoreConfig { url, connections: config.store.connections }, Arc::new(SystemClock)).await?;
    Ok((Arc::new(file.search().context("SQLite has full text")?), health))
}

/// The search server, when one is configured.
pub fn elastic(keys: &Elasticsearch, clock: Arc<dyn Clock>) -> Result<Option<Arc<ElasticSearch>>> {
    use secrecy::ExposeSecret as _;
    if keys.url.expose_secret().is_empty() {
        return Ok(None);
    }
    let config = ElasticConfig {
        url: keys.url.clone(),
        prefix: keys.index.clone(),
        replicas: keys.replicas,
        ..ElasticConfig::default()
    };
    Ok(Some(Arc::new(ElasticSearch::open(config, clock).context("[elasticsearch.url]")?)))
}

async fn open_blobs(config: &Config, store: &SqlStore) -> Result<Arc<dyn Blobs>> {
    let in_store = match config.uploads.place {
        Place::Auto => store.is_shared(),
        Place::Files => false,
        Place::Store => true,
    };
    Ok(if in_store {
        Arc::new(store.blobs())
    } else {
        Arc::new(FileBlobs::open(config.node.data.join("uploads")).await?)
    })
}

use secrecy::SecretString;
use std::time::Duration;

/// Where Elasticsearch is and how patient the node is with it.
#[derive(Clone, Debug)]
pub struct ElasticConfig {
    /// One or several, separated by commas; asked in turn. A name and a password may stand in the first (`https://name:password@host:9200`):
    /// they are used for all.
    pub url: SecretString,
    /// PEM of the certificate authority, when it is not a public one.
    pub authority: Option<String>,
    /// Names begin with it: installations can share a server.
    pub prefix: String,
    /// The longest a single question may take, connecting included.
    pub answer_within: Duration,
    /// The longest that `index` and `erase` take, with all their tries.
    pub write_within: Duration,
    /// Entries, and bytes of them, in one request.
    pub batch_entries: usize,
    pub batch_bytes: usize,
    /// Of an index that is made; a tenant's entries stay in one shard.
    pub shards: u32,
    pub replicas: u32,
    /// Makes every write visible before it returns. For tests: it is dear.
    pub refresh: bool,
}

impl Default for ElasticConfig {
    fn default() -> Self {
        Self {
            url: "http://127.0.0.1:9200".into(),
            authority: None,
            prefix: "weft".into(),
            answer_within: Duration::from_secs(5),
            write_within: Duration::from_secs(30),
            batch_entries: 500,
            batch_bytes: 4 * 1024 * 1024,
            shards: 3,
            replicas: 1,
            refresh: false,
        }
    }
}

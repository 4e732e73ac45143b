use crate::{
    ElasticConfig, ElasticError, Figures, bulk,
    document::{Document, Scope},
    index::Index,
    link::Link,
    query,
};
use async_trait::async_trait;
use model::{Clock, ConversationId, TenantId};
use ports::{Found, Indexable, PortResult, Search, SearchQuery};
use std::sync::Arc;

/// `ports::Search` on Elasticsearch 7.10 and later, or a server that speaks like it.
pub struct ElasticSearch {
    pub(crate) link: Link,
    pub(crate) index: Index,
    pub(crate) config: ElasticConfig,
    clock: Arc<dyn Clock>,
}

impl ElasticSearch {
    /// Reads the configuration; the server is asked at the first call, and may be away until then.
    pub fn open(config: ElasticConfig, clock: Arc<dyn Clock>) -> Result<Self, ElasticError> {
        Ok(Self { link: Link::new(&config)?, index: Index::new(&config), config, clock })
    }

    /// How the server was found at the last call.
    pub fn figures(&self) -> Figures {
        self.link.gauge.read()
    }

    /// Asks the server whether it is there and has the index; `figures` know it afterwards.
    pub async fn check(&self) -> Result<(), ElasticError> {
        self.index.lost().await;
        self.index.ensure(&self.link).await
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now().as_ms()
    }

    async fn write(&self, documents: Vec<Document>) -> Result<(), ElasticError> {
        let writing = bulk::write(&self.link, &self.index, &self.config, documents);
        let written = match tokio::time::timeout(self.config.write_within, writing).await {
            Ok(written) => written,
            Err(_) => Err(ElasticError::Late),
        };
        self.after(written).await
    }

    /// After a failure, what is believed of the server is asked again.
    async fn after<T>(&self, result: Result<T, ElasticError>) -> Result<T, ElasticError> {
        if result.is_err() {
            self.index.lost().await;
        }
        result
    }

    async fn find(&self, tenant: TenantId, query: &SearchQuery) -> Result<Vec<Found>, ElasticError> {
        let Some(body) = query::body(tenant, query) else { return Ok(Vec::new()) };
        let (alias, routing) = (&self.index.alias, Scope::of(tenant).routing());
        // Half of the answer would look like the whole.
        let path = format!("{alias}/_search?routing={routing}&allow_partial_search_results=false");
        self.index.ensure(&self.link).await?;
        let answer = match self.link.post(&path, &body).await {
            Err(error) if error.is_missing() => {
                self.index.lost().await;
                self.index.ensure(&self.link).await?;
                self.link.post(&path, &body).await?
            }
            answer => answer?,
        };
        query::found(answer)
    }
}

#[async_trait]
impl Search for ElasticSearch {
    async fn index(&self, entries: &[Indexable]) -> PortResult<()> {
        let now = self.now();
        Ok(self.write(entries.iter().map(|entry| Document::entry(entry, now)).collect()).await?)
    }

    async fn search(&self, tenant: TenantId, query: &SearchQuery) -> PortResult<Vec<Found>> {
        let found = self.find(tenant, query).await;
        Ok(self.after(found).await?)
    }

    async fn erase(&self, tenant: TenantId, conversation: ConversationId, seqs: &[u64]) -> PortResult<()> {
        let now = self.now();
        Ok(self.write(seqs.iter().map(|seq| Document::erased(tenant, conversation, *seq, now)).collect()).await?)
    }

    async fn lineage(&self) -> PortResult<String> {
        let lineage = match self.index.ensure(&self.link).await {
            Ok(()) => self.index.lineage(&self.link).await,
            Err(error) => Err(error),
        };
        Ok(self.after(lineage).await?)
    }
}

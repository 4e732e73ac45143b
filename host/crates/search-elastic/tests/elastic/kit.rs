use model::{Audience, ConversationId, Reader, TeamId, TenantId, Timestamp, VisitorId};
use ports::{Indexable, Search, SearchQuery, SystemClock};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep};
use weft_search_elastic::{ElasticConfig, ElasticSearch};
use weft_services::Server;

pub const TENANT: TenantId = TenantId::from_parts(1, 1);
/// Until a server that was started again works.
pub const SOON: Duration = Duration::from_mins(1);

pub fn server() -> Server {
    Server::elasticsearch().unwrap()
}

/// What is written is found at once; a server on a busy machine is given its time.
pub fn config(url: &str, prefix: &str) -> ElasticConfig {
    ElasticConfig {
        url: url.into(),
        prefix: prefix.into(),
        answer_within: Duration::from_secs(30),
        write_within: Duration::from_mins(1),
        shards: 1,
        replicas: 0,
        refresh: true,
        ..ElasticConfig::default()
    }
}

pub fn open(config: ElasticConfig) -> Arc<ElasticSearch> {
    Arc::new(ElasticSearch::open(config, Arc::new(SystemClock)).unwrap())
}

pub fn entry(conversation: u64, seq: u64, text: &str) -> Indexable {
    Indexable {
        tenant: TENANT,
        conversation: ConversationId::from_parts(conversation, 1),
        seq,
        at: Timestamp::from_ms((conversation * 1_000_000 + seq).cast_signed()),
        team: TeamId::from_parts(1, 1),
        visitor: VisitorId::from_parts(1, 1),
        audience: Audience::All,
        text: text.into(),
        revision: seq,
    }
}

/// All that is found, over all pages.
pub async fn all(search: &ElasticSearch, text: &str) -> ports::PortResult<Vec<u64>> {
    let (mut seqs, mut after) = (Vec::new(), None);
    loop {
        let query = SearchQuery {
            text: text.into(),
            reader: Reader::Agent,
            team: None,
            visitor: None,
            from: None,
            to: None,
            after,
            limit: 200,
        };
        let page = search.search(TENANT, &query).await?;
        let Some(last) = page.last() else { return Ok(seqs) };
        after = Some((last.at, last.conversation, last.seq));
        seqs.extend(page.iter().map(|found| found.seq));
    }
}

pub async fn until(what: &str, holds: impl AsyncFn() -> bool) -> Duration {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < SOON, "{what}: not within {SOON:?}");
        // waits: the server tells nobody when it is back.
        sleep(Duration::from_millis(20)).await;
    }
    began.elapsed()
}

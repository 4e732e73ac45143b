use crate::PortResult;
use async_trait::async_trait;
use model::{Audience, ConversationId, Reader, TeamId, TenantId, Timestamp, VisitorId};

/// An entry as the index takes it. (tenant, conversation, seq) is its key: the same again replaces it.
#[derive(Clone, Debug, PartialEq)]
pub struct Indexable {
    pub tenant: TenantId,
    pub conversation: ConversationId,
    pub seq: u64,
    pub at: Timestamp,
    pub team: TeamId,
    pub visitor: VisitorId,
    pub audience: Audience,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SearchQuery {
    /// Words as typed. All of them must be found; any script.
    pub text: String,
    pub reader: Reader,
    pub team: Option<TeamId>,
    pub visitor: Option<VisitorId>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    /// Continues after this one, newest first.
    pub after: Option<(Timestamp, ConversationId, u64)>,
    pub limit: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub conversation: ConversationId,
    pub seq: u64,
    pub at: Timestamp,
    /// The text around the match, with matches between `\u{2}` and `\u{3}`.
    pub highlight: String,
}

/// Full text over history. Fed from the log (`indexed_seq`), never the truth.
///
/// - What `index` returned for is found by the next `search`, after at most the adapter's refresh interval.
/// - A search sees one tenant and only what its reader may see. Punctuation and operators in `text` are just text.
/// - Chinese, Japanese and emoji are found as well as Latin words.
#[async_trait]
pub trait Search: Send + Sync {
    async fn index(&self, entries: &[Indexable]) -> PortResult<()>;
    async fn search(&self, tenant: TenantId, query: &SearchQuery) -> PortResult<Vec<Found>>;
    async fn erase(&self, tenant: TenantId, conversation: ConversationId, seqs: &[u64]) -> PortResult<()>;
}

use crate::PortResult;
use async_trait::async_trait;
use model::{Audience, ConversationId, Reader, TeamId, TenantId, Timestamp, VisitorId};
use std::borrow::Cow;

/// Around each match in a highlight. No text has them: `unmarked` takes them out before it is indexed.
pub const HIT_BEGINS: char = '\u{2}';
pub const HIT_ENDS: char = '\u{3}';

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
    /// The `seq` of the entry that gave it this text: its own, or that of an edit. A lower one never replaces a higher one, so nodes may
    /// index the same conversation at once.
    pub revision: u64,
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
    /// The text around the match, as it was written, with matches between `HIT_BEGINS` and `HIT_ENDS`.
    pub highlight: String,
}

/// Full text over history. Fed from the log (`indexed_seq`), never the truth.
///
/// - What `index` returned for is found by the next `search`, after at most the adapter's refresh interval.
/// - A search sees one tenant and only what its reader may see. Punctuation and operators in `text` are just text.
/// - Chinese, Japanese and emoji are found as well as Latin words; a word of two letters or more also finds longer ones that begin
///   with it. What else is found besides is the adapter's.
/// - What was erased stays erased, whoever indexes it again.
/// - An entry that the index will never take is reported and left out; it does not hold up the others.
#[async_trait]
pub trait Search: Send + Sync {
    async fn index(&self, entries: &[Indexable]) -> PortResult<()>;
    async fn search(&self, tenant: TenantId, query: &SearchQuery) -> PortResult<Vec<Found>>;
    async fn erase(&self, tenant: TenantId, conversation: ConversationId, seqs: &[u64]) -> PortResult<()>;
    /// Names the history of the index. Another name than before: what was indexed is gone, and the log is to be indexed anew.
    async fn lineage(&self) -> PortResult<String>;
}

/// A text without the marks of highlights, so that none can be forged.
pub fn unmarked(text: &str) -> Cow<'_, str> {
    if text.contains([HIT_BEGINS, HIT_ENDS]) { text.replace([HIT_BEGINS, HIT_ENDS], " ").into() } else { text.into() }
}

//! An entry as a document, and the one place where a tenant's documents are told from another's.

use model::{Audience, ConversationId, TenantId};
use ports::Indexable;
use serde_json::{Value, json};

/// Above every `seq`: nothing replaces it.
const FINAL: u64 = 1 << 62;

/// A tenant's part of the index: one shard, and of it the documents that carry the tenant.
pub(crate) struct Scope(TenantId);

impl Scope {
    pub const fn of(tenant: TenantId) -> Self {
        Self(tenant)
    }
    pub fn routing(&self) -> String {
        self.0.to_string()
    }
    /// The filter that every search of the tenant begins with.
    pub fn filter(&self) -> Value {
        json!({ "term": { "tenant": self.routing() } })
    }
    fn id(&self, conversation: ConversationId, seq: u64) -> String {
        format!("{}/{conversation}/{seq}", self.0)
    }
}

/// One line of a bulk request with its document. The server keeps the highest revision, so that writes may come late, doubled or
/// from several nodes.
pub(crate) struct Document {
    pub id: String,
    pub lines: String,
}

impl Document {
    /// `now` in milliseconds: the rebuild copies what came since it began.
    pub fn entry(e: &Indexable, now: i64) -> Self {
        let fields = json!({
            "tenant": e.tenant.to_string(),
            "conversation": e.conversation.to_string(),
            "seq": e.seq,
            "at": e.at.as_ms(),
            "team": e.team.to_string(),
            "visitor": e.visitor.to_string(),
            "notes": e.audience == Audience::Agents,
            "indexed_at": now,
            "text": ports::unmarked(&e.text),
        });
        Self::new(&Scope(e.tenant), e.conversation, e.seq, e.revision, &fields)
    }

    /// Takes the place of an erased entry for ever: a node that is late with the entry itself does not bring it back.
    pub fn erased(tenant: TenantId, conversation: ConversationId, seq: u64, now: i64) -> Self {
        let fields = json!({ "tenant": tenant.to_string(), "indexed_at": now });
        Self::new(&Scope(tenant), conversation, seq, FINAL, &fields)
    }

    fn new(scope: &Scope, conversation: ConversationId, seq: u64, revision: u64, fields: &Value) -> Self {
        let id = scope.id(conversation, seq);
        let key = json!({ "index": {
            "_id": id, "routing": scope.routing(), "version": revision, "version_type": "external_gte",
        }});
        Self { id, lines: format!("{key}\n{fields}\n") }
    }
}

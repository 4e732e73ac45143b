//! How entries, conversations and agents stand in their rows.

use crate::db::{DbError, Row, Value};
use model::{
    AgentId, Audience, Author, Body, CommandId, Conversation, ConversationId, Entry, Participant, ParticipantKind,
    TenantId, VisitorId, conversation::Head,
};

/// Where a conversation is.
pub type Key = (TenantId, ConversationId);

/// The key of a conversation, as values.
pub fn key((tenant, conversation): Key) -> [Value; 2] {
    [tenant.into(), conversation.into()]
}

/// Columns that `entry` reads, in this order, from position 0.
pub const ENTRY: &str = "seq, prev_public, made_at, author_kind, author_id, author_name, command_id, audience, body";

pub fn entry(row: &Row) -> Result<Entry, DbError> {
    entry_at(row, 0)
}

/// An entry whose columns begin at position `at`.
pub fn entry_at(row: &Row, at: usize) -> Result<Entry, DbError> {
    let name = row.maybe_text(at + 5)?.unwrap_or_default();
    let author = match (row.int(at + 3)?, row.maybe_bytes(at + 4)?) {
        (0, Some(id)) => Author::Visitor { id: VisitorId::from_bytes(id), name },
        (1, Some(id)) => Author::Agent { id: AgentId::from_bytes(id), name },
        _ => Author::System,
    };
    Ok(Entry {
        seq: row.number(at)?,
        prev_public: row.number(at + 1)?,
        at: row.time(at + 2)?,
        author,
        id: row.maybe_id(at + 6, CommandId::from_bytes)?,
        audience: if row.int(at + 7)? == 0 { Audience::All } else { Audience::Agents },
        body: row.json(at + 8)?,
    })
}

/// The columns of an `INSERT` into `entries`.
pub const ENTRY_INSERT: &str = "INSERT INTO entries (tenant_id, conversation_id, seq, prev_public, made_at, author_kind, \
     author_id, author_name, command_id, audience, message, target_seq, body)";

pub fn entry_values(at: Key, entry: &Entry) -> Result<[Value; 13], DbError> {
    let (kind, name) = match &entry.author {
        Author::Visitor { name, .. } => (0, Some(name.as_str())),
        Author::Agent { name, .. } => (1, Some(name.as_str())),
        Author::System => (2, None),
    };
    let target = match &entry.body {
        Body::Edited { seq, .. } | Body::Recalled { seq } => Some(*seq),
        _ => None,
    };
    let [tenant, conversation] = key(at);
    Ok([
        tenant,
        conversation,
        entry.seq.into(),
        entry.prev_public.into(),
        entry.at.into(),
        Value::Int(kind),
        entry.author.participant().map(Participant::bytes).into(),
        name.into(),
        entry.id.into(),
        audience(entry.audience),
        is_message(&entry.body).into(),
        target.into(),
        Value::json(&entry.body)?,
    ])
}

pub fn audience(audience: Audience) -> Value {
    Value::Int(match audience {
        Audience::All => 0,
        Audience::Agents => 1,
    })
}

/// Whether a person sent it.
pub fn is_message(body: &Body) -> bool {
    match body {
        Body::Text { .. }
        | Body::File(_)
        | Body::Image(_)
        | Body::Audio(_)
        | Body::Video(_)
        | Body::Card { .. }
        | Body::Location { .. }
        | Body::MessageLeft { .. } => true,
        Body::Opened { .. }
        | Body::Queued { .. }
        | Body::MessageAsked
        | Body::Offered { .. }
        | Body::Assigned { .. }
        | Body::Declined { .. }
        | Body::Moved { .. }
        | Body::Joined { .. }
        | Body::Left { .. }
        | Body::Transferred { .. }
        | Body::Edited { .. }
        | Body::Recalled { .. }
        | Body::Rated { .. }
        | Body::Closed { .. }
        | Body::Reopened
        | Body::Erased => false,
    }
}

/// Columns of `CONVERSATIONS` that `conversation` reads, in this order, from position 0.
pub const CONVERSATION: &str = "c.doc, h.last_seq, h.last_public, h.version, h.changed_at";
/// Where a state and the counters of its log stand.
pub const CONVERSATIONS: &str =
    "conversations c JOIN heads h ON h.tenant_id = c.tenant_id AND h.conversation_id = c.id";

/// The same for a list of keys. MySQL and MariaDB read the comments, SQLite does not: their optimiser otherwise weighs every index
/// for every key of the list, which for 256 keys took it 100 times as long as finding the rows.
pub const CONVERSATIONS_BY_KEY: &str = "conversations c /*! FORCE INDEX (PRIMARY) */ \
     JOIN heads h /*! FORCE INDEX (PRIMARY) */ ON h.tenant_id = c.tenant_id AND h.conversation_id = c.id";

pub fn conversation(row: &Row) -> Result<Conversation, DbError> {
    let mut conversation: Conversation = row.json(0)?;
    conversation.head = Head {
        last_seq: row.number(1)?,
        last_public: row.number(2)?,
        version: row.number(3)?,
        changed_at: row.time(4)?,
    };
    Ok(conversation)
}

pub fn participant_kind(kind: ParticipantKind) -> Value {
    Value::Int(match kind {
        ParticipantKind::Visitor => 0,
        ParticipantKind::Agent => 1,
    })
}

pub fn participant(row: &Row, kind: usize, id: usize) -> Result<Participant, DbError> {
    let kind = if row.int(kind)? == 0 { ParticipantKind::Visitor } else { ParticipantKind::Agent };
    Ok(Participant::from_parts(kind, row.bytes(id)?))
}

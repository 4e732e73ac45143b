use model::{
    AgentId, Conversation, ConversationId, Participant, Reader, TeamId, TenantId, Timestamp, VisitorId,
    body::Named,
    conversation::{Mark, State},
};
use ports::{PortResult, store::Conversations};
use serde::Serialize;
use std::collections::BTreeMap;

/// A conversation in a list. Newer `version` wins. `marks`, `unread` and `position` are the reader's own and are left out of
/// updates that are shared by many readers: absent means unchanged.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    pub id: ConversationId,
    pub version: u64,
    pub state: State,
    pub team: Named<TeamId>,
    pub agent: Option<Named<AgentId>>,
    pub visitor: Named<VisitorId>,
    /// Agents besides the owner.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Named<AgentId>>,
    pub subject: Option<String>,
    pub language: Option<String>,
    /// The last `seq` that the reader may see.
    pub last_seq: u64,
    /// By participant id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marks: Option<BTreeMap<String, Mark>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread: Option<u32>,
    pub opened_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<Timestamp>,
    /// Place in the backlog, 1 is next; while waiting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating: Option<u8>,
}

impl Summary {
    /// What can be said without reading the store.
    pub fn of(c: &Conversation, reader: Reader) -> Self {
        Self {
            id: c.id,
            version: c.head.version,
            state: c.state(),
            team: c.team.clone(),
            agent: c.owner_named().cloned(),
            visitor: c.visitor.clone(),
            members: c.members.clone(),
            subject: c.subject.clone(),
            language: c.language.clone(),
            last_seq: last_visible(c, reader),
            marks: None,
            unread: None,
            opened_at: c.opened_at,
            waiting_since: matches!(c.state(), State::Waiting | State::Offered).then_some(c.backlog.since),
            position: None,
            rating: c.rating,
        }
    }
}

/// The last `seq` that `reader` may see.
pub(crate) const fn last_visible(c: &Conversation, reader: Reader) -> u64 {
    match reader {
        Reader::Agent => c.head.last_seq,
        Reader::Visitor => c.head.last_public,
    }
}

/// Whole summaries, as `who` sees them, in the order of `conversations`.
pub async fn summaries(
    store: &dyn Conversations,
    tenant: TenantId,
    who: Participant,
    conversations: &[Conversation],
) -> PortResult<Vec<Summary>> {
    let ids: Vec<_> = conversations.iter().map(|c| c.id).collect();
    let unread = if ids.is_empty() { Vec::new() } else { store.unread(tenant, who, &ids).await? };
    let mut all = Vec::with_capacity(conversations.len());
    for (c, unread) in conversations.iter().zip(unread) {
        let mut summary = Summary::of(c, Reader::of(who));
        let marks = store.marks(tenant, c.id).await?;
        summary.marks = Some(marks.into_iter().map(|(who, mark)| (id_text(who), mark)).collect());
        summary.unread = Some(unread);
        if c.state() == State::Waiting {
            summary.position = store.place(tenant, c.id).await?.map(|p| p.position);
        }
        all.push(summary);
    }
    Ok(all)
}

fn id_text(who: Participant) -> String {
    match who {
        Participant::Visitor(id) => id.to_string(),
        Participant::Agent(id) => id.to_string(),
    }
}

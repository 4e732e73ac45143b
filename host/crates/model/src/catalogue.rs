//! The facts of a conversation as events, and the shape of every payload. What is here is a promise to receivers: fields are added,
//! never changed or taken away, within `VERSION`.

use crate::{
    AgentId, Audience, Author, Body, Conversation, ConversationId, Entry, EventId, NotificationId, TeamId, Timestamp,
    VisitorId,
    body::Named,
    conversation::{self, State},
    notification::EventKind,
    people::Status,
    plugin::{Digest, Hook},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Of all payloads.
pub const VERSION: u32 = 1;

/// JSON Schema 2020-12 of every payload: `properties` has one per kind of event.
pub const SCHEMA: &str = include_str!("catalogue.v1.json");

/// `conversation.*`, `entry.added`, `offer.*`, `message.left`: what the conversation is now, and the entry that says what happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConversationPayload {
    pub conversation: Summary,
    pub entry: EntryView,
}

/// A conversation, from outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub id: ConversationId,
    pub state: State,
    pub visitor: Named<VisitorId>,
    pub team: Named<TeamId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub agent: Option<Named<AgentId>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub language: Option<String>,
    /// 0 low, 1 normal, 2 high, 3 urgent.
    pub priority: u8,
    pub labels: Vec<String>,
    pub properties: BTreeMap<String, String>,
    pub opened_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rating: Option<u8>,
}

/// An entry, from outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntryView {
    pub seq: u64,
    pub at: Timestamp,
    pub author: Author,
    /// `agents`: a note that visitors do not see.
    pub audience: Audience,
    pub body: Body,
}

/// `agent.status`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentStatusPayload {
    pub agent: Named<AgentId>,
    pub status: Status,
}

/// `plugin.activated`, `plugin.rolled_back`, `plugin.faulted`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PluginPayload {
    /// The set in force afterwards.
    pub epoch: u64,
    pub plugins: Vec<PluginView>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// One bound release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PluginView {
    pub hook: Hook,
    pub release: Digest,
}

/// `delivery.dead`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeadPayload {
    pub notification: NotificationId,
    pub event: EventId,
    pub kind: EventKind,
    pub target: String,
    pub attempts: u32,
    pub cause: String,
}

/// What the event of a conversation is called outside; none for what nobody is told of.
pub const fn kind(event: &conversation::Event) -> Option<EventKind> {
    use conversation::Event as E;
    Some(match event {
        E::Opened { .. } => EventKind::ConversationOpened,
        E::Queued { announce: true, .. } => EventKind::ConversationQueued,
        E::Assigned { .. } => EventKind::ConversationAssigned,
        E::Moved { .. } | E::Transferred { .. } => EventKind::ConversationMoved,
        E::Closed { .. } => EventKind::ConversationClosed,
        E::Rated { .. } => EventKind::ConversationRated,
        E::Sent { .. } => EventKind::EntryAdded,
        E::Offered { .. } => EventKind::OfferMade,
        E::Declined { missed: true, .. } => EventKind::OfferMissed,
        E::Declined { missed: false, .. } => EventKind::OfferDeclined,
        E::MessageLeft { .. } => EventKind::MessageLeft,
        _ => return None,
    })
}

impl ConversationPayload {
    pub fn of(c: &Conversation, entry: &Entry) -> Self {
        Self {
            conversation: Summary {
                id: c.id,
                state: c.state(),
                visitor: c.visitor.clone(),
                team: c.team.clone(),
                agent: c.owner_named().cloned(),
                subject: c.subject.clone(),
                language: c.language.clone(),
                priority: c.priority,
                labels: c.labels.clone(),
                properties: c.properties.clone(),
                opened_at: c.opened_at,
                rating: c.rating,
            },
            entry: EntryView {
                seq: entry.seq,
                at: entry.at,
                author: entry.author.clone(),
                audience: entry.audience,
                body: entry.body.clone(),
            },
        }
    }
}

/// The id of the event that `seq` of a conversation is: the same wherever and however often it is made.
pub fn entry_event_id(conversation: ConversationId, seq: u64, at: Timestamp) -> EventId {
    use sha2::Digest as _;
    let hash = sha2::Sha256::new().chain_update(conversation.to_bytes()).chain_update(seq.to_be_bytes()).finalize();
    let mut entropy = [0; 16];
    entropy.copy_from_slice(&hash[..16]);
    EventId::from_parts(at.as_ms().cast_unsigned(), u128::from_be_bytes(entropy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_schema_and_no_other() {
        let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
        let described: Vec<_> = schema["properties"].as_object().unwrap().keys().cloned().collect();
        let mut kinds: Vec<_> = EventKind::ALL.iter().map(|kind| kind.as_str().to_owned()).collect();
        kinds.sort();
        assert_eq!(described, kinds);
    }

    #[test]
    fn the_id_of_a_fact_is_the_same_whenever_it_is_made() {
        let conversation = ConversationId::from_parts(1, 2);
        let at = Timestamp::from_ms(1_795_519_000_000);
        assert_eq!(entry_event_id(conversation, 7, at), entry_event_id(conversation, 7, at));
        assert_ne!(entry_event_id(conversation, 7, at), entry_event_id(conversation, 8, at));
    }
}

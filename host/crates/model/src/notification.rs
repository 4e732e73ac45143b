//! Who is told out of band: events, notifications, their attempts, and where a tenant lets them go (DESIGN.md §5).

use crate::{
    ConversationId, EventId, NotificationId, Timestamp,
    plugin::{Digest, Rung},
};
use serde::{Deserialize, Serialize};

/// What an event tells of. Names on the wire are the ones of `as_str`; each has a schema in `catalogue`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EventKind {
    #[serde(rename = "conversation.opened")]
    ConversationOpened,
    #[serde(rename = "conversation.queued")]
    ConversationQueued,
    #[serde(rename = "conversation.assigned")]
    ConversationAssigned,
    #[serde(rename = "conversation.moved")]
    ConversationMoved,
    #[serde(rename = "conversation.closed")]
    ConversationClosed,
    #[serde(rename = "conversation.rated")]
    ConversationRated,
    #[serde(rename = "entry.added")]
    EntryAdded,
    #[serde(rename = "offer.made")]
    OfferMade,
    #[serde(rename = "offer.missed")]
    OfferMissed,
    #[serde(rename = "offer.declined")]
    OfferDeclined,
    #[serde(rename = "message.left")]
    MessageLeft,
    #[serde(rename = "agent.status")]
    AgentStatus,
    #[serde(rename = "plugin.activated")]
    PluginActivated,
    #[serde(rename = "plugin.rolled_back")]
    PluginRolledBack,
    #[serde(rename = "plugin.faulted")]
    PluginFaulted,
    #[serde(rename = "delivery.dead")]
    DeliveryDead,
}

impl EventKind {
    pub const ALL: [Self; 16] = [
        Self::ConversationOpened,
        Self::ConversationQueued,
        Self::ConversationAssigned,
        Self::ConversationMoved,
        Self::ConversationClosed,
        Self::ConversationRated,
        Self::EntryAdded,
        Self::OfferMade,
        Self::OfferMissed,
        Self::OfferDeclined,
        Self::MessageLeft,
        Self::AgentStatus,
        Self::PluginActivated,
        Self::PluginRolledBack,
        Self::PluginFaulted,
        Self::DeliveryDead,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConversationOpened => "conversation.opened",
            Self::ConversationQueued => "conversation.queued",
            Self::ConversationAssigned => "conversation.assigned",
            Self::ConversationMoved => "conversation.moved",
            Self::ConversationClosed => "conversation.closed",
            Self::ConversationRated => "conversation.rated",
            Self::EntryAdded => "entry.added",
            Self::OfferMade => "offer.made",
            Self::OfferMissed => "offer.missed",
            Self::OfferDeclined => "offer.declined",
            Self::MessageLeft => "message.left",
            Self::AgentStatus => "agent.status",
            Self::PluginActivated => "plugin.activated",
            Self::PluginRolledBack => "plugin.rolled_back",
            Self::PluginFaulted => "plugin.faulted",
            Self::DeliveryDead => "delivery.dead",
        }
    }
}

/// A fact that somebody outside may want to know. Its row is written in the transaction of the fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub id: EventId,
    pub kind: EventKind,
    pub at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub conversation: Option<ConversationId>,
    /// The fact itself; its schema is named by `kind`.
    pub payload: serde_json::Value,
}

/// What a handler wants to be sent (the WIT's `delivery`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    pub target: String,
    /// Two notifications of a tenant to one target with one key are one.
    pub dedupe: String,
    /// Milliseconds.
    pub delay: u64,
    pub content_type: String,
    pub body: String,
}

/// Where a notification stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotificationState {
    /// To be tried when `due_at` comes.
    Due,
    Sent,
    /// Kept for a person to look at and send again.
    Dead,
    /// The retry rule let it go.
    Dropped,
}

/// One thing to be sent to one target, until it is sent, dead or dropped. The id is what receivers de-duplicate by: it stays the
/// same over all attempts and redrives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    pub id: NotificationId,
    pub event: EventId,
    pub kind: EventKind,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub conversation: Option<ConversationId>,
    pub target: String,
    pub dedupe: String,
    pub content_type: String,
    pub body: String,
    pub made_at: Timestamp,
    pub state: NotificationState,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub due_at: Option<Timestamp>,
    /// Attempts since it was made or sent again, and when the first of them was.
    pub made: u32,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first_at: Option<Timestamp>,
    /// Milliseconds between the last two attempts.
    pub previous_delay: u64,
    /// All attempts ever.
    pub attempts: u32,
    /// Why it is dead or dropped.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cause: Option<String>,
}

/// Why an attempt did not succeed (the WIT's `retry.fault`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Nothing answered: name, connection, TLS.
    Unreachable,
    TimedOut,
    /// The other side answered that it will not (HTTP 4xx, a broker's reject).
    Refused,
    /// Too much, later please (HTTP 429, 503 with Retry-After).
    Throttled,
    /// The other side failed (HTTP 5xx).
    Failed,
}

/// What a retry rule is asked (the WIT's `retry.attempt`). Times are milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    pub now: u64,
    pub seed: u64,
    pub channel: String,
    /// Attempts made, at least 1.
    pub made: u32,
    pub first_at: u64,
    /// 0 = never.
    pub expires_at: u64,
    pub previous_delay: u64,
    pub fault: Fault,
    /// 0 when there was none.
    pub status: u16,
    pub retry_after: Option<u64>,
    /// Failures in a row of this target, over all notifications.
    pub streak: u32,
}

/// What a retry rule answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Milliseconds.
    AgainIn(u64),
    DeadLetter(String),
    Drop(String),
}

/// One try, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// From 1, over all redrives.
    pub number: u32,
    pub at: Timestamp,
    pub took_ms: u32,
    /// None when it succeeded.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fault: Option<Fault>,
    /// 0 when there was none.
    pub status: u16,
    /// What the other side said, or what went wrong; at most a KiB.
    pub answer: String,
    /// The rule's answer and who gave it; none after a success.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub judged: Option<Judged>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next_due: Option<Timestamp>,
}

/// A retry rule's answer with all that is needed to ask again (C6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    pub asked: Failed,
    pub verdict: Verdict,
    pub epoch: u64,
    pub rung: Rung,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub release: Option<Digest>,
    pub plugin: String,
    pub version: String,
    pub fuel: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<String>,
}

/// Where a tenant lets notifications go, under a name. A plugin knows the name and nothing more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Unique in the tenant.
    pub name: String,
    /// `webhook`, `email`, `push`, …
    pub channel: String,
    /// What the channel needs to know, for instance `{"url": "https://…"}`.
    pub address: serde_json::Value,
    /// Events that go here as they are when no plugin handles them.
    #[serde(default)]
    pub events: Vec<EventKind>,
    /// One after the other within a conversation.
    #[serde(default)]
    pub ordered: bool,
    /// Attempts at once, per node.
    #[serde(default = "concurrency")]
    pub concurrency: u32,
    /// Attempts per second, per node.
    #[serde(default = "rate")]
    pub rate: u32,
    #[serde(default)]
    pub disabled: bool,
    /// Newest first; one, or two while one replaces the other. Kept by the host: never shown after it was made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<String>,
}

const fn concurrency() -> u32 {
    8
}
const fn rate() -> u32 {
    50
}

/// How a target has been doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetHealth {
    /// Failures in a row.
    pub streak: u32,
    pub failing_since: Option<Timestamp>,
    /// The breaker: nothing is tried before.
    pub rests_until: Option<Timestamp>,
}

/// What a notification plugin keeps for one tenant: the WIT's `store`. Changed only together with the outcome of the event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Space {
    /// Grows with every change; 0 when there is none yet.
    pub version: u64,
    pub values: std::collections::BTreeMap<String, Kept>,
}

/// One value of a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub value: String,
    /// None: until it is deleted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<Timestamp>,
}

impl Space {
    /// Of keys and values together, and of keys.
    pub const BYTES: usize = 64 * 1024;
    pub const KEYS: usize = 1000;

    pub fn get(&self, key: &str, now: Timestamp) -> Option<&str> {
        self.values.get(key).filter(|kept| kept.until.is_none_or(|until| until > now)).map(|kept| kept.value.as_str())
    }

    /// False when the quota would be exceeded; what is over is dropped first.
    pub fn set(&mut self, key: String, value: String, until: Option<Timestamp>, now: Timestamp) -> bool {
        self.values.retain(|_, kept| kept.until.is_none_or(|until| until > now));
        let before = self.values.get(&key).map_or(0, |kept| key.len() + kept.value.len());
        let bytes: usize = self.values.iter().map(|(k, kept)| k.len() + kept.value.len()).sum();
        let fits = bytes - before + key.len() + value.len() <= Self::BYTES
            && (self.values.len() < Self::KEYS || self.values.contains_key(&key));
        if fits {
            self.values.insert(key, Kept { value, until });
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_spelled_as_serde_spells_them() {
        for kind in EventKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }

    #[test]
    fn a_space_keeps_its_quota_and_forgets_what_is_over() {
        let now = Timestamp::from_ms(1000);
        let mut space = Space::default();
        assert!(space.set("a".into(), "x".repeat(Space::BYTES - 1), Some(Timestamp::from_ms(2000)), now));
        assert!(!space.set("b".into(), "y".into(), None, now), "the quota is used up");
        assert!(space.get("a", now).is_some());
        let later = Timestamp::from_ms(2000);
        assert_eq!(space.get("a", later), None);
        assert!(space.set("b".into(), "y".into(), None, later), "what is over makes room");
        assert!(space.set("b".into(), "z".into(), None, later));
        assert_eq!(space.get("b", later), Some("z"));
    }
}

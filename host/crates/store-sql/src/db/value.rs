use model::{
    AgentId, AuditId, BindingId, ChannelId, CommandId, ConversationId, DecisionId, EventId, NodeId, NotificationId,
    OfferId, ResourceId, SessionId, TeamId, TenantId, Timestamp, TokenId, VisitorId, plugin::Digest,
};
use serde::Serialize;

/// What is bound to a placeholder.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl Value {
    /// A JSON document.
    pub fn json(document: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json::to_string(document).map(Self::Text)
    }
    /// A word of a closed set, as serde spells it.
    pub fn word(word: &impl Serialize) -> Result<Self, serde_json::Error> {
        Ok(match serde_json::to_value(word)? {
            serde_json::Value::String(text) => Self::Text(text),
            other => Self::Text(other.to_string()),
        })
    }
}

macro_rules! ids {
    ($($name:ident)*) => {$(
        impl From<$name> for Value {
            fn from(id: $name) -> Self {
                Self::Blob(id.to_bytes().to_vec())
            }
        }
    )*};
}
ids! { AgentId AuditId BindingId ChannelId CommandId ConversationId DecisionId EventId NodeId NotificationId OfferId ResourceId SessionId TeamId TenantId TokenId VisitorId }

macro_rules! ints {
    ($($name:ty)*) => {$(
        impl From<$name> for Value {
            fn from(number: $name) -> Self {
                Self::Int(i64::from(number))
            }
        }
    )*};
}
ints! { bool u8 u16 u32 i32 i64 }

impl From<u64> for Value {
    /// Counters stay far below 2⁶³; a fencing token uses all bits and comes back the same.
    fn from(number: u64) -> Self {
        Self::Int(number.cast_signed())
    }
}
impl From<Timestamp> for Value {
    fn from(at: Timestamp) -> Self {
        Self::Int(at.as_ms())
    }
}
impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}
impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Blob(bytes.to_vec())
    }
}
impl<const N: usize> From<[u8; N]> for Value {
    fn from(bytes: [u8; N]) -> Self {
        Self::Blob(bytes.to_vec())
    }
}
impl From<Digest> for Value {
    fn from(digest: Digest) -> Self {
        Self::from(digest.0)
    }
}
impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

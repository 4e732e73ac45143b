//! Ids are ULIDs (26 characters of Crockford base 32 on the wire, 16 bytes in a store), one type per kind.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The text is not a ULID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a ULID (26 characters, Crockford base 32)")]
pub struct ParseIdError;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(ulid::Ulid);

        impl $name {
            /// The id made at `ms` (milliseconds since 1970) with 80 bits of `entropy` (the upper 48 are dropped).
            pub const fn from_parts(ms: u64, entropy: u128) -> Self {
                Self(ulid::Ulid::from_parts(ms, entropy))
            }
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(ulid::Ulid::from_bytes(bytes))
            }
            pub const fn to_bytes(self) -> [u8; 16] {
                self.0.to_bytes()
            }
            /// Milliseconds since 1970 at which the id was made.
            pub const fn timestamp_ms(self) -> u64 {
                self.0.timestamp_ms()
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
        impl FromStr for $name {
            type Err = ParseIdError;
            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                ulid::Ulid::from_string(text).map(Self).map_err(|_| ParseIdError)
            }
        }
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A customer organisation; the isolation boundary.
    TenantId
    /// Who asks.
    VisitorId
    /// Who answers.
    AgentId
    /// Agents who share a backlog.
    TeamId
    /// Where visitors come from (a site, an app); has the public key the widget carries.
    ChannelId
    /// One case from open to closed.
    ConversationId
    /// Made by the client for each command: the idempotency key (C2).
    CommandId
    /// One live client with its resume point.
    SessionId
    /// A conversation offered to one agent for a while.
    OfferId
    /// One running host process.
    NodeId
    /// What routing answered, kept with its input (C6).
    DecisionId
    /// Which tenant uses which plugin for which hook, with what settings.
    BindingId
    /// One family of refresh tokens, or one API token.
    TokenId
    /// One audit record.
    AuditId
    /// A small resource of a tenant's administration: a holiday, a canned reply, a label.
    ResourceId
    /// A fact that somebody outside may want to know.
    EventId
    /// One thing to be sent to one target.
    NotificationId
}

impl From<VisitorId> for ulid::Ulid {
    fn from(id: VisitorId) -> Self {
        id.0
    }
}

/// Makes ids from a clock and a source of chance, both given.
pub trait IdSource: Send + Sync {
    /// Milliseconds since 1970 and 80 random bits.
    fn parts(&self) -> (u64, u128);
}

macro_rules! make {
    ($($fn:ident $name:ident)*) => {
        impl dyn IdSource + '_ {$(
            pub fn $fn(&self) -> $name {
                let (ms, entropy) = self.parts();
                $name::from_parts(ms, entropy)
            }
        )*}
    };
}
make! { tenant TenantId visitor VisitorId agent AgentId team TeamId channel ChannelId conversation ConversationId command CommandId
session SessionId offer OfferId node NodeId decision DecisionId binding BindingId token TokenId audit AuditId resource ResourceId
event EventId notification NotificationId }

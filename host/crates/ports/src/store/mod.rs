//! The system of record, as the ports that use it see it. One adapter (`store-sql`) implements all of them.

mod administration;
mod conversations;
mod notifications;
mod people;
mod releases;
mod tokens;

pub use administration::{Administration, RESOURCES, Resource, ResourceKind, timetable};
pub use conversations::{
    Change, CommitError, ConversationFilter, Conversations, IndexLag, Indexed, Located, Place, RouteFacts, SeatFacts,
    StoreInfo, TeamFacts, ToIndex, Violation, Waiting, Write, Written,
};
pub use notifications::{Claimed, DeadEvent, Fresh, Handled, NotificationFilter, Notifications, Outcome, Tried};
pub use people::{NewAgent, People};
pub use releases::Releases;
pub use tokens::{ApiToken, AuditRecord, RefreshToken, Tokens, Used};

/// A page of a list: what follows `after` (exclusive), at most `limit`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<Cursor> {
    pub after: Option<Cursor>,
    pub limit: u32,
}

/// All of the store. Every method takes the tenant first, but for those of the whole node, which say so.
pub trait Store: Conversations + People + Releases + Tokens + Administration + Notifications {}
impl<T: Conversations + People + Releases + Tokens + Administration + Notifications> Store for T {}

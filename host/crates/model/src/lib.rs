#![doc = include_str!("../README.md")]

pub mod administration;
pub mod backlog;
pub mod body;
pub mod caller;
pub mod catalogue;
pub mod clock;
pub mod conversation;
pub mod entry;
pub mod hours;
pub mod id;
pub mod limits;
pub mod notification;
pub mod people;
pub mod permission;
pub mod plugin;
pub mod refusal;
pub mod retry_builtin;
pub mod routing;
pub mod routing_builtin;
pub mod tenant;
mod trace;

pub use body::Body;
pub use caller::{Caller, Participant, ParticipantKind, Role};
pub use clock::{Clock, ManualClock, Timestamp};
pub use conversation::Conversation;
pub use entry::{Audience, Author, Entry, Reader};
pub use id::*;
pub use refusal::{Code, Refusal};
pub use trace::TraceParent;

#![doc = include_str!("../README.md")]

mod blobs;
mod bus;
mod clock;
#[cfg(feature = "conformance")]
pub mod conformance;
mod directory;
mod error;
pub mod hints;
mod notifiers;
pub mod plugins;
mod search;
pub mod store;
mod work;

pub use blobs::Blobs;
pub use bus::{Address, Bus, Message, Subscription};
pub use clock::SystemClock;
pub use directory::{Directory, Presence, SessionAt};
pub use error::{PortError, PortResult};
pub use hints::{Hint, Hints};
pub use notifiers::{Failure, Notifier, Parcel, Sent, TargetRefusal};
pub use plugins::{
    Answer, CallFault, Called, Frozen, GoldenReport, Handlers, Handling, Inspection, PluginRuntime, Prepared, Router,
    Routing,
};
pub use search::{Found, HIT_BEGINS, HIT_ENDS, Indexable, Search, SearchQuery, unmarked};
pub use store::Store;
pub use work::{Job, Settled, Taken, Work, WorkKind};

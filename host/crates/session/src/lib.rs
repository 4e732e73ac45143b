#![doc = include_str!("../README.md")]

mod adopt;
mod catch_up;
mod encoded;
mod hub;
mod mailbox;
mod open;
mod rest;
mod session;
mod summary;
#[cfg(feature = "testing")]
pub mod testing;
mod watch;
pub mod wire;

pub use encoded::Encoded;
pub use hub::{Full, Hub, Passed};
pub use open::{Config, Hello, Parts, Resume, Sessions, Welcome, WelcomeItem};
pub use rest::{Events, Opened, RestSessions};
pub use session::Session;
pub use summary::{Summary, summaries};
pub use watch::{WATCHED, Watch, watch_point};

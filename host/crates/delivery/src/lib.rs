#![doc = include_str!("../README.md")]

mod delivery;
mod frame;
mod hints;
mod index;
mod index_share;
mod notices;
mod outage;
mod outbox;
mod patience;
mod receive;
mod refresh;
mod seen;
mod signals;
mod sweep;

pub use delivery::{Config, Delivery, Parts};
pub use notices::{Notice, Notices};
pub use signals::Signal;

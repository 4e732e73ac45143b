#![doc = include_str!("../README.md")]

mod delivery;
mod frame;
mod hints;
mod index;
mod outbox;
mod receive;
mod refresh;
mod seen;
mod signals;
mod sweep;

pub use delivery::{Config, Delivery, Parts};
pub use signals::Signal;

#![doc = include_str!("../README.md")]

mod absent;
mod audit;
mod due;
mod effects;
mod execute;
mod grant;
mod group;
mod intent;
mod lanes;
mod names;
mod places;
mod request;
mod rounds;
mod routing;
mod service;

pub use intent::{Handover, Intent, Receipt};
pub use service::{Config, Conversations, Parts};

#![doc = include_str!("../README.md")]

mod address;
mod artemis;
mod config;
mod connect;
mod connection;
mod figures;
mod intake;
mod jobs;
mod management;
mod message;
mod outlet;
mod shared;
mod url;

pub use artemis::Artemis;
pub use config::{ArtemisConfig, Listener, Reconnect};
pub use figures::Figures;
pub use management::QueueFigures;
pub use url::{BrokerUrl, UrlError};

#![doc = include_str!("../README.md")]

mod access;
mod agents;
mod api_tokens;
mod audit;
mod authenticate;
mod canned_replies;
mod channels;
mod hours;
mod labels;
mod links;
mod password;
mod refusals;
mod resources;
mod secret;
mod service;
mod settings;
mod sign_in;
mod targets;
mod teams;
mod tenants;
mod throttle;
mod visitors;

pub use agents::{AgentChange, NewPerson};
pub use api_tokens::NewApiToken;
pub use authenticate::Authenticated;
pub use channels::ChannelChange;
pub use password::PasswordCost;
pub use resources::Versioned;
pub use service::{Config, Parts, Tenancy};
pub use sign_in::{Credentials, SignedIn};
pub use teams::TeamChange;
pub use tenants::{Founded, NewTenant};
pub use visitors::{Enter, Entered, Identity};

//! HTTP to addresses that tenants choose: checked, pinned and bounded.
//!
//! `destination` reads the URL, `guard` finds and checks the addresses behind its name, `connect` goes to one of exactly these,
//! `client` sends one request and reads a bounded answer, `outcome` says what the answer means.

mod address;
mod allow;
mod client;
mod connect;
mod destination;
mod guard;
mod idle;
mod obstacle;
mod outcome;
mod resolver;
mod retry_after;

pub use allow::{AllowList, NotAllowable};
pub use client::{Http, HttpConfig, SetupError};
pub use destination::{Destination, Unfit};
pub use guard::Guard;
pub use obstacle::Obstacle;
pub use resolver::{Resolver, SystemResolver};

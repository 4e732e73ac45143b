#![doc = include_str!("../README.md")]

mod bulk;
mod config;
mod document;
mod elastic;
mod error;
mod figures;
mod index;
mod link;
mod query;
mod rebuild;

pub use config::ElasticConfig;
pub use elastic::ElasticSearch;
pub use error::ElasticError;
pub use figures::Figures;
pub use rebuild::{Leftover, Rebuilt};

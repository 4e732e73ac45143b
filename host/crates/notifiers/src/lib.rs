#![doc = include_str!("../README.md")]

mod fields;
pub mod http;
mod webhook;

pub use webhook::Webhook;

#![doc = include_str!("../README.md")]

mod email;
mod fields;
pub mod http;
mod mail_text;
mod push;
mod smtp_fault;
mod unsendable;
mod webhook;

pub use email::{Email, EmailConfig, EmailSetupError};
pub use push::{Push, VapidError, VapidKey};
pub use webhook::Webhook;

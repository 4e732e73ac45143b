#![doc = include_str!("../README.md")]
// The generated bindings are the interface's words; their doc comments are in `wit/v1`.
#![allow(clippy::all)]

mod arena;
mod chance;
mod hook;
#[cfg(feature = "notification")]
pub mod notification;
#[cfg(feature = "retry")]
pub mod retry;
#[cfg(feature = "routing")]
pub mod routing;

pub use chance::Chance;
pub use serde_json;

/// Settings as a plugin declares them.
pub use serde::Deserialize;

/// Reads the settings that a tenant bound the plugin with. Without settings the host sends `{}`.
pub fn read_settings<S: serde::de::DeserializeOwned>(json: &str) -> Result<S, String> {
    serde_json::from_str(json).map_err(|e| format!("settings: {e}"))
}

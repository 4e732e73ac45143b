#![doc = include_str!("../README.md")]

mod build;
mod manifest;

pub use build::build_guests;
pub use manifest::{Manifest, Vector};

use std::path::PathBuf;
use wasm_encoder::{ComponentSection, CustomSection};

/// The custom section that holds the manifest as JSON.
pub const MANIFEST_SECTION: &str = "weft:manifest";

#[derive(Debug, thiserror::Error)]
pub enum PackError {
    #[error("{0} is not a manifest: {1}")]
    Manifest(PathBuf, #[source] Box<toml::de::Error>),
    #[error("the manifest cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    #[error("the module is no plugin of the weft interface: {0}")]
    Module(String),
    #[error("{0}")]
    Io(PathBuf, #[source] std::io::Error),
    #[error("`cargo build` of the plugin {0} failed ({1})")]
    Build(String, std::process::ExitStatus),
    #[error("{0}: no module was built for it")]
    Missing(PathBuf),
}

/// The component of `core` with `manifest` inside.
pub fn pack(core: &[u8], manifest: &Manifest) -> Result<Vec<u8>, PackError> {
    // The encoder's errors are chains of words; joined, they name the import or export that does not fit.
    let words = |e| PackError::Module(format!("{e:#}"));
    let mut component = wit_component::ComponentEncoder::default()
        .validate(true)
        .module(core)
        .map_err(words)?
        .encode()
        .map_err(words)?;
    let json = serde_json::to_vec(manifest)?;
    let section = CustomSection { name: MANIFEST_SECTION.into(), data: json.into() };
    section.append_to_component(&mut component);
    Ok(component)
}

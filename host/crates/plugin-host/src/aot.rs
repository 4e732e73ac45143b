//! The one `unsafe` of the host: loading compiled code.

#![allow(unsafe_code, reason = "wasmtime cannot check compiled code; see `load`")]

use wasmtime::{Engine, component::Component};

/// Loads an artefact that this node compiled itself: it comes from our child's pipe, or from our cache, a folder that only
/// this process's account may enter, whole by its checksum. Uploads never get here.
pub fn load(engine: &Engine, artefact: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: the bytes are what `Engine::precompile_component` of the same wasmtime and settings produced, see above.
    unsafe { Component::deserialize(engine, artefact) }
}

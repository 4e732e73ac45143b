//! Compiled artefacts of this node: content-addressed files that only we can write.

use model::plugin::Digest;
use sha2::{Digest as _, Sha256};
use std::{
    fs,
    hash::{Hash, Hasher},
    io,
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::PathBuf,
};
use wasmtime::Engine;

const SUM_BYTES: usize = 32;

pub struct Cache {
    dir: Option<PathBuf>,
    /// Digest of wasmtime's version and of every setting that matters for an artefact. wasmtime itself accepts artefacts of
    /// other settings, so they are part of the key.
    compatibility: Digest,
}

/// `std::hash::Hasher` over SHA-256: std's own hashers are no stable format.
#[derive(Default)]
struct Stable(Sha256);

impl Hasher for Stable {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
    fn finish(&self) -> u64 {
        0
    }
}

impl Cache {
    pub fn new(dir: Option<PathBuf>, engine: &Engine) -> io::Result<Self> {
        if let Some(dir) = &dir {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        }
        let mut hasher = Stable::default();
        env!("CARGO_PKG_VERSION").hash(&mut hasher);
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Ok(Self { dir, compatibility: Digest(hasher.0.finalize().into()) })
    }

    fn path(&self, component: Digest) -> Option<PathBuf> {
        Some(self.dir.as_ref()?.join(format!("{component}-{}.cwasm", &self.compatibility.to_string()[..16])))
    }

    /// The artefact of `component`, when it is here and whole.
    pub fn get(&self, component: Digest) -> Option<Vec<u8>> {
        let bytes = fs::read(self.path(component)?).ok()?;
        let (sum, artefact) = bytes.split_at_checked(SUM_BYTES)?;
        (Sha256::digest(artefact).as_slice() == sum).then(|| artefact.to_vec())
    }

    /// Keeps it. A cache that cannot be written costs time, not plugins.
    pub fn put(&self, component: Digest, artefact: &[u8]) {
        let Some(path) = self.path(component) else { return };
        let fresh = path.with_extension(format!("{}.new", std::process::id()));
        let write = || {
            let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
            file.write_all(&Sha256::digest(artefact))?;
            file.write_all(artefact)?;
            file.sync_all()?;
            fs::rename(&fresh, &path)
        };
        if let Err(e) = write() {
            tracing::warn!(error = %e, path = %path.display(), "the plugin cache cannot be written");
        }
    }
}

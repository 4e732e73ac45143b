//! Builds every guest of the workspace `plugins/` and packs it.

use crate::{Manifest, PackError, pack};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const TARGET: &str = "wasm32-unknown-unknown";

/// Folders with guests, and where their components go.
const GUESTS: [(&str, &str); 4] = [
    ("plugins/routing", "plugins/dist"),
    ("plugins/notification", "plugins/dist"),
    ("plugins/retry", "plugins/dist"),
    ("tests/guests", "tests/guests/dist"),
];

/// Builds the guests of the repository at `root`; answers the components that were written. `log` gets one line per step.
pub fn build_guests(root: &Path, log: &mut dyn FnMut(&str)) -> Result<Vec<PathBuf>, PackError> {
    let mut written = Vec::new();
    for (folder, dist) in GUESTS {
        let dist = root.join(dist);
        fs::create_dir_all(&dist).map_err(|e| PackError::Io(dist.clone(), e))?;
        for guest in guests(&root.join(folder))? {
            written.push(build_guest(root, &guest, &dist, log)?);
        }
    }
    Ok(written)
}

/// Crates with a `plugin.toml`, by name.
fn guests(folder: &Path) -> Result<Vec<PathBuf>, PackError> {
    let read = |e| PackError::Io(folder.to_owned(), e);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(read)? {
        let path = entry.map_err(read)?.path();
        if path.join("plugin.toml").exists() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn build_guest(root: &Path, guest: &Path, dist: &Path, log: &mut dyn FnMut(&str)) -> Result<PathBuf, PackError> {
    let file = guest.join("plugin.toml");
    let text = fs::read_to_string(&file).map_err(|e| PackError::Io(file.clone(), e))?;
    let manifest: Manifest = toml::from_str(&text).map_err(|e| PackError::Manifest(file, Box::new(e)))?;
    compile(root, &manifest.name)?;
    let module = format!("target/guests/{TARGET}/release/{}.wasm", manifest.name.replace('-', "_"));
    let module = root.join(module);
    if !module.exists() {
        return Err(PackError::Missing(module));
    }
    let core = fs::read(&module).map_err(|e| PackError::Io(module.clone(), e))?;
    let component = pack(&core, &manifest)?;
    let out = dist.join(format!("{}.wasm", manifest.name));
    fs::write(&out, &component).map_err(|e| PackError::Io(out.clone(), e))?;
    log(&format!("{} {}: {} bytes", manifest.name, manifest.version, component.len()));
    Ok(out)
}

/// One guest at a time: built together they would share the features of `weft-plugin`, and each would get the worlds of all.
fn compile(root: &Path, package: &str) -> Result<(), PackError> {
    let status = Command::new("cargo")
        .current_dir(root.join("plugins"))
        .args(["build", "--release", "--quiet", "--target", TARGET, "--package", package, "--target-dir"])
        .arg(root.join("target/guests"))
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .status()
        .map_err(|e| PackError::Io(root.join("plugins"), e))?;
    if status.success() { Ok(()) } else { Err(PackError::Build(package.to_owned(), status)) }
}

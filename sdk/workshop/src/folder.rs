//! An author's crate: its manifest, its module and its component.

use crate::{answer::Voice, complaint::Complaint};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
};
use weft_plugin_pack::{Manifest, pack};

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// A folder with `Cargo.toml` and `plugin.toml`.
pub(crate) struct Folder {
    pub path: PathBuf,
    pub manifest: Manifest,
    package: String,
    /// Of the library, as cargo names its file.
    library: String,
    target: PathBuf,
}

impl Folder {
    pub fn open(path: &Path) -> Result<Self, Complaint> {
        let path = fs::canonicalize(path).map_err(|e| Complaint::file(path, e))?;
        let file = path.join("plugin.toml");
        if !file.exists() {
            let message = format!("{}: there is no plugin.toml, so this is no plugin's folder", path.display());
            return Err(Complaint::new("no_plugin", message).advice("`weft plugin new NAME` makes one"));
        }
        let text = fs::read_to_string(&file).map_err(|e| Complaint::file(&file, e))?;
        let manifest = toml::from_str(&text).map_err(|e| weft_plugin_pack::PackError::Manifest(file, Box::new(e)))?;
        let metadata = metadata(&path)?;
        let wanted = path.join("Cargo.toml");
        let of_folder = |p: &&Value| p["manifest_path"].as_str().is_some_and(|manifest| Path::new(manifest) == wanted);
        let package = metadata["packages"].as_array().and_then(|packages| packages.iter().find(of_folder));
        let library = package
            .and_then(|p| p["targets"].as_array())
            .and_then(|targets| targets.iter().find(|target| is_cdylib(target)));
        let (Some(package), Some(library)) = (package, library) else {
            let advice = "Cargo.toml needs `[lib]` with `crate-type = [\"cdylib\", \"rlib\"]`";
            return Err(Complaint::new("no_library", "the crate builds no module").advice(advice));
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(Self {
            manifest,
            package: text(&package["name"]),
            library: text(&library["name"]).replace('-', "_"),
            target: text(&metadata["target_directory"]).into(),
            path,
        })
    }

    /// Where `build` puts the component.
    pub fn component(&self) -> PathBuf {
        self.path.join("dist").join(format!("{}.wasm", self.manifest.name))
    }

    /// Compiles, packs and writes the component; its bytes.
    pub fn build(&self, voice: Voice) -> Result<Vec<u8>, Complaint> {
        target_is_there()?;
        let arguments = ["build", "--release", "--quiet", "--target", TARGET, "--package", &self.package];
        let status = self.cargo(&arguments, voice)?;
        if !status.success() {
            return Err(Complaint::new("build_failed", format!("`cargo build` ended with {status}")));
        }
        let module = self.target.join(TARGET).join("release").join(format!("{}.wasm", self.library));
        let core = fs::read(&module).map_err(|e| Complaint::file(&module, e))?;
        let component = pack(&core, &self.manifest)?;
        let out = self.component();
        let dist = out.parent().unwrap_or(&self.path);
        fs::create_dir_all(dist).map_err(|e| Complaint::file(dist, e))?;
        fs::write(&out, &component).map_err(|e| Complaint::file(&out, e))?;
        Ok(component)
    }

    /// The rule's own tests, as plain Rust.
    pub fn test_natively(&self, voice: Voice) -> Result<(), Complaint> {
        let status = self.cargo(&["test", "--quiet", "--package", &self.package], voice)?;
        if status.success() {
            return Ok(());
        }
        Err(Complaint::new("tests_failed", format!("`cargo test` ended with {status}")))
    }

    /// What cargo says goes to standard error: standard output is the command's own.
    fn cargo(&self, arguments: &[&str], voice: Voice) -> Result<ExitStatus, Complaint> {
        let output = if voice.json { Stdio::null() } else { std::io::stderr().into() };
        let mut cargo = Command::new("cargo");
        cargo.current_dir(&self.path).args(arguments).stdin(Stdio::null()).stdout(output);
        // The target decides what a plugin is built with, not the flags of who builds it.
        cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        cargo.status().map_err(no_tool)
    }
}

fn is_cdylib(target: &Value) -> bool {
    target["crate_types"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "cdylib"))
}

fn no_tool(error: std::io::Error) -> Complaint {
    Complaint::new("no_cargo", "cargo cannot be started").because(error).advice("install Rust: https://rustup.rs")
}

fn metadata(path: &Path) -> Result<Value, Complaint> {
    let arguments = ["metadata", "--no-deps", "--format-version", "1"];
    let output = Command::new("cargo").current_dir(path).args(arguments).output().map_err(no_tool)?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Complaint::new("bad_crate", format!("{}: cargo cannot read it: {words}", path.display())));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|e| Complaint::new("bad_crate", "cargo's metadata cannot be read").because(e))
}

/// Whether the compiler has a library for plugins.
fn target_is_there() -> Result<(), Complaint> {
    let output = Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).output();
    let output = output.map_err(no_tool)?;
    let place = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if place.is_dir() {
        return Ok(());
    }
    let advice = format!(
        "`rustup target add {TARGET}`; without rustup's server, `cargo xtask plugins` in a checkout of weft builds it from the \
         compiler's source"
    );
    Err(Complaint::new("no_wasm_target", format!("the Rust compiler has no target {TARGET}")).advice(advice))
}

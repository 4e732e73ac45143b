//! Programs that the tasks need besides Rust, and how they are had.

use crate::step::{Steps, output};
use anyhow::{Context, Result, bail};
use std::{path::Path, process::Command};

/// A program, the Debian package that has it, and why it is needed.
pub struct Program {
    names: &'static [&'static str],
    package: &'static str,
    why: &'static str,
}

pub const CHROMIUM: Program = Program {
    names: &["chromium", "chromium-browser", "google-chrome"],
    package: "chromium",
    why: "the browser tests drive a real browser",
};
/// What the pages are built and tested with.
const NODE_MAJOR_MIN: u32 = 20;

/// The browser: `$CHROMIUM`, one that is found, or Debian's package.
pub fn chromium(steps: &Steps) -> Result<String> {
    match std::env::var("CHROMIUM") {
        Ok(path) if Path::new(&path).is_file() => Ok(path),
        Ok(path) => bail!("CHROMIUM is set to {path}, which is no file"),
        Err(_) => program(steps, &CHROMIUM),
    }
}

/// The path of a program; installed when that is possible here.
pub fn program(steps: &Steps, wanted: &Program) -> Result<String> {
    if let Some(path) = found(wanted) {
        return Ok(path);
    }
    let name = wanted.names[0];
    steps.step(&format!("install {}", wanted.package), || {
        weft_services::install_debian_package(name, wanted.package).context(wanted.why)
    })?;
    found(wanted).with_context(|| format!("{} was installed, but there is still no {name}", wanted.package))
}

/// All servers that the tests start.
pub fn servers(steps: &Steps) -> Result<()> {
    for software in weft_services::Software::ALL {
        if !software.is_installed() {
            let mut tell = |line: &str| println!("    {line}");
            steps.step(&format!("install {}", software.name()), || Ok(software.install(&mut tell)?))?;
        }
    }
    Ok(())
}

fn found(wanted: &Program) -> Option<String> {
    wanted.names.iter().find_map(|name| which(name))
}

/// The first of this name in `PATH`; a name with a `/` is a path.
pub fn which(name: &str) -> Option<String> {
    if name.contains('/') {
        return Path::new(name).is_file().then(|| name.to_owned());
    }
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|dir| dir.join(name))
        .find(|p| p.is_file())
        .map(|p| p.display().to_string())
}

/// The version of Node; 20 or newer, with npm.
pub fn node() -> Result<String> {
    const FROM: &str =
        "the pages are built with Node 20 or newer and npm: https://nodejs.org, or Debian's `nodejs` and `npm`";
    let Ok(version) = output(Command::new("node").arg("--version")) else { bail!("Node is missing: {FROM}") };
    let version = version.trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < NODE_MAJOR_MIN) {
        bail!("Node {version} is too old: {FROM}");
    }
    if which("npm").is_none() {
        bail!("npm is missing: {FROM}");
    }
    Ok(version)
}

/// The compiler's whole version.
pub fn rustc() -> Result<String> {
    output(Command::new("rustc").arg("-vV"))
}

//! What the tasks need besides Rust and Node, and how it is had.

use crate::step::{Steps, succeed};
use anyhow::{Result, bail};
use std::process::{Command, Stdio};

/// A program, the Debian package that has it, and why it is needed.
struct Program {
    names: &'static [&'static str],
    package: &'static str,
    why: &'static str,
}

const CHROMIUM: Program =
    Program { names: &["chromium", "chromium-browser", "google-chrome"], package: "chromium", why: "the browser tests drive a real browser" };
const MARIADB: Program =
    Program { names: &["mariadbd", "/usr/sbin/mariadbd"], package: "mariadb-server", why: "the store's contract is tested on a real server" };

/// The browser: `$CHROMIUM`, one that is found, or Debian's package.
pub fn chromium(steps: &Steps) -> Result<String> {
    if let Ok(path) = std::env::var("CHROMIUM") {
        return Ok(path);
    }
    program(steps, &CHROMIUM)
}

pub fn mariadb(steps: &Steps) -> Result<String> {
    program(steps, &MARIADB)
}

fn program(steps: &Steps, wanted: &Program) -> Result<String> {
    if let Some(found) = found(wanted) {
        return Ok(found);
    }
    let command = format!("apt-get install --yes {}", wanted.package);
    if !is_root() || which("apt-get").is_none() {
        bail!("{} is missing: {}. Install it, for instance with `{command}`", wanted.names[0], wanted.why);
    }
    steps.step(&format!("install {}", wanted.package), || {
        let mut update = Command::new("apt-get");
        succeed(update.args(["update", "--quiet=2"]).stdout(Stdio::null()))?;
        let mut install = Command::new("apt-get");
        install.args(["install", "--yes", "--quiet=2", "--no-install-recommends", wanted.package]);
        succeed(install.env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null()))
    })?;
    match found(wanted) {
        Some(path) => Ok(path),
        None => bail!("{} was installed, but {} is still not found", wanted.package, wanted.names[0]),
    }
}

fn found(wanted: &Program) -> Option<String> {
    wanted.names.iter().find_map(|name| which(name))
}

/// The first of this name in `PATH`.
pub fn which(name: &str) -> Option<String> {
    if name.starts_with('/') {
        return std::path::Path::new(name).exists().then(|| name.to_owned());
    }
    std::env::split_paths(&std::env::var_os("PATH")?).map(|dir| dir.join(name)).find(|p| p.is_file()).map(|p| p.display().to_string())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.trim_ascii() == b"0")
}

/// Node 20 or newer with npm.
pub fn node() -> Result<()> {
    let version = Command::new("node").arg("--version").output();
    let major = version.ok().and_then(|out| String::from_utf8(out.stdout).ok()?.trim().trim_start_matches('v').split('.').next()?.parse::<u32>().ok());
    match major {
        Some(20..) if which("npm").is_some() => Ok(()),
        Some(major) => bail!("Node {major} is too old or has no npm: the pages are built with Node 20 or newer"),
        None => bail!("Node is missing: the pages are built with Node 20 or newer, see https://nodejs.org"),
    }
}

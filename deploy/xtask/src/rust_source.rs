//! The source of Rust's library, of exactly one version: as it is installed, or from Debian.

use crate::{need::which, step::output};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const SUITES: [&str; 5] = ["trixie-backports", "bookworm-backports", "trixie", "sid", "experimental"];
const MIRROR: &str = "http://deb.debian.org/debian";
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// The folder `library` of the compiler's source.
pub fn find(work: &Path, version: &str) -> Result<PathBuf> {
    let path = format!("usr/src/rustc-{version}/library");
    let installed = Path::new("/").join(&path);
    if installed.join("std/Cargo.toml").exists() {
        return Ok(installed);
    }
    if version.contains('-') {
        bail!("rustc {version} is no stable release, so Debian has no source of it");
    }
    let package = from_debian(work, version)?;
    let unpacked = work.join("source");
    output(Command::new("dpkg-deb").arg("-x").arg(package).arg(&unpacked))?;
    Ok(unpacked.join(path))
}

/// Debian's `rust-src` of this version, fetched with package lists of our own: the machine's stay as they are.
fn from_debian(work: &Path, version: &str) -> Result<PathBuf> {
    for tool in ["apt-get", "apt-cache", "dpkg-deb"] {
        which(tool).with_context(|| format!("there is no {tool} here"))?;
    }
    if !Path::new(KEYRING).exists() {
        bail!("there is no {KEYRING}, so Debian's packages cannot be verified");
    }
    let mirror = mirror();
    let apt = work.join("apt");
    fs::remove_dir_all(&apt).ok();
    for folder in ["lists/partial", "cache/archives/partial", "packages"] {
        fs::create_dir_all(apt.join(folder))?;
    }
    let list = SUITES.map(|s| format!("deb [signed-by={KEYRING}] {mirror} {s} main\n")).concat();
    fs::write(apt.join("sources.list"), list)?;
    // A suite that the mirror lacks is only a warning: the others may do.
    let update = command(&apt, "apt-get")?.arg("update").output()?;
    let offered = output(command(&apt, "apt-cache")?.args(["madison", "rust-src"]))?;
    let versions: Vec<_> = offered.lines().filter_map(|line| line.split('|').nth(1).map(str::trim)).collect();
    if versions.is_empty() {
        bail!("no package lists from {mirror}: {}", String::from_utf8_lossy(&update.stderr).trim());
    }
    let is_it =
        |v: &&&str| v.strip_prefix(version).is_some_and(|rest| rest.is_empty() || rest.starts_with(['+', '~', '-']));
    let pick = versions
        .iter()
        .find(is_it)
        .with_context(|| format!("Debian has rust-src {}, not {version}", versions.join(", ")))?;
    println!("    fetching rust-src {pick}");
    output(command(&apt, "apt-get")?.args(["download", &format!("rust-src={pick}")]))?;
    let mut packages = fs::read_dir(apt.join("packages"))?.filter_map(|e| Some(e.ok()?.path()));
    packages.next().context("apt-get downloaded nothing")
}

/// `program` with everything of its own below `apt`; it downloads into `apt/packages`.
fn command(apt: &Path, program: &str) -> Result<Command> {
    let me = output(Command::new("id").arg("-un"))?;
    let mut command = Command::new(program);
    command.current_dir(apt.join("packages")).arg("-q");
    let folders = [
        ("Etc::sourcelist", "sources.list"),
        ("Etc::sourceparts", "none"),
        ("State::lists", "lists"),
        ("Cache", "cache"),
    ];
    for (key, value) in folders {
        command.arg("-o").arg(format!("Dir::{key}={}", apt.join(value).display()));
    }
    for option in ["Acquire::Languages=none", "Acquire::Retries=2", "Acquire::http::Timeout=20"] {
        command.args(["-o", option]);
    }
    command.arg("-o").arg(format!("APT::Sandbox::User={}", me.trim()));
    Ok(command)
}

/// Debian's mirror that the machine itself uses, in either format of its lists, else Debian's own.
fn mirror() -> String {
    let parts = fs::read_dir("/etc/apt/sources.list.d")
        .into_iter()
        .flatten()
        .filter_map(|e| fs::read_to_string(e.ok()?.path()).ok());
    let mut lists = parts.chain(fs::read_to_string("/etc/apt/sources.list").ok());
    lists.find_map(|text| text.lines().find_map(mirror_of)).unwrap_or_else(|| MIRROR.to_owned())
}

fn mirror_of(line: &str) -> Option<String> {
    let words = line.strip_prefix("URIs:").or_else(|| line.strip_prefix("deb "))?;
    words
        .split_whitespace()
        .find(|w| w.starts_with("http") && w.trim_end_matches('/').ends_with("/debian"))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::mirror_of;

    #[test]
    fn a_mirror_is_read_from_both_formats() {
        assert_eq!(mirror_of("URIs: http://deb.debian.org/debian").as_deref(), Some("http://deb.debian.org/debian"));
        assert_eq!(mirror_of("deb [signed-by=/k] https://m/debian sid main").as_deref(), Some("https://m/debian"));
        assert_eq!(mirror_of("URIs: https://deb.nodesource.com/node_20.x"), None);
        assert_eq!(mirror_of("Suites: bookworm"), None);
    }
}

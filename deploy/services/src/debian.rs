//! Debian's packages, where we are root; elsewhere the command.

use crate::{
    ServiceError,
    error::Doing as _,
    software::{find, is_root, run},
};
use std::{fs, path::Path, process::Command};

/// Installs the package that has `what`, without what it only recommends and without starting the service it brings.
pub fn install(what: &'static str, package: &str) -> Result<(), ServiceError> {
    if !is_root() || find(&["apt-get"]).is_none() {
        return Err(ServiceError::Missing { what, install: advice(package) });
    }
    run(&mut apt(&["update"]))?;
    run(&mut apt(&["install", "--yes", "--no-install-recommends", package]))
}

/// Puts a package of Debian's `suite` and everything that it needs, the C library too, into `folder/root`, without installing anything:
/// this machine's own Debian may be years older.
pub(crate) fn unpack(suite: &str, package: &str, folder: &Path) -> Result<(), ServiceError> {
    let apt = folder.join("apt");
    for part in ["state/lists/partial", "cache/archives/partial"] {
        fs::create_dir_all(apt.join(part)).doing("making", &apt)?;
    }
    let sources = apt.join("sources.list");
    fs::write(&sources, format!("deb http://deb.debian.org/debian {suite} main\n")).doing("writing", &sources)?;
    // Nothing is installed there, so all that is needed is fetched.
    fs::write(apt.join("status"), "").doing("writing into", &apt)?;
    let own = |arguments: &[&str]| {
        let mut command = self::apt(arguments);
        let path = |name: &str| apt.join(name).display().to_string();
        let options = [
            format!("Dir::State={}", path("state")),
            format!("Dir::State::status={}", path("status")),
            format!("Dir::Cache={}", path("cache")),
            format!("Dir::Etc::sourcelist={}", path("sources.list")),
            "Dir::Etc::sourceparts=/dev/null".into(),
            "APT::Install-Recommends=false".into(),
            "APT::Sandbox::User=root".into(),
            "Acquire::Languages=none".into(),
        ];
        command.args(options.iter().flat_map(|option| ["-o", option]));
        command
    };
    run(&mut own(&["update"]))?;
    run(&mut own(&["install", "--yes", "--download-only", package]))?;
    extract(&apt.join("cache/archives"), folder)?;
    fs::remove_dir_all(&apt).doing("removing", &apt)
}

/// Puts one package of this machine's own Debian into `folder/root`: a program that needs no library.
pub(crate) fn unpack_alone(package: &'static str, folder: &Path) -> Result<(), ServiceError> {
    if !is_root() || find(&["apt-get"]).is_none() {
        return Err(ServiceError::Missing { what: package, install: advice(package) });
    }
    run(&mut apt(&["update"]))?;
    run(apt(&["-o", "APT::Sandbox::User=root", "download", package]).current_dir(folder))?;
    extract(folder, folder)
}

/// Unpacks the archives of `from` into `folder/root`.
fn extract(from: &Path, folder: &Path) -> Result<(), ServiceError> {
    let found = fs::read_dir(from).doing("reading", from)?.flatten().map(|entry| entry.path());
    for archive in found.filter(|path| path.extension().is_some_and(|e| e == "deb")) {
        run(Command::new("dpkg-deb").arg("--extract").arg(&archive).arg(folder.join("root")))?;
    }
    Ok(())
}

pub(crate) fn advice(package: &str) -> String {
    format!("Install it, on Debian with `sudo apt-get install {package}`")
}

fn apt(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.args(["-qq", "-o", "Acquire::Retries=3"]).args(arguments);
    // Its post-installation scripts would start a server on the usual port.
    command.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1");
    command
}

//! Debian's packages, where we are root; elsewhere the command.

use crate::{
    ServiceError,
    software::{find, is_root, run},
};
use std::process::Command;

/// Installs the package that has `what`, without what it only recommends and without starting the service it brings.
pub fn install(what: &'static str, package: &str) -> Result<(), ServiceError> {
    if !is_root() || find(&["apt-get"]).is_none() {
        return Err(ServiceError::Missing { what, install: advice(package) });
    }
    run(&mut apt(&["update"]))?;
    run(&mut apt(&["install", "--yes", "--no-install-recommends", package]))
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

//! The widget, the console and the demo pages.

use crate::{
    need, stamp,
    step::{Steps, succeed},
};
use anyhow::Result;
use std::process::Command;

/// The browser's client library is compiled into the pages.
const INPUTS: [&str; 2] = ["host/web", "sdk/client"];

pub fn build(steps: &Steps) -> Result<()> {
    packages(steps)?;
    steps.unless_unchanged("web", &INPUTS, &need::node()?, || {
        succeed(&mut npm(steps, &["run", "build"]))?;
        stamp::files_in(&steps.path("host/web/dist"))
    })
}

/// `npm ci`, by the lock file.
fn packages(steps: &Steps) -> Result<()> {
    steps.unless_unchanged("npm packages", &["host/web/package-lock.json"], &need::node()?, || {
        succeed(&mut npm(steps, &["ci", "--no-audit", "--no-fund"]))?;
        Ok(vec![steps.path("host/web/node_modules/.package-lock.json")])
    })
}

pub fn lint(steps: &Steps) -> Result<()> {
    packages(steps)?;
    steps.run("web lint", npm(steps, &["run", "lint"]))
}

pub fn unit_tests(steps: &Steps) -> Result<()> {
    steps.run("web tests", npm(steps, &["test"]))
}

/// They start the `weft` that was built and drive a real browser.
pub fn browser_tests(steps: &Steps) -> Result<()> {
    let mut tests = npm(steps, &["run", "test:browser"]);
    tests.env("CHROMIUM", need::chromium(steps)?).env("WEFT_BIN", steps.path("target/debug/weft"));
    steps.run("browser tests", tests)
}

fn npm(steps: &Steps, arguments: &[&str]) -> Command {
    let mut command = steps.command("npm");
    command.current_dir(steps.path("host/web")).args(arguments);
    command
}

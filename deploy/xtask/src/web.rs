//! The widget, the console and the demo pages.

use crate::{
    need,
    step::{Steps, succeed},
};
use anyhow::Result;

const INPUTS: [&str; 2] = ["host/web", "sdk/client"];

pub fn build(steps: &Steps) -> Result<()> {
    packages(steps)?;
    steps.unless_unchanged("web", &INPUTS, &["host/web/dist/widget.js"], || npm(steps, &["run", "build"], &[]))
}

/// `npm ci`, by the lock file.
fn packages(steps: &Steps) -> Result<()> {
    need::node()?;
    steps.unless_unchanged("npm packages", &["host/web/package-lock.json"], &["host/web/node_modules"], || {
        npm(steps, &["ci", "--no-audit", "--no-fund"], &[])
    })
}

pub fn lint(steps: &Steps) -> Result<()> {
    packages(steps)?;
    steps.step("web lint", || npm(steps, &["run", "lint"], &[]))
}

pub fn unit_tests(steps: &Steps) -> Result<()> {
    steps.step("web tests", || npm(steps, &["test"], &[]))
}

pub fn browser_tests(steps: &Steps) -> Result<()> {
    let chromium = need::chromium(steps)?;
    let weft = steps.path("target/debug/weft").display().to_string();
    steps.step("browser tests", || npm(steps, &["run", "test:browser"], &[("CHROMIUM", &chromium), ("WEFT_BIN", &weft)]))
}

fn npm(steps: &Steps, arguments: &[&str], environment: &[(&str, &str)]) -> Result<()> {
    let mut command = steps.command("npm");
    command.current_dir(steps.path("host/web")).args(arguments).envs(environment.iter().copied());
    succeed(&mut command)
}

//! The shipped plugins and the hostile test guests, as components.

use crate::{need, step::Steps, wasm_target};
use anyhow::Result;
use std::process::Command;

const INPUTS: [&str; 5] = ["plugins", "sdk/plugin", "sdk/pack", "tests/guests", "wit"];

pub fn build(steps: &Steps) -> Result<()> {
    steps.unless_unchanged("plugins", &INPUTS, &need::rustc()?, || {
        wasm_target::ensure(steps)?;
        let mut log = |line: &str| println!("    {line}");
        Ok(weft_plugin_pack::build_guests(steps.root(), &mut log)?)
    })
}

/// Unit tests of the guests run natively.
pub fn unit_tests(steps: &Steps) -> Result<()> {
    steps.run("plugin tests", cargo(steps, &["test", "--quiet"]))
}

pub fn format(steps: &Steps) -> Result<()> {
    steps.run("format plugins", cargo(steps, &["fmt", "--check"]))
}

pub fn lint(steps: &Steps) -> Result<()> {
    let mut clippy = cargo(steps, &["clippy", "--quiet", "--workspace", "--all-targets"]);
    clippy.args(["--", "--deny", "warnings"]);
    steps.run("clippy plugins", clippy)
}

/// Cargo in the guests' workspace, building beside the components.
fn cargo(steps: &Steps, arguments: &[&str]) -> Command {
    let mut command = steps.command("cargo");
    command.current_dir(steps.path("plugins")).args(arguments);
    command.env("CARGO_TARGET_DIR", steps.path("target/guests"));
    command
}

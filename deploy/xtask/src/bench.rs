//! Measurements, from a release build.

use crate::{plugins, step::Steps, web};
use anyhow::Result;

pub fn run(steps: &Steps, name: &str) -> Result<()> {
    plugins::build(steps)?;
    web::build(steps)?;
    steps.cargo("build (release)", &["build", "--release", "--package", "weft", "--package", "weft-bench"])?;
    let mut bench = steps.command("target/release/weft-bench");
    bench.arg(name);
    steps.run(&format!("bench {name}"), bench)
}

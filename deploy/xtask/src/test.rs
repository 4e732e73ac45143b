//! All tests.

use crate::{need, plugins, step::Steps, web};
use anyhow::Result;

pub fn all(steps: &Steps) -> Result<()> {
    plugins::build(steps)?;
    web::build(steps)?;
    need::mariadb(steps)?;
    // The binary first: stories and browser tests start it.
    steps.cargo("build weft", &["build", "--package", "weft"])?;
    steps.cargo("build tests", &["test", "--quiet", "--workspace", "--no-run"])?;
    steps.cargo("rust tests", &["test", "--workspace", "--no-fail-fast"])?;
    let mut guests = steps.command("cargo");
    guests.current_dir(steps.path("plugins")).args(["test", "--quiet", "--target-dir"]).arg(steps.path("target/guests"));
    steps.run("plugin tests", guests)?;
    web::unit_tests(steps)?;
    web::browser_tests(steps)
}

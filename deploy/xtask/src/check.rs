//! What a reader would complain about.

use crate::{
    plugins,
    step::{Steps, all_of},
    web,
};
use anyhow::Result;

pub fn all(steps: &Steps) -> Result<()> {
    // The binary embeds the components and the pages: without them it does not compile.
    plugins::build(steps)?;
    web::build(steps)?;
    all_of([
        steps.cargo("format", &["fmt", "--all", "--check"]),
        plugins::format(steps),
        steps.cargo("clippy", &["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]),
        plugins::lint(steps),
        web::lint(steps),
        tidy(steps),
    ])
}

fn tidy(steps: &Steps) -> Result<()> {
    let mut tidy = steps.command("cargo");
    // Its complaints name file and line themselves. Of the workspace, as the tests: what it needs is compiled once for both.
    tidy.args(["test", "--quiet", "--workspace", "--test", "tidy", "--", "--nocapture"]).env("RUST_BACKTRACE", "0");
    steps.run("tidy", tidy)
}

//! All tests.

use crate::{
    need, plugins,
    step::{Steps, all_of},
    web,
};
use anyhow::Result;

pub fn all(steps: &Steps) -> Result<()> {
    // What is missing shows at once, not after the build.
    need::servers(steps)?;
    need::chromium(steps)?;
    plugins::build(steps)?;
    web::build(steps)?;
    // The binary and the tests in one go: stories and browser tests start `target/debug/weft`.
    steps.cargo("build tests", &["build", "--workspace", "--bins", "--tests"])?;
    all_of([rust_tests(steps), plugins::unit_tests(steps), web::unit_tests(steps), web::browser_tests(steps)])
}

/// With nextest where it is installed: it is quicker, but takes long to install.
fn rust_tests(steps: &Steps) -> Result<()> {
    if need::which("cargo-nextest").is_none() {
        return steps.cargo("rust tests", &["test", "--workspace", "--no-fail-fast"]);
    }
    all_of([
        steps.cargo("rust tests", &["nextest", "run", "--workspace", "--no-fail-fast"]),
        steps.cargo("doc tests", &["test", "--workspace", "--doc", "--no-fail-fast"]),
    ])
}

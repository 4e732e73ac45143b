//! A node to try: everything embedded, two demo tenants.

use crate::{
    plugins,
    step::{Steps, hand_over},
    web,
};
use anyhow::Result;

/// `arguments` are passed on to `weft serve`. Ends when the node ends.
pub fn run(steps: &Steps, arguments: &[String]) -> Result<()> {
    build(steps)?;
    let mut weft = steps.command("target/debug/weft");
    weft.args(["serve", "--demo", "--data", "target/demo"]).args(arguments);
    hand_over(weft)
}

/// Plugins, pages, and the binary that has them in it.
pub fn build(steps: &Steps) -> Result<()> {
    plugins::build(steps)?;
    web::build(steps)?;
    // The packages and features of `cargo xtask test`, which counts what tests depend on: nothing is compiled twice for it.
    steps.cargo("build weft", &["build", "--workspace", "--bins", "--test", "tidy"])
}

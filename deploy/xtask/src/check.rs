//! What a reader would complain about.

use crate::{plugins, step::Steps, web};
use anyhow::Result;

pub fn all(steps: &Steps) -> Result<()> {
    steps.cargo("format", &["fmt", "--all", "--check"])?;
    plugins::build(steps)?;
    web::build(steps)?;
    steps.cargo("clippy", &["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"])?;
    web::lint(steps)?;
    steps.cargo("tidy", &["test", "--quiet", "--package", "weft-tests", "--test", "tidy"])
}

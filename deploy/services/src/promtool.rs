//! Prometheus' own check of rules and of the scrape file. Nothing runs it but a test.

use crate::{ServiceError, Software, software};
use std::path::PathBuf;

/// The program, fetched when it is not there.
pub fn promtool() -> Result<PathBuf, ServiceError> {
    if let Some(path) = software::find(&["promtool"]) {
        return Ok(path);
    }
    Software::Promtool.install(&mut |_| ())?;
    Ok(Software::Promtool.folder().join("root/usr/bin/promtool"))
}

//! What is built is not kept.

use crate::repository::{Repository, verdict};

const FOLDERS: [&str; 3] = ["target", "node_modules", "dist"];
const ENDINGS: [&str; 10] = ["wasm", "cwasm", "rlib", "rmeta", "o", "so", "sqlite", "db", "log", "tsbuildinfo"];

#[test]
fn no_build_output_is_tracked() {
    let tracked = Repository::open().tracked();
    assert!(!tracked.is_empty(), "git tracks nothing");
    let built = |file: &&String| {
        let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending);
        file.split('/').any(|part| FOLDERS.contains(&part)) || ENDINGS.contains(&ending)
    };
    let complaints: Vec<_> =
        tracked.iter().filter(built).map(|f| format!("{f}: remove it from git (git rm --cached)")).collect();
    verdict("No build output is tracked.", &complaints);
}

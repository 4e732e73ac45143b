//! Nothing is left for later, skipped, or waited for without a word why.

use crate::repository::{Repository, verdict};

const CODE: [&str; 9] = [".rs", ".ts", ".mjs", ".js", ".css", ".html", ".wit", ".sql", ".toml"];
/// How far above a wait its reason may stand.
const REASON_LINES: usize = 2;

/// Written so that this file does not hold them.
fn markers() -> [String; 8] {
    [
        ["TO", "DO"],
        ["FIX", "ME"],
        ["XX", "X:"],
        ["#[ign", "ore"],
        [".sk", "ip("],
        [".on", "ly("],
        ["debug", "ger;"],
        ["@ts-ign", "ore"],
    ]
    .map(|m| m.concat())
}

/// `skip` and `only` are ordinary methods in Rust.
fn applies(marker: &str, file: &str) -> bool {
    !marker.starts_with('.') || file.ends_with(".test.ts") || file.contains("/test") && !file.ends_with(".rs")
}

#[test]
fn nothing_is_left_for_later() {
    let repository = Repository::open();
    let markers = markers();
    let mut complaints = Vec::new();
    for file in repository.ending(&CODE) {
        for (n, line) in repository.read(file).lines().enumerate() {
            for marker in markers.iter().filter(|m| line.contains(m.as_str()) && applies(m, file)) {
                complaints.push(format!("{file}:{}: `{marker}`: do it now, or open an issue", n + 1));
            }
        }
    }
    verdict("Nothing is left for later or skipped.", &complaints);
}

#[test]
fn tests_do_not_sleep() {
    let repository = Repository::open();
    let mut complaints = Vec::new();
    for file in repository.rust() {
        for at in (0..file.code.len()).filter(|&at| file.code[at].for_tests && file.reads(at, &["sleep", "("])) {
            let line = file.code[at].line;
            let near = &file.lines[line.saturating_sub(1 + REASON_LINES)..line];
            // A function that is called so is no wait.
            if file.text(at.wrapping_sub(1)) != "fn" && !near.iter().any(|l| l.contains("// waits:")) {
                complaints.push(format!(
                    "{}:{line}: `sleep`: await a condition, or say `// waits: …` why time itself is tested",
                    file.path
                ));
            }
        }
    }
    let waits = [".waitForTimeout(", "setTimeout("];
    let ours = |f: &&str| f.contains(".test.") || f.contains("/test/") || f.contains("/tests/");
    for file in repository.files().iter().map(String::as_str).filter(|f| f.ends_with(".ts")).filter(ours) {
        let text = repository.read(file);
        let lines: Vec<_> = text.lines().collect();
        for n in (0..lines.len()).filter(|&n| waits.iter().any(|w| lines[n].contains(w))) {
            if !lines[n.saturating_sub(REASON_LINES)..=n].iter().any(|l| l.contains("// waits:")) {
                complaints.push(format!(
                    "{file}:{}: a wait: await a condition, or say `// waits: …` why time itself is tested",
                    n + 1
                ));
            }
        }
    }
    verdict("Tests await conditions.", &complaints);
}

//! Nothing is left for later, skipped, or waited for without a word why.

use crate::{
    repository::{Repository, verdict},
    rust_file::RustFile,
};

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
    let mut complaints: Vec<_> = repository.rust().iter().flat_map(sleeps).collect();
    let scripts = repository.ending(&[".ts"]);
    for file in scripts.into_iter().filter(|f| f.contains(".test.") || f.contains("/test/") || f.contains("/tests/")) {
        let text = repository.read(file);
        let lines: Vec<_> = text.lines().collect();
        let waits = |line: &str| {
            line.contains(".waitForTimeout(") || (line.contains("Promise(") && line.contains("setTimeout("))
        };
        for n in (0..lines.len()).filter(|&n| waits(lines[n]) && !has_reason(&lines, n)) {
            complaints.push(format!("{file}:{}: a wait: {INSTEAD}", n + 1));
        }
    }
    verdict("Tests await conditions.", &complaints);
}

const INSTEAD: &str = "await a condition, or say `// waits: …` why time itself is waited for";

/// Calls of `sleep` in test code. In a `loop` or `while` it is how a condition is awaited.
fn sleeps(file: &RustFile) -> Vec<String> {
    let lines: Vec<_> = file.lines.iter().map(String::as_str).collect();
    let calls = (0..file.code.len()).filter(|&at| file.code[at].for_tests && file.reads(at, &["sleep", "("]));
    calls
        .filter(|&at| {
            file.text(at.wrapping_sub(1)) != "fn" && !file.is_in_loop(at) && !has_reason(&lines, file.code[at].line - 1)
        })
        .map(|at| format!("{}:{}: `sleep`: {INSTEAD}", file.path, file.code[at].line))
        .collect()
}

fn has_reason(lines: &[&str], n: usize) -> bool {
    lines[n.saturating_sub(REASON_LINES)..=n].iter().any(|l| l.contains("// waits:"))
}

#[test]
fn a_sleep_needs_a_loop_or_a_reason() {
    let source =
        "while !b {\n sleep(1);\n}\nfor c in d {\n sleep(2);\n}\n\n// waits: the lease ends\nsleep(3);\nfn sleep() {}";
    let found = sleeps(&RustFile::parse("tests/a.rs", source));
    assert_eq!(found, [format!("tests/a.rs:5: `sleep`: {INSTEAD}")]);
}

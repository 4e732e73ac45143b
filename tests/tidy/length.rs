//! Files of at most 400 lines, functions of at most 100; the aims are lower, and printed.

use crate::repository::{Repository, verdict};

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 100;
/// Half of the Rust files should not be longer.
const FILE_LINES_AIM: usize = 120;
/// A function should not be longer.
const FUNCTION_LINES_AIM: usize = 70;

#[test]
fn files_are_short() {
    let repository = Repository::open();
    let lengths = repository
        .ending(&[".rs", ".ts", ".css", ".html"])
        .into_iter()
        .map(|f| (f, repository.read(f).lines().count()));
    let lengths: Vec<_> = lengths.collect();
    let mut rust: Vec<_> = lengths.iter().filter(|(f, _)| f.ends_with(".rs")).map(|(_, n)| *n).collect();
    rust.sort_unstable();
    let median = rust[rust.len() / 2];
    println!("{} Rust files, half of them of at most {median} lines (aim: {FILE_LINES_AIM})", rust.len());
    let long = lengths.into_iter().filter(|(_, n)| *n > FILE_LINES_MAX);
    let complaints: Vec<_> =
        long.map(|(f, n)| format!("{f}: {n} lines, at most {FILE_LINES_MAX}: split it by what it is about")).collect();
    verdict("A file holds one thing.", &complaints);
}

#[test]
fn functions_are_short() {
    let mut complaints = Vec::new();
    for file in Repository::open().rust() {
        for function in file.functions().iter().filter(|f| f.lines > FUNCTION_LINES_AIM) {
            let place = format!("{}:{}: `{}` has {} lines", file.path, function.line, function.name, function.lines);
            if function.lines > FUNCTION_LINES_MAX {
                complaints.push(format!("{place}, at most {FUNCTION_LINES_MAX}"));
            } else {
                println!("{place} (aim: {FUNCTION_LINES_AIM})");
            }
        }
    }
    verdict("A function fits on a screen.", &complaints);
}

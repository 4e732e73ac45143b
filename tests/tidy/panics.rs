//! Code that ships answers errors; it does not panic.

use crate::{
    repository::{Repository, verdict},
    rust_file::RustFile,
};

const PANICS: [&[&str]; 6] = [
    &[".", "unwrap", "(", ")"],
    &[".", "expect", "("],
    &["panic", "!"],
    &["todo", "!"],
    &["unimplemented", "!"],
    &["process", ":", ":", "abort"],
];

#[test]
fn no_panics_in_src() {
    let complaints: Vec<_> = Repository::open().rust().iter().flat_map(panics).collect();
    verdict("Errors are answered, not panicked.", &complaints);
}

fn panics(file: &RustFile) -> Vec<String> {
    let places = (0..file.code.len()).filter(|&at| !file.code[at].for_tests);
    places
        .filter_map(|at| PANICS.iter().find(|p| file.reads(at, p)).map(|p| (at, p.concat())))
        .map(|(at, what)| format!("{}:{}: `{what}`: answer a typed error", file.path, file.code[at].line))
        .collect()
}

#[test]
fn panics_are_found_outside_tests_only() {
    let source = "fn a() { b.unwrap(); c.unwrap_or(1); }\n#[cfg(test)]\nmod tests { fn d() { e.unwrap(); } }";
    assert_eq!(panics(&RustFile::parse("x/src/lib.rs", source)), ["x/src/lib.rs:1: `.unwrap()`: answer a typed error"]);
}

//! Style as a test: the rules of STYLE.md that neither the compiler nor clippy holds. Each rule is a file with one test that names
//! file, line and what to do. A rule that looks at nothing fails: see `Repository`.
#![allow(clippy::case_sensitive_file_extension_comparisons, reason = "our files end in lower case")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test")]

mod arrows;
mod dependencies;
mod invariants;
mod leftovers;
mod length;
mod lexer;
mod migrations;
mod output;
mod panics;
mod readme;
mod repository;
mod rust_file;
mod words;

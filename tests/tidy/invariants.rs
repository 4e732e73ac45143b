//! Every invariant of ARCHITECTURE.md names the test that holds it.

use crate::repository::{Repository, verdict};

struct Invariant {
    line: usize,
    number: usize,
    text: String,
}

/// Paragraphs `N. **text** … — test `path::name``, over one or more lines.
fn invariants(document: &str) -> Vec<Invariant> {
    let mut found: Vec<Invariant> = Vec::new();
    let mut open = false;
    for (n, line) in document.lines().enumerate() {
        let numbered = line.split_once(". **").and_then(|(number, _)| number.parse().ok());
        if let Some(number) = numbered {
            found.push(Invariant { line: n + 1, number, text: line.to_owned() });
            open = true;
        } else if line.trim().is_empty() || !line.starts_with(' ') {
            open = false;
        } else if let Some(last) = found.last_mut().filter(|_| open) {
            last.text.push_str(line);
        }
    }
    found
}

/// Path and name of the last `` `path::name` ``. The path is the end of a file's, or a folder above it.
fn test_of(text: &str) -> Option<(&str, &str)> {
    let mut quotes = text.rsplit('`');
    quotes.next()?;
    quotes.next()?.rsplit_once("::")
}

fn is_in(file: &str, path: &str) -> bool {
    format!("/{file}").ends_with(&format!("/{path}")) || format!("/{file}").contains(&format!("/{path}/"))
}

#[test]
fn every_invariant_names_a_test() {
    let repository = Repository::open();
    let invariants = invariants(&repository.read("ARCHITECTURE.md"));
    let rust = repository.rust();
    let mut tests = Vec::new();
    for file in &rust {
        let names = file.functions().into_iter().filter(|f| f.for_tests).map(|f| f.name);
        tests.extend(names.map(|name| (file.path.as_str(), name)));
    }
    let web: Vec<_> =
        repository.files().iter().filter(|f| f.ends_with(".ts")).map(|f| (f, repository.read(f))).collect();
    let exists = |path: &str, test: &str| {
        tests.iter().any(|(file, name)| *name == test && is_in(file, path))
            || web.iter().any(|(file, text)| is_in(file, path) && text.contains(&format!("\"{test}\"")))
    };
    let mut complaints = Vec::new();
    if invariants.is_empty() {
        complaints.push("ARCHITECTURE.md: has no line `1. **…** — test `path::name``".to_owned());
    }
    for (n, invariant) in invariants.iter().enumerate() {
        let line = invariant.line;
        if invariant.number != n + 1 {
            complaints.push(format!("ARCHITECTURE.md:{line}: invariant {} should be {}", invariant.number, n + 1));
        }
        match test_of(&invariant.text) {
            None => complaints.push(format!("ARCHITECTURE.md:{line}: names no test")),
            Some((path, test)) if exists(path, test) => {}
            Some((path, test)) => {
                complaints.push(format!("ARCHITECTURE.md:{line}: there is no test `{test}` in {path}"));
            }
        }
    }
    verdict("An invariant is held by a test.", &complaints);
}

#[test]
fn invariants_are_read_over_lines() {
    let found = invariants("# A\n\n1. **a `b` c** because\n   of d — test `x::y`.\n2. **e**\n\n   not this `z`\n");
    assert_eq!(
        found.iter().map(|i| (i.number, test_of(&i.text))).collect::<Vec<_>>(),
        [(1, Some(("x", "y"))), (2, None)]
    );
}

//! One word per thing (the glossary is in CONTRIBUTING.md).

use crate::{
    repository::{Repository, verdict},
    rust_file::is_name,
};

/// A word that does not stand in the name of a type, function or module, and what we say instead.
const BANNED: [(&str, &str); 29] = [
    ("account", "tenant"),
    ("ack", "receipt"),
    ("addon", "plugin"),
    ("allocation", "assignment"),
    ("cron", "sweep"),
    ("customer", "visitor"),
    ("department", "team"),
    ("dispatch", "delivery"),
    ("dispatcher", "delivery"),
    ("extension", "plugin"),
    ("helper", "the name of what it does"),
    ("helpers", "the name of what it does"),
    ("instance", "node"),
    ("janitor", "sweep"),
    ("manager", "the name of what it does"),
    ("misc", "the name of what is in it"),
    ("org", "tenant"),
    ("organisation", "tenant"),
    ("organization", "tenant"),
    ("provider", "port or adapter"),
    ("room", "conversation"),
    ("thread", "conversation"),
    ("ticket", "conversation"),
    ("user", "visitor, agent or person"),
    ("util", "the name of what is in it"),
    ("utils", "the name of what is in it"),
    ("worker", "node or task"),
    ("workgroup", "team"),
    ("workspace", "tenant"),
];

/// Files in any language are not called so.
const NO_FILE_NAMES: [&str; 7] = ["common", "helper", "helpers", "manager", "misc", "util", "utils"];

/// Where a banned word is somebody else's.
const EXCEPTIONS: [(&str, &str, &str); 6] = [
    ("host/src/", "user", "the command line says `weft user add`, as other servers do"),
    ("host/crates/store-sql/", "user", "a database knows users"),
    ("", "compile_worker", "the child process that compiles plugins"),
    ("host/crates/edge/src/rest/uploads.rs", "ticket", "a signed permission to upload once, not a case"),
    ("host/crates/edge/src/management/threads.rs", "thread", "of the operating system"),
    ("tests/tidy/", "workspace", "cargo's"),
];

#[test]
fn one_word_per_thing() {
    let mut complaints = Vec::new();
    for file in Repository::open().rust() {
        for at in 0..file.code.len() {
            let name = file.text(at + 1);
            if !["struct", "enum", "trait", "type", "union", "fn", "mod"].contains(&file.text(at)) || !is_name(name) {
                continue;
            }
            let words = words(name);
            // A function may well make room for something.
            let types_only = file.text(at) == "fn";
            for (word, instead) in BANNED
                .iter()
                .filter(|(banned, _)| !(types_only && *banned == "room") && words.iter().any(|w| w == banned))
            {
                if !EXCEPTIONS
                    .iter()
                    .any(|(path, what, _)| file.path.starts_with(path) && (what == word || *what == name))
                {
                    complaints.push(format!("{}:{}: `{name}` says `{word}`: {instead}", file.path, file.code[at].line));
                }
            }
        }
    }
    verdict("One word has one meaning.", &complaints);
}

#[test]
fn files_are_named_for_what_is_in_them() {
    let repository = Repository::open();
    let stem =
        |file: &str| file.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default().to_owned();
    let complaints: Vec<_> = repository
        .files()
        .iter()
        .filter(|f| NO_FILE_NAMES.contains(&stem(f).as_str()))
        .map(|f| format!("{f}: says nothing"))
        .collect();
    verdict("A stranger finds the file by its name.", &complaints);
}

/// The words of `snake_case` and `CamelCase`, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in name.chars() {
        if c == '_' || (c.is_uppercase() && words.last().is_some_and(|w| !w.is_empty())) {
            words.push(String::new());
        }
        if c != '_' {
            words.last_mut().unwrap().extend(c.to_lowercase());
        }
    }
    words
}

#[test]
fn names_are_split_into_words() {
    assert_eq!(words("UserAgent"), ["user", "agent"]);
    assert_eq!(words("user_add"), ["user", "add"]);
    assert_eq!(words("background"), ["background"]);
}

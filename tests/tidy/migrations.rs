//! The two dialects migrate side by side.

use crate::repository::{Repository, verdict};

const FOLDERS: [(&str, &str, &str); 2] = [
    ("host/crates/store-sql/migrations/sqlite/", "host/crates/store-sql/migrations/mysql/", "-- SQLite only:"),
    ("host/crates/store-sql/migrations/mysql/", "host/crates/store-sql/migrations/sqlite/", "-- MySQL only:"),
];

#[test]
fn migrations_pair_by_name() {
    let repository = Repository::open();
    let files = repository.ending(&[".sql"]);
    let mut complaints = Vec::new();
    for (folder, other, alone) in FOLDERS {
        let here: Vec<_> = files.iter().filter_map(|f| f.strip_prefix(folder)).collect();
        assert!(!here.is_empty(), "{folder} is empty");
        for name in here {
            let paired = repository.has(&format!("{other}{name}"));
            let says_why = repository.read(&format!("{folder}{name}")).starts_with(alone);
            if paired == says_why {
                complaints.push(format!(
                    "{folder}{name}:1: either {other}{name} exists or the file starts with `{alone} why`"
                ));
            }
        }
    }
    verdict("A step of the schema is taken in both dialects, or says why not.", &complaints);
}

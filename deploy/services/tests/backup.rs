//! A backup is only what was once restored: `deploy/backup`, rehearsed from one real MariaDB to another, with the tables of a node.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};
use weft_services::{Server, root};

/// A tenant with a name of four-byte letters and text of every kind, binary ids that hold every awkward byte, and the store's epoch.
const CONTENT: &str = r#"
INSERT INTO meta (name, value) VALUES ('epoch', UNHEX('0000018BCFE56800')), ('signing_key', UNHEX('00FF0A0D1A225C2700'));
INSERT INTO tenants (id, slug, name, settings, activation_epoch, version)
    VALUES (UNHEX('00010A0D1A22275C80FF000102030405'), 'tea', '𠜎 茶 🍵 ''quoted'' \\ Größe', '{"a":1}', 7, 3);
"#;

fn client(store: &Server, database: &str, sql: &str) -> String {
    let out = Command::new("mariadb")
        .args(["-h127.0.0.1", "-uweft", "-pweft", "--default-character-set=utf8mb4", "--batch", "--skip-column-names"])
        .arg(format!("-P{}", store.port(0)))
        .args([database, "-e", sql])
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn script(name: &str, folder: &Path, url: &str, broker: &Path) -> Output {
    let mut command = Command::new(root().join("deploy/backup").join(name));
    command.arg(folder).env("WEFT_STORE_URL", url).env("ARTEMIS_DATA", broker).output().unwrap()
}

fn said(out: &Output) -> String {
    String::from_utf8_lossy(&[out.stdout.as_slice(), &out.stderr].concat()).into_owned()
}

/// Every table with the checksum of its rows.
fn checksums(store: &Server, except: &str) -> Vec<String> {
    let tables = client(store, "weft", &format!("SHOW TABLES WHERE Tables_in_weft <> '{except}'"));
    tables.lines().map(|table| client(store, "weft", &format!("CHECKSUM TABLE {table}"))).collect()
}

#[test]
fn what_was_saved_comes_back_with_a_new_epoch_and_is_never_put_over_something() {
    let (from, to) = (Server::mariadb().unwrap(), Server::mariadb().unwrap());
    let migrations = root().join("host/crates/store-sql/migrations/mysql");
    let mut files: Vec<_> = fs::read_dir(migrations).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        client(&from, "weft", &fs::read_to_string(file).unwrap());
    }
    client(&from, "weft", CONTENT);
    let mut broker = Server::artemis().unwrap();
    let (running, journal) = (broker.folder().join("data"), from.folder().join("broker"));
    let folder = from.folder().join("backup");

    let refused = script("backup.sh", &folder, from.url(), &running);
    assert!(!refused.status.success() && said(&refused).contains("only while it is stopped"), "{}", said(&refused));
    broker.stop();
    let saved = script("backup.sh", &folder, from.url(), &running);
    assert!(saved.status.success(), "{}", said(&saved));
    let again = script("backup.sh", &folder, from.url(), &running);
    assert!(!again.status.success() && said(&again).contains("never overwrites"), "{}", said(&again));

    let restored = script("restore.sh", &folder, to.url(), &journal);
    assert!(restored.status.success(), "{}", said(&restored));
    assert_eq!(checksums(&from, "meta"), checksums(&to, "meta"));
    let name = "SELECT name FROM tenants";
    assert_eq!(client(&from, "weft", name), client(&to, "weft", name));
    let key = "SELECT HEX(value) FROM meta WHERE name = 'signing_key'";
    assert_eq!(client(&to, "weft", key).trim(), "00FF0A0D1A225C2700");
    let epoch = client(&to, "weft", "SELECT HEX(value) FROM meta WHERE name = 'epoch'");
    assert!(epoch.trim().len() == 16 && epoch.as_str() > "0000018BCFE56800", "a new epoch, not {epoch}");
    assert!(journal.join("journal").is_dir(), "the broker's journal is back");

    let over = script("restore.sh", &folder, to.url(), &from.folder().join("elsewhere"));
    assert!(!over.status.success() && said(&over).contains("never overwrites"), "{}", said(&over));
    fs::write(folder.join("store.sql.gz"), "not what was saved").unwrap();
    client(&to, "weft", "CREATE DATABASE empty");
    let damaged = script("restore.sh", &folder, &to.url().replace("/weft", "/empty"), &from.folder().join("elsewhere"));
    assert!(!damaged.status.success() && said(&damaged).contains("not what was saved"), "{}", said(&damaged));
}

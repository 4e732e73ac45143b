//! Files that hold JSON: settings, and what a plugin is asked.

use crate::complaint::Complaint;
use serde_json::{Value, json};
use std::{
    fs,
    io::{self, Read as _},
    path::Path,
};

/// Of a file of JSON; a request with a thousand agents has a quarter of a MiB.
const JSON_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Reads a JSON file; `-` is standard input.
pub(crate) fn read_json(path: &Path) -> Result<Value, Complaint> {
    let mut text = String::new();
    let reading = if path == Path::new("-") {
        io::stdin().take(JSON_BYTES_MAX).read_to_string(&mut text)
    } else {
        fs::File::open(path).and_then(|file| file.take(JSON_BYTES_MAX).read_to_string(&mut text))
    };
    reading.map_err(|e| Complaint::file(path, e))?;
    serde_json::from_str(&text)
        .map_err(|e| Complaint::new("not_json", format!("{}: this is not JSON", path.display())).because(e))
}

/// What a binding that sets nothing has.
pub(crate) fn settings(path: Option<&Path>) -> Result<Value, Complaint> {
    path.map_or_else(|| Ok(json!({})), read_json)
}

/// The requests that a file may mean, the outermost first: a request as it is, a vector, a kept decision (with or without its
/// conversation), a kept attempt, a quarantined input.
pub(crate) fn requests_in(file: &Value) -> Vec<&Value> {
    let places = ["", "/request", "/decision/request", "/judged/asked", "/asked", "/input"];
    places.iter().filter_map(|place| file.pointer(place)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_found_where_records_keep_it() {
        let decision = json!({"conversation": "c", "decision": {"request": {"team": 0}}});
        assert_eq!(requests_in(&decision).last(), Some(&&json!({"team": 0})));
        let vector = json!({"name": "n", "request": {"team": 1}, "expect": {}});
        assert_eq!(requests_in(&vector)[1], &json!({"team": 1}));
    }
}

//! Lists that the server answers page by page.

use super::Client;
use crate::complaint::Complaint;
use serde_json::Value;

/// Of one page; the server's own bound.
const PAGE: usize = 200;

/// The first `most` items.
pub(super) fn items(
    client: &Client,
    path: &str,
    query: &[(&str, Option<String>)],
    most: usize,
) -> Result<Vec<Value>, Complaint> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let limit = most.saturating_sub(found.len()).min(PAGE);
        if limit == 0 {
            return Ok(found);
        }
        let mut query = query.to_vec();
        query.extend([("limit", Some(limit.to_string())), ("after", after)]);
        let page = client.get(&Client::path_with(path, &query))?;
        found.extend(page["items"].as_array().into_iter().flatten().cloned());
        match page["next"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => return Ok(found),
        }
    }
}

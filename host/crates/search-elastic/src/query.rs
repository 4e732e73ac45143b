//! A search as the server is asked, and its answer as it is read.

use crate::{ElasticError, document::Scope};
use model::{ConversationId, Reader, TenantId, Timestamp};
use ports::{Found, HIT_BEGINS, HIT_ENDS, SearchQuery};
use serde::Deserialize;
use serde_json::{Value, json};

/// Words of one query.
const WORDS: usize = 16;
/// The marks of a highlight as the server is told them: it trims control characters off the ends of a highlight, so each has a guard.
const BEGINS: &str = "|\u{2}";
const ENDS: &str = "\u{3}|";
/// Characters of a highlight, about.
const HIGHLIGHT: u32 = 160;

/// None when there is nothing to look for.
pub(crate) fn body(tenant: TenantId, query: &SearchQuery) -> Option<Value> {
    let filter = filter(tenant, query)?;
    let mut body = json!({
        "size": query.limit,
        "track_total_hits": false,
        "_source": ["conversation", "seq", "at"],
        "query": { "bool": { "filter": filter } },
        "sort": [{ "at": "desc" }, { "conversation": "desc" }, { "seq": "desc" }],
        "highlight": {
            "pre_tags": [BEGINS], "post_tags": [ENDS],
            "fields": { "text": { "number_of_fragments": 1, "fragment_size": HIGHLIGHT } },
        },
    });
    if let Some((at, conversation, seq)) = query.after {
        body["search_after"] = json!([at.as_ms(), conversation.to_string(), seq]);
    }
    Some(body)
}

fn filter(tenant: TenantId, query: &SearchQuery) -> Option<Vec<Value>> {
    let words = words(&query.text);
    if words.is_empty() {
        return None;
    }
    // A sign that is no word, like a dash, is looked for only when it stands alone, and then not found.
    let signs = if words.iter().any(|word| is_word(word)) { "all" } else { "none" };
    let mut filter = vec![Scope::of(tenant).filter()];
    filter.extend(
        words.iter().map(|word| json!({ "match_phrase": { "text": { "query": word, "zero_terms_query": signs } } })),
    );
    if query.reader == Reader::Visitor {
        filter.push(json!({ "term": { "notes": false } }));
    }
    if let Some(team) = query.team {
        filter.push(json!({ "term": { "team": team.to_string() } }));
    }
    if let Some(visitor) = query.visitor {
        filter.push(json!({ "term": { "visitor": visitor.to_string() } }));
    }
    if let Some(from) = query.from {
        filter.push(json!({ "range": { "at": { "gte": from.as_ms() } } }));
    }
    if let Some(to) = query.to {
        filter.push(json!({ "range": { "at": { "lt": to.as_ms() } } }));
    }
    Some(filter)
}

fn is_word(word: &str) -> bool {
    word.chars().any(char::is_alphanumeric)
}

/// The words of a query, without what only separates them.
fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().filter(|word| is_word(word) || !word.is_ascii()).take(WORDS).collect()
}

#[derive(Deserialize)]
struct Answer {
    hits: Hits,
}

#[derive(Deserialize)]
struct Hits {
    hits: Vec<Hit>,
}

#[derive(Deserialize)]
struct Hit {
    #[serde(rename = "_source")]
    source: Source,
    #[serde(default)]
    highlight: Highlight,
}

#[derive(Deserialize)]
struct Source {
    conversation: ConversationId,
    seq: u64,
    at: i64,
}

#[derive(Default, Deserialize)]
struct Highlight {
    #[serde(default)]
    text: Vec<String>,
}

pub(crate) fn found(answer: Value) -> Result<Vec<Found>, ElasticError> {
    let answer: Answer = serde_json::from_value(answer)?;
    let found = answer.hits.hits.into_iter().map(|hit| Found {
        conversation: hit.source.conversation,
        seq: hit.source.seq,
        at: Timestamp::from_ms(hit.source.at),
        highlight: unguarded(&hit.highlight.text.concat()),
    });
    Ok(found.collect())
}

fn unguarded(highlight: &str) -> String {
    highlight.replace(BEGINS, HIT_BEGINS.encode_utf8(&mut [0; 4])).replace(ENDS, HIT_ENDS.encode_utf8(&mut [0; 4]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> SearchQuery {
        SearchQuery {
            text: text.into(),
            reader: Reader::Agent,
            team: None,
            visitor: None,
            from: None,
            to: None,
            after: None,
            limit: 5,
        }
    }

    #[test]
    fn every_search_begins_with_its_tenant() {
        let tenant = TenantId::from_parts(1, 1);
        for text in ["word", "two words", "\"a\" OR (b)", "🎉 退款"] {
            let body = body(tenant, &query(text)).map(|body| body["query"]["bool"]["filter"][0].clone());
            assert_eq!(body, Some(json!({ "term": { "tenant": tenant.to_string() } })));
        }
        for nothing in ["", "  ", "* \" --"] {
            assert!(body(tenant, &query(nothing)).is_none());
        }
    }
}

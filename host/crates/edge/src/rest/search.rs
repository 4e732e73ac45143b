use crate::{
    edge::App,
    extract::{Auth, List, PageQuery, Query},
    problem::Problem,
};
use axum::extract::State;
use model::{ConversationId, Reader, Refusal, Role, TeamId, Timestamp, VisitorId, limits, permission::Action};
use ports::SearchQuery;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Words; all must be found.
    q: String,
    #[param(value_type = Option<String>)]
    team: Option<TeamId>,
    #[param(value_type = Option<String>)]
    visitor: Option<VisitorId>,
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    #[param(value_type = Option<String>)]
    to: Option<Timestamp>,
    after: Option<String>,
    limit: Option<u32>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Hit {
    #[schema(value_type = String)]
    conversation: ConversationId,
    seq: u64,
    #[schema(value_type = String)]
    at: Timestamp,
    /// The text around the match, in pieces.
    highlight: Vec<Piece>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Piece {
    text: String,
    /// This piece is a match.
    hit: bool,
}

struct Cursor(Timestamp, ConversationId, u64);

impl std::str::FromStr for Cursor {
    type Err = Refusal;
    fn from_str(text: &str) -> Result<Self, Refusal> {
        let parts: Vec<_> = text.split('-').collect();
        let parsed = || match parts[..] {
            [ms, id, seq] => Some(Self(Timestamp::from_ms(ms.parse().ok()?), id.parse().ok()?, seq.parse().ok()?)),
            _ => None,
        };
        parsed().ok_or_else(|| Refusal::bad("after", "not a cursor of this list"))
    }
}

/// Entries by full text, newest first. An agent finds what they may read
#[utoipa::path(get, path = "/search", tag = "conversations", params(Asked), responses((status = 200, body = List<Hit>)))]
pub(crate) async fn search(
    State(app): State<App>,
    auth: Auth,
    Query(asked): Query<Asked>,
) -> Result<axum::Json<List<Hit>>, Problem> {
    let caller = auth.may(Action::Search)?;
    if asked.q.trim().is_empty() || asked.q.len() > limits::LINE_BYTES {
        return Err(Refusal::bad("q", format!("1 to {} bytes", limits::LINE_BYTES)).into());
    }
    let page = PageQuery { after: asked.after, limit: asked.limit };
    let limit = page.limit()?;
    let query = SearchQuery {
        text: asked.q,
        reader: Reader::of(caller.participant),
        team: asked.team,
        visitor: asked.visitor,
        from: asked.from,
        to: asked.to,
        after: page.after::<Cursor>()?.map(|Cursor(at, id, seq)| (at, id, seq)),
        limit,
    };
    let found = app.parts.search.search(caller.tenant, &query).await?;
    let next = found.last().filter(|_| found.len() >= limit as usize);
    let next = next.map(|f| format!("{}-{}-{}", f.at.as_ms(), f.conversation, f.seq));
    let mut readable = HashMap::new();
    let mut items = Vec::with_capacity(found.len());
    for hit in found {
        if caller.role < Role::Supervisor && !readable.contains_key(&hit.conversation) {
            let may = match app.parts.store.conversation(caller.tenant, hit.conversation).await? {
                Some(c) => app.parts.conversations.may_read(caller, &c).await?,
                None => false,
            };
            readable.insert(hit.conversation, may);
        }
        if readable.get(&hit.conversation).copied().unwrap_or(true) {
            items.push(Hit {
                conversation: hit.conversation,
                seq: hit.seq,
                at: hit.at,
                highlight: pieces(&hit.highlight),
            });
        }
    }
    Ok(axum::Json(List { items, next }))
}

/// Matches stand between U+0002 and U+0003.
fn pieces(highlight: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (n, part) in highlight.split('\u{2}').enumerate() {
        let (hit, rest) = if n == 0 { ("", part) } else { part.split_once('\u{3}').unwrap_or((part, "")) };
        for (text, hit) in [(hit, true), (rest, false)] {
            if !text.is_empty() {
                pieces.push(Piece { text: text.to_owned(), hit });
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn highlights_come_in_pieces() {
        let shown: Vec<_> = pieces("a \u{2}b\u{3} c \u{2}d\u{3}").into_iter().map(|p| (p.text, p.hit)).collect();
        let expected = [("a ", false), ("b", true), (" c ", false), ("d", true)].map(|(t, h)| (t.to_owned(), h));
        assert_eq!(shown, expected);
    }
}

//! Conversations by full text: what the index finds, grouped by conversation, and only what the caller may read.

use super::conversations::{Cursor, Filter};
use crate::{edge::Edge, extract::PageQuery, problem::Problem};
use model::{Caller, Conversation, ConversationId, Reader, Refusal, Timestamp, limits};
use ports::SearchQuery;
use std::collections::HashSet;

/// Entries that one question looks at, newest first: whoever finds more has asked for too little.
const HITS: usize = 2000;
const HITS_PAGE: u32 = limits::PAGE_MAX;

/// A page of conversations that hold the words, by their newest hit.
pub(crate) struct ByText {
    pub conversations: Vec<Conversation>,
    pub next: Option<String>,
}

impl Edge {
    /// `from` and `to` of the filter are moments of the entries that are found.
    ///
    /// A conversation stands where its newest hit stands. To say that of a later page, each page counts from the newest hit of
    /// all: bounded by `HITS`, and without anything to remember between two pages.
    pub(crate) async fn by_text(&self, caller: &Caller, text: &str, asked: &Filter) -> Result<ByText, Problem> {
        if text.trim().is_empty() || text.len() > limits::LINE_BYTES {
            return Err(Refusal::bad("q", format!("1 to {} bytes", limits::LINE_BYTES)).into());
        }
        let page = PageQuery { after: asked.after.clone(), limit: asked.limit };
        let (limit, after) = (page.limit()? as usize, page.after::<Cursor>()?);
        let mut query = SearchQuery {
            text: text.to_owned(),
            reader: Reader::of(caller.participant),
            team: None,
            visitor: asked.visitor,
            from: asked.from,
            to: asked.to,
            after: None,
            limit: HITS_PAGE,
        };
        let mut met = HashSet::new();
        let mut found = ByText { conversations: Vec::new(), next: None };
        let mut last = None;
        for _ in 0..HITS.div_ceil(HITS_PAGE as usize) {
            let hits = self.parts.search.search(caller.tenant, &query).await?;
            for hit in &hits {
                if !met.insert(hit.conversation) || after.as_ref().is_some_and(|after| !after.is_before(hit)) {
                    continue;
                }
                let Some(conversation) = self.wanted(caller, hit.conversation, asked).await? else { continue };
                if found.conversations.len() == limit {
                    found.next = last.map(|(at, id): (Timestamp, _)| format!("{}-{id}", at.as_ms()));
                    return Ok(found);
                }
                last = Some((hit.at, conversation.id));
                found.conversations.push(conversation);
            }
            let Some(oldest) = hits.last().filter(|_| hits.len() >= HITS_PAGE as usize) else { break };
            query.after = Some((oldest.at, oldest.conversation, oldest.seq));
        }
        Ok(found)
    }

    /// The conversation, if the filter lets it through and the caller may read it.
    async fn wanted(
        &self,
        caller: &Caller,
        id: ConversationId,
        asked: &Filter,
    ) -> Result<Option<Conversation>, Problem> {
        let Some(found) = self.parts.store.conversation(caller.tenant, id).await? else { return Ok(None) };
        let fits = asked.state.is_none_or(|state| found.state() == state)
            && asked.team.is_none_or(|team| found.team.id == team)
            && asked.agent.is_none_or(|agent| found.owner() == Some(agent));
        Ok(if fits && self.parts.conversations.may_read(caller, &found).await? { Some(found) } else { None })
    }
}

impl Cursor {
    /// Whether `hit` comes behind the place where the last page ended.
    fn is_before(&self, hit: &ports::Found) -> bool {
        (hit.at, hit.conversation) < (self.0, self.1)
    }
}

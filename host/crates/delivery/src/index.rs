//! Feeds full-text search from the log. The store knows up to where each conversation is indexed and which node is at it, so nothing is
//! forgotten and little is done twice.

use crate::Delivery;
use model::{Body, Conversation, ConversationId, Entry, Reader, TenantId};
use ports::{
    Indexable, PortResult,
    store::{Indexed, Located, ToIndex},
};
use std::time::Duration;

/// Conversations, and entries of one, that are indexed together.
pub(crate) const CONVERSATIONS: u32 = 128;
const ENTRIES: u32 = 256;
/// How long a node is left alone with what it took; longer than the index takes to answer or to fail.
const LEASE: Duration = Duration::from_mins(1);

/// What one round found.
#[derive(Default)]
struct Round {
    entries: Vec<Indexable>,
    recalled: Vec<(Located, u64)>,
    done: Vec<Indexed>,
    /// A conversation has more entries than one round takes.
    more: bool,
}

impl Delivery {
    /// Indexes some of what waits. Whether there may be more to do.
    pub(crate) async fn index_round(&self, which: ToIndex<'_>) -> PortResult<bool> {
        let store = &self.parts.store;
        let claimed = store.claim_unindexed(self.parts.node, which, CONVERSATIONS, LEASE).await?;
        let indexed = self.index_claimed(&claimed).await;
        if let Err(error) = &indexed {
            tracing::debug!(error = error as &dyn std::error::Error, "given back what was to be indexed");
            let undone: Vec<_> = claimed.iter().map(|(at, from)| Indexed { at: *at, from: *from, to: *from }).collect();
            // Failing that, it is free when the lease ends.
            store.set_indexed(&undone).await.ok();
        }
        Ok(indexed? || claimed.len() as u64 >= u64::from(CONVERSATIONS))
    }

    async fn index_claimed(&self, claimed: &[(Located, u64)]) -> PortResult<bool> {
        let mut round = Round::default();
        for (at, indexed) in claimed {
            self.gather(&mut round, *at, *indexed).await?;
        }
        if !round.entries.is_empty() {
            self.parts.search.index(&round.entries).await?;
        }
        for (at, seq) in round.recalled {
            self.parts.search.erase(at.tenant, at.conversation, &[seq]).await?;
        }
        self.parts.store.set_indexed(&round.done).await?;
        Ok(round.more)
    }

    async fn gather(&self, round: &mut Round, at: Located, from: u64) -> PortResult<()> {
        let store = &self.parts.store;
        let entries = store.entries(at.tenant, at.conversation, Reader::Agent, from, ENTRIES).await?;
        let to = entries.last().map_or(from, |last| last.seq);
        round.done.push(Indexed { at, from, to });
        round.more |= entries.len() as u64 >= u64::from(ENTRIES);
        let Some(c) = store.conversation(at.tenant, at.conversation).await? else { return Ok(()) };
        for entry in &entries {
            match &entry.body {
                Body::Edited { seq, body } => {
                    if let Some(original) = self.entry(at.tenant, at.conversation, *seq).await? {
                        let edited = indexable(&c, &Entry { body: (**body).clone(), ..original });
                        round.entries.extend(edited.map(|e| Indexable { revision: entry.seq, ..e }));
                    }
                }
                Body::Recalled { seq } => {
                    round.entries.retain(|e| (e.conversation, e.seq) != (at.conversation, *seq));
                    round.recalled.push((at, *seq));
                }
                _ => round.entries.extend(indexable(&c, entry)),
            }
        }
        Ok(())
    }

    async fn entry(&self, tenant: TenantId, conversation: ConversationId, seq: u64) -> PortResult<Option<Entry>> {
        let before = seq.saturating_sub(1);
        let found = self.parts.store.entries(tenant, conversation, Reader::Agent, before, 1).await?;
        Ok(found.into_iter().find(|entry| entry.seq == seq && entry.body != Body::Erased))
    }
}

fn indexable(c: &Conversation, entry: &Entry) -> Option<Indexable> {
    entry.body.search_text().map(|text| Indexable {
        tenant: c.tenant,
        conversation: c.id,
        seq: entry.seq,
        at: entry.at,
        team: c.team.id,
        visitor: c.visitor.id,
        audience: entry.audience,
        text: text.to_owned(),
        revision: entry.seq,
    })
}

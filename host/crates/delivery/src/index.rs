//! Feeds full-text search from the log. The store knows up to where each conversation is indexed, so nothing is forgotten.

use crate::Delivery;
use model::{Body, Conversation, ConversationId, Entry, Reader, TenantId};
use ports::{Indexable, PortResult, store::Located};
use std::{sync::Arc, time::Duration};

/// How long changes gather before they are indexed together.
const GATHER: Duration = Duration::from_millis(500);
/// Conversations, and entries of one, that are indexed together.
const CONVERSATIONS: u32 = 128;
const ENTRIES: u32 = 256;

/// What one round found.
#[derive(Default)]
struct Round {
    entries: Vec<Indexable>,
    recalled: Vec<(Located, u64)>,
    upto: Vec<(Located, u64)>,
}

impl Delivery {
    pub(crate) async fn index(self: Arc<Self>) {
        loop {
            match self.index_round().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "search is behind the log"),
            }
            tokio::select! {
                () = self.to_index.notified() => {}
                () = tokio::time::sleep(self.parts.config.index_every) => {}
            }
            tokio::time::sleep(GATHER).await;
        }
    }

    /// Whether there is more to do.
    async fn index_round(&self) -> PortResult<bool> {
        let behind = self.parts.store.unindexed(CONVERSATIONS).await?;
        let mut round = Round::default();
        for (at, indexed) in &behind {
            self.gather(&mut round, *at, *indexed).await?;
        }
        if !round.entries.is_empty() {
            self.parts.search.index(&round.entries).await?;
        }
        for (at, seq) in round.recalled {
            self.parts.search.erase(at.tenant, at.conversation, &[seq]).await?;
        }
        self.parts.store.set_indexed(&round.upto).await?;
        Ok(!round.upto.is_empty() && behind.len() as u64 >= u64::from(CONVERSATIONS))
    }

    async fn gather(&self, round: &mut Round, at: Located, indexed: u64) -> PortResult<()> {
        let store = &self.parts.store;
        let entries = store.entries(at.tenant, at.conversation, Reader::Agent, indexed, ENTRIES).await?;
        let Some(last) = entries.last() else { return Ok(()) };
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
        round.upto.push((at, last.seq));
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

//! The reading half of a session: what waits, or else what is missing, from the store.

use crate::{
    Session, Summary,
    mailbox::{Brought, Due, Work},
    summaries,
    wire::Event,
};
use bytes::Bytes;
use model::Conversation;
use ports::{PortResult, store::Conversations};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Entries that one read brings: the bound of what a session that is behind holds in memory.
const PAGE: u32 = 64;
/// How long a session that is behind waits after the store failed.
const RETRY: Duration = Duration::from_millis(250);
/// Open offers that are read at once; more than any agent has places.
pub(crate) const OFFERS: u32 = 64;

impl Session {
    /// The next frames in order, at least one; waits for them. Empty only after `end`.
    ///
    /// Cancel-safe: what was not returned is returned by the next call. One caller at a time.
    pub async fn next(&self, store: &dyn Conversations) -> Vec<Bytes> {
        loop {
            let work = self.mailbox.lock().work(Instant::now);
            let brought = match work {
                Work::Frames(frames) => return frames,
                Work::Ended => return Vec::new(),
                Work::Wait(None) => {
                    self.wake.notified().await;
                    continue;
                }
                Work::Wait(Some(until)) => {
                    // Woken or not: look again.
                    let _elapsed = timeout_at(until, self.wake.notified()).await;
                    continue;
                }
                Work::Read(due) => {
                    self.read(store, &due).await.map(|brought| self.mailbox.lock().brought(&due, brought))
                }
                Work::ReadOffers => self.read_offers(store).await.inspect(|_| self.mailbox.lock().brought_offers()),
            };
            match brought {
                Ok(frames) if frames.is_empty() => {}
                Ok(frames) => return frames,
                Err(error) => {
                    tracing::warn!(session = %self.id, error = &error as &dyn std::error::Error, "a session could not be caught up");
                    self.mailbox.lock().failed(Instant::now() + RETRY);
                }
            }
        }
    }

    async fn read(&self, store: &dyn Conversations, due: &Due) -> PortResult<Brought> {
        let (tenant, id) = (self.tenant(), due.conversation);
        let summary = if due.summary { store.conversation(tenant, id).await? } else { None };
        let summary = match summary {
            Some(c) => {
                self.summary(store, &c).await?.map(|s| (s.version, Event::Conversation { conversation: &s }.frame()))
            }
            None => None,
        };
        let entries = store.entries(tenant, id, self.reader, due.after, PAGE).await?;
        Ok(Brought {
            full: entries.len() as u64 >= u64::from(PAGE),
            entries: entries.iter().map(|e| (e.seq, Event::entry(id, e, self.reader).frame())).collect(),
            summary,
        })
    }

    /// The offers that are open now, as frames. A client knows them again by their id.
    pub(crate) async fn read_offers(&self, store: &dyn Conversations) -> PortResult<Vec<Bytes>> {
        let Some(agent) = self.participant().agent() else { return Ok(Vec::new()) };
        let offered = store.offered_to(self.tenant(), agent, OFFERS).await?;
        Ok(offered.iter().filter_map(|c| offer_frame(c, agent)).collect())
    }

    async fn summary(&self, store: &dyn Conversations, c: &Conversation) -> PortResult<Option<Summary>> {
        Ok(summaries(store, self.tenant(), self.participant(), std::slice::from_ref(c)).await?.pop())
    }
}

/// The offer of `c` to `agent`, if it is open.
pub(crate) fn offer_frame(c: &Conversation, agent: model::AgentId) -> Option<Bytes> {
    let offer = c.offer().filter(|o| o.agent.id == agent)?;
    let event = Event::Offer {
        offer: offer.id,
        token: offer.token,
        conversation: &Summary::of(c, model::Reader::Agent),
        expires_at: offer.expires_at,
        decision: offer.decision,
    };
    Some(event.frame())
}

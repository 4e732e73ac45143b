//! A session that goes on here from what its client has: what it has is not sent again, what changed meanwhile is.

use crate::{
    Session, Sessions,
    rest::{Points, marks_sum},
    summaries,
    summary::last_visible,
    wire::Event,
};
use model::{Caller, Code, OfferId, Refusal, SessionId};
use ports::{PortError, PortResult};
use std::{collections::HashMap, sync::Arc};

/// Why a session cannot go on.
enum Stopped {
    /// The store does not have what the client has: it was restored.
    Restored,
    Store(PortError),
}

impl From<PortError> for Stopped {
    fn from(error: PortError) -> Self {
        Self::Store(error)
    }
}

impl Sessions {
    /// Opens the session `id` for a client that has `points` of the store's `epoch` (0: of any). Answers the epoch now.
    ///
    /// Refused as `expired` when that cannot be exact: the client opens a new session, which says what it has to forget.
    pub(crate) async fn adopt(
        &self,
        caller: Caller,
        id: SessionId,
        epoch: u64,
        points: &Points,
    ) -> Result<(Arc<Session>, u64), Refusal> {
        let opening = self.register(id, caller).await?;
        match self.go_on(&opening.session, epoch, points).await {
            Ok(epoch) => Ok((opening.done(), epoch)),
            Err(Stopped::Store(error)) => Err(self.unread(&opening.session, &error).await),
            Err(Stopped::Restored) => {
                self.close(&opening.session).await;
                Err(Refusal::new(Code::Expired, "the history is another: open a new session and resume"))
            }
        }
    }

    /// Forgets a copy of a session that goes on, here or elsewhere.
    pub(crate) fn let_go(&self, session: &Session) {
        self.parts.hub.remove(session);
        session.end();
    }

    /// Whether any node holds this session of the caller.
    pub(crate) async fn is_known(&self, caller: &Caller, id: SessionId) -> Result<bool, Refusal> {
        self.parts.directory.holds(caller.tenant, caller.participant, id).await.map_err(|error| {
            tracing::warn!(session = %id, error = &error as &dyn std::error::Error, "nobody can say whose session this is");
            Refusal::new(Code::Unavailable, "the session cannot be looked up at the moment").retry_after(2)
        })
    }

    async fn go_on(&self, session: &Arc<Session>, epoch: u64, points: &Points) -> Result<u64, Stopped> {
        let store = self.store();
        let now = store.info().await?.epoch;
        if epoch != 0 && epoch != now {
            return Err(Stopped::Restored);
        }
        let (followed, _gone) = self.followed(session, points.conversations.keys().copied()).await?;
        let summaries = summaries(store, session.tenant(), session.participant(), &followed).await?;
        for (c, summary) in followed.iter().zip(summaries) {
            let point = points.conversations.get(&c.id).copied().unwrap_or_default();
            if point.seq > last_visible(c, session.reader) {
                return Err(Stopped::Restored);
            }
            if point.until > 0 && !c.has(session.participant()) {
                session.change(|mailbox| {
                    mailbox.follow(c.id, point.seq, c.head.version, false);
                    mailbox.reach(c.id, point.until, 0);
                    mailbox.leave(c.id);
                });
                continue;
            }
            let place = summary.position.map_or(0, u64::from);
            let same = (point.version, point.place, point.marks) == (summary.version, place, marks_sum(&summary));
            let version = if same { c.head.version } else { c.head.version.saturating_sub(1) };
            self.follow(session, c, point.seq, version);
        }
        self.go_on_with_offers(session, points).await?;
        Ok(now)
    }

    /// The offers that the client has not seen, and the end of those that it has and that are over.
    async fn go_on_with_offers(&self, session: &Session, points: &Points) -> PortResult<()> {
        let Some(agent) = session.participant().agent() else { return Ok(()) };
        let offered = self.store().offered_to(session.tenant(), agent, crate::catch_up::OFFERS).await?;
        let open: HashMap<OfferId, _> = offered.iter().filter_map(|c| c.offer().map(|o| (o.id, c))).collect();
        let new = open.iter().filter(|(id, _)| !points.offers.contains(id));
        let mut frames: Vec<_> = new.filter_map(|(_, c)| crate::catch_up::offer_frame(c, agent)).collect();
        let over = points.offers.iter().filter(|id| !open.contains_key(id));
        frames.extend(over.map(|id| Event::OfferGone { offer: *id, reason: "withdrawn" }.frame()));
        session.change(|mailbox| frames.iter().for_each(|frame| mailbox.offer(frame)));
        Ok(())
    }
}
